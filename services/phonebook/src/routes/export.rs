//! `GET /v1/contacts/export`: everything, as a stream.

use crate::{
    domain::{Contact, book, export::Form, group},
    storage::export::{self, Place},
};
use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
};
use ports::TypeId;
use runtime::Ctx;
use vcard::Target;
use web::{Answer, Body, Fault, Faults, Params, Problem};

/// What a caller asks for.
struct Wanted<'a> {
    form: Form,
    group: Option<&'a str>,
    book: Option<&'a str>,
}

pub async fn show(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let params = Params::parse(request.query_string());
    let mut faults = Faults::new();
    let wanted = Wanted::read(&params, &mut faults);
    let place = match ctx.continuation() {
        None => Place::default(),
        Some(token) => Place::parse(token).unwrap_or_default(),
    };
    let Wanted { form, .. } = faults.or(&wanted)?;
    let part = export::part(&ctx, *form, place, |contact| wanted.holds(contact)).await?;
    let body = Body::Bytes(form.content_type().to_owned(), part.bytes.into());
    let disposition = format!("attachment; filename=\"{}\"", form.file_name());
    let answer = Answer::new(StatusCode::OK, body)
        .header(header::CONTENT_DISPOSITION, disposition)
        .header(header::CACHE_CONTROL, "private, no-store");
    Ok(match part.next {
        Some(place) => answer.continued(place.token()),
        None => answer,
    })
}

impl<'a> Wanted<'a> {
    fn read(params: &'a Params, faults: &mut Faults) -> Self {
        let mut id = |name: &'static str, prefix| {
            let id = params.get(name).filter(|id| !id.is_empty());
            if id.is_some_and(|id| TypeId::parse(prefix, id).is_err()) {
                faults.add(Fault::parameter(
                    name,
                    format!("must be the id of a {name}"),
                ));
            }
            id
        };
        let (group, book) = (id("group", group::ID_PREFIX), id("book", book::ID_PREFIX));
        Self {
            form: form(params, faults),
            group,
            book,
        }
    }

    fn holds(&self, contact: &Contact) -> bool {
        self.group
            .is_none_or(|group| contact.groups.contains(group))
            && self.book.is_none_or(|book| contact.book_id() == book)
    }
}

fn form(params: &Params, faults: &mut Faults) -> Form {
    let mut one_of = |name: &'static str, words: &[&str]| {
        let word = params.get(name);
        if word.is_some_and(|word| !words.contains(&word)) {
            let detail = format!("must be one of {}", words.join(", "));
            faults.add(Fault::parameter(name, detail));
        }
        word
    };
    let columns = match one_of("columns", &["own", "google"]) {
        Some("google") => contact_csv::Form::Google,
        _ => contact_csv::Form::Own,
    };
    let target = match one_of("version", &["3.0", "4.0"]) {
        Some("4.0") => Target::V4_0,
        _ => Target::V3_0,
    };
    match one_of("format", &["vcard", "csv", "json"]) {
        Some("vcard") => Form::Cards(target),
        Some("csv") => Form::Csv(columns),
        _ => Form::Json,
    }
}
