//! REPORT (RFC 3253, section 3.6).

use super::{
    Call, MAX_XML_BYTES, Refusal, collections, document, multiget, multistatus,
    place::{self, Place},
    query, sync, walk,
};
use actix_web::http::StatusCode;
use dav::{Condition, PrincipalPropertySearch, Report, prop};
use web::Answer;

pub async fn answer(call: &Call) -> Result<Answer, Refusal> {
    let report = Report::read(&call.body, MAX_XML_BYTES)?;
    match (&call.place, report) {
        (Place::Book(segment), Report::Query(asked)) => query::answer(call, segment, asked).await,
        (Place::Book(segment), Report::Multiget(asked)) => {
            multiget::answer(call, segment, asked).await
        }
        (Place::Book(segment), Report::Sync(asked)) => sync::answer(call, segment, asked).await,
        (Place::Root | Place::Principals | Place::Principal | Place::Home, report) => {
            of_principals(call, report)
        }
        _ => Err(elsewhere()),
    }
}

fn elsewhere() -> Refusal {
    let detail = "this report is not of this place; see supported-report-set";
    Refusal::condition(Condition::SupportedReport, detail)
}

fn of_principals(call: &Call, report: Report) -> Result<Answer, Refusal> {
    match report {
        Report::PrincipalSearch(search) => Ok(found(call, &search)),
        Report::PrincipalSearchProperties => {
            let searchable = [(prop::DISPLAYNAME, "Name")];
            let body = dav::principal_search_property_set(&searchable);
            Ok(document(StatusCode::OK, body))
        }
        _ => Err(elsewhere()),
    }
}

fn found(call: &Call, search: &PrincipalPropertySearch) -> Answer {
    let mut out = walk::begin(call);
    let name_of = |name: &_| (*name == prop::DISPLAYNAME).then_some(collections::PRINCIPAL_NAME);
    if search.matches(name_of) {
        let properties = collections::principal(call);
        out.push(&search.selection.answer(place::principal(), properties));
    }
    multistatus(out.finish())
}
