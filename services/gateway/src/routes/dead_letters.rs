use actix_web::{HttpRequest, http::StatusCode, web as actix};
use bytes::Bytes;
use contracts::dead_letters::{self, DeadLetter};
use ports::{Batch, Event, Item, store::Order};
use runtime::Ctx;
use serde_json::{Value, json};
use web::{Answer, Listing, Problem};

pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let listing = Listing {
        path: "/v1/dead-letters",
        prefix: &dead_letters::key(""),
        order: Order::Ascending,
    };
    let page = ctx
        .store
        .query(&ctx.tenant, listing.query(&request)?)
        .await?;
    let letters = page
        .items
        .iter()
        .filter_map(|(_, item)| serde_json::from_slice(&item.value).ok());
    let views: Vec<Value> = letters.map(|letter| view(&letter)).collect();
    listing.answer(&request, &views, page.next.as_deref())
}

/// Gives the work another chance: the letter turns back into the message it came from, in one commit.
pub async fn redrive(ctx: Ctx, path: actix::Path<String>) -> Result<Answer, Problem> {
    let (letter, item) = find(&ctx, &path.into_inner()).await?;
    let redrive = &letter.redrive;
    let data = if redrive.data.is_null() {
        Bytes::from_static(b"null")
    } else {
        redrive.data.to_string().into()
    };
    let mut batch = Batch::new();
    let key = dead_letters::key(&letter.id);
    batch
        .expect(key.clone(), Some(item.version))
        .delete(key)
        .event(Event {
            id: redrive.event_id.clone(),
            event_type: redrive.event_type.clone(),
            source: redrive.source.clone(),
            subject: redrive.subject.clone(),
            time: ctx.now,
            traceparent: ctx.traceparent.clone(),
            data,
            to: Some(redrive.to.clone()),
        });
    Ok(Answer::json(StatusCode::ACCEPTED, &view(&letter))?.commit(batch))
}

pub async fn delete(ctx: Ctx, path: actix::Path<String>) -> Result<Answer, Problem> {
    let (letter, item) = find(&ctx, &path.into_inner()).await?;
    let key = dead_letters::key(&letter.id);
    let mut batch = Batch::new();
    batch.expect(key.clone(), Some(item.version)).delete(key);
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}

async fn find(ctx: &Ctx, id: &str) -> Result<(DeadLetter, Item), Problem> {
    let missing = || Problem::not_found(format!("the dead letter {id}"));
    let well_formed = id.len() <= 100
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !well_formed || id.is_empty() {
        return Err(missing());
    }
    let item = ctx
        .store
        .get(&ctx.tenant, &dead_letters::key(id))
        .await?
        .ok_or_else(missing)?;
    let letter = serde_json::from_slice(&item.value).map_err(|_| missing())?;
    Ok((letter, item))
}

fn view(letter: &DeadLetter) -> Value {
    json!({
        "id": letter.id,
        "kind": letter.kind,
        "service": letter.service,
        "delivery_id": letter.delivery_id,
        "subscription_id": letter.subscription_id,
        "reason": letter.reason,
        "at": letter.at,
    })
}
