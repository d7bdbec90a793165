use super::{Call, MAX_XML_BYTES, Refusal, document, place::Place, proppatch};
use crate::{
    domain::{Book, book},
    storage::books,
};
use actix_web::http::StatusCode;
use dav::{Condition, Mkcol};
use ports::TypeId;
use web::Answer;

/// The longest name that a client may choose, in characters.
const MAX_NAME_CHARS: usize = 200;

/// An address book under a name of the client's choice (RFC 5689; RFC 6352, section 6.3.1).
pub async fn answer(call: &Call) -> Result<Answer, Refusal> {
    let wanted = Mkcol::read(&call.body, MAX_XML_BYTES)?;
    let name = match &call.place {
        Place::Book(name) => name,
        Place::Card { .. } => {
            let detail = "books lie in /dav/books/ and not in each other";
            let condition = Condition::AddressbookCollectionLocationOk;
            return Err(Refusal::condition(condition, detail));
        }
        _ => return Err(there_already()),
    };
    if books::find_by_segment(&call.ctx, name).await?.is_some() {
        return Err(there_already());
    }
    check(name, &wanted)?;
    if !wanted.properties.iter().all(proppatch::is_possible) {
        let body = wanted.refusal(proppatch::is_possible);
        return Ok(document(StatusCode::FAILED_DEPENDENCY, body));
    }
    let mut book = Book::new(name.clone(), None, call.ctx.now);
    book.resource = Some(name.clone());
    for change in &wanted.properties {
        proppatch::make(change, &mut book);
    }
    let batch = books::create(&call.ctx, &book)?;
    Ok(Answer::empty(StatusCode::CREATED).commit(batch))
}

fn there_already() -> Refusal {
    let detail = "there is a collection already";
    Refusal::condition(Condition::ResourceMustBeNull, detail)
}

fn check(name: &str, wanted: &Mkcol) -> Result<(), Refusal> {
    if !wanted.address_book {
        let detail = "only address books can be made here";
        return Err(Refusal::condition(Condition::ValidResourceType, detail));
    }
    // Ids are given, not chosen.
    let is_id = TypeId::parse(book::ID_PREFIX, name).is_ok();
    if is_id || name.chars().count() > MAX_NAME_CHARS || name.trim().is_empty() {
        let detail = format!("choose a name of at most {MAX_NAME_CHARS} characters that is no id");
        let condition = Condition::AddressbookCollectionLocationOk;
        return Err(Refusal::condition(condition, detail));
    }
    Ok(())
}
