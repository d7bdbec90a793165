//! `GET /v1/contacts/duplicates`: who may be in the phonebook twice.

use crate::storage::duplicates;
use actix_web::HttpRequest;
use runtime::Ctx;
use web::{Answer, Fault, Faults, Paging, Params, Problem, list_answer};

/// Contacts that share a number, an e-mail address or a name, in groups.
pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let params = Params::parse(request.query_string());
    let mut faults = Faults::new();
    let paging = Paging::read(&params, &mut faults);
    let paging = faults.or(paging)?;
    if !duplicates::goes_on(&paging) {
        let fault = Fault::parameter("cursor", "is not a cursor of this list");
        return Err(Problem::invalid(vec![fault]));
    }
    let page = duplicates::scan(&ctx, &paging).await?;
    let repeat = [("limit", params.get("limit"))];
    list_answer(
        &page.data,
        page.next.as_deref(),
        "/v1/contacts/duplicates",
        &repeat,
    )
}
