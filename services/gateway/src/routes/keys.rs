use crate::domain::key::{self, KeyRecord, KeySecret, Quota, Rate};
use actix_web::{HttpRequest, http::StatusCode, web as actix};
use bytes::Bytes;
use ports::{Batch, Result, Tenant, Timestamp, TypeId, store::Order, store::Put};
use runtime::Ctx;
use serde_json::Value;
use web::{Answer, Fault, Faults, Listing, Object, Principal, Problem, ProblemKind, Scope, Scopes};

/// `POST /v1/keys`: a key may give only scopes that it has itself.
pub async fn create(ctx: Ctx, body: Bytes) -> Result<Answer, Problem> {
    let secret = KeySecret::generate(&ctx.tenant);
    let record = read(
        &web::input::json(&body)?,
        ctx.principal(),
        &ctx.tenant,
        key::digest(secret.expose()),
        ctx.now,
    )?;
    let mut batch = Batch::new();
    put(&mut batch, &record)?;
    Ok(
        Answer::json(StatusCode::CREATED, &with_secret(&record, &secret))?
            .location(format!("/v1/keys/{}", record.id))
            .secret("/secret")
            .commit(batch),
    )
}

pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let listing = Listing {
        path: "/v1/keys",
        prefix: &key::by_id(""),
        order: Order::Ascending,
    };
    let page = ctx
        .store
        .query(&ctx.tenant, listing.query(&request)?)
        .await?;
    let keys = page.items.iter().filter_map(|(_, item)| parse(&item.value));
    let views: Vec<Value> = keys.map(|key| key.view()).collect();
    listing.answer(&request, &views, page.next.as_deref())
}

/// Every gateway forgets a deleted key within its cache's two seconds.
pub async fn delete(ctx: Ctx, path: actix::Path<String>) -> Result<Answer, Problem> {
    let id = path.into_inner();
    let missing = || Problem::not_found(format!("the key {id}"));
    TypeId::parse("key", &id).map_err(|_| missing())?;
    let item = ctx
        .store
        .get(&ctx.tenant, &key::by_id(&id))
        .await?
        .ok_or_else(missing)?;
    let record = parse(&item.value).ok_or_else(missing)?;
    let mut batch = Batch::new();
    batch
        .expect(key::by_id(&id), Some(item.version))
        .delete(key::by_id(&id))
        .delete(key::by_digest(&record.digest));
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}

pub fn parse(value: &[u8]) -> Option<KeyRecord> {
    serde_json::from_slice(value).ok()
}

pub fn put(batch: &mut Batch, record: &KeyRecord) -> Result<()> {
    let value = serde_json::to_vec(record)
        .map_err(|e| ports::Error::internal("serialising a key").with_source(e))?;
    for key in [key::by_id(&record.id), key::by_digest(&record.digest)] {
        batch.put_item(Put {
            key,
            value: value.clone().into(),
            expires_at: record.expires_at,
            due_at: None,
        });
    }
    Ok(())
}

pub fn with_secret(record: &KeyRecord, secret: &KeySecret) -> Value {
    let mut view = record.view();
    view["secret"] = secret.expose().into();
    view
}

fn read(
    value: &Value,
    by: &Principal,
    tenant: &Tenant,
    digest: String,
    now: Timestamp,
) -> Result<KeyRecord, Problem> {
    let mut faults = Faults::new();
    let mut object = Object::root(value)?;
    let name = object.required_text("name", 200, &mut faults);
    if object.value("scopes").is_none() {
        faults.add(Fault::pointer("#/scopes", "is required"));
    }
    let words = object.texts("scopes", 32, 50, &mut faults);
    let scopes = Scopes(read_scopes(&words, &mut faults));
    let rate = object.object("rate", &mut faults, read_rate).flatten();
    let quota = object.object("quota", &mut faults, |quota, faults| {
        quota
            .integer("per_day", 1, u64::from(u32::MAX), faults)
            .map(|per_day| Quota {
                per_day: per_day as u32,
            })
    });
    let expires_at =
        object
            .text("expires_at", 40, &mut faults)
            .and_then(|text| match Timestamp::parse(&text) {
                Ok(at) if at > now => Some(at),
                Ok(_) => {
                    faults.add(Fault::pointer("#/expires_at", "lies in the past"));
                    None
                }
                Err(_) => {
                    faults.add(Fault::pointer(
                        "#/expires_at",
                        "must be an RFC 3339 time, for example 2030-01-31T12:00:00Z",
                    ));
                    None
                }
            });
    object.ignore(&["id", "created_at"]);
    object.finish(&mut faults);
    let record = faults.or(KeyRecord {
        id: TypeId::new("key").into(),
        tenant: tenant.clone(),
        name,
        scopes,
        rate,
        quota: quota.flatten(),
        expires_at,
        created_at: now,
        digest,
        root: false,
    })?;
    match record
        .scopes
        .0
        .iter()
        .find(|scope| !by.scopes.cover(scope.as_str()))
    {
        None => Ok(record),
        Some(scope) => {
            let detail =
                format!("a key cannot give the scope {scope}, which it does not have itself");
            Err(Problem::new(ProblemKind::Forbidden, detail))
        }
    }
}

fn read_scopes(words: &[String], faults: &mut Faults) -> Vec<Scope> {
    let mut scopes = Vec::new();
    for (index, word) in words.iter().enumerate() {
        match Scope::parse(word) {
            Ok(scope) => scopes.push(scope),
            Err(_) => {
                let known = web::RESOURCES.join("|");
                let detail = format!("must be admin or {known}, each with :read or :write");
                faults.add(Fault::pointer(format!("#/scopes/{index}"), detail));
            }
        }
    }
    scopes
}

fn read_rate(rate: &mut Object<'_>, faults: &mut Faults) -> Option<Rate> {
    let per_second = rate
        .value("per_second")
        .and_then(Value::as_f64)
        .filter(|n| (0.001..=1_000_000.0).contains(n));
    if per_second.is_none() {
        faults.add(Fault::pointer(
            rate.pointer("per_second"),
            "must be a number from 0.001 to 1000000",
        ));
    }
    let per_second = per_second?;
    let burst = match rate.value("burst") {
        Some(_) => rate.integer("burst", 1, 1_000_000, faults)? as u32,
        None => per_second.ceil().max(1.0) as u32,
    };
    Some(Rate { per_second, burst })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_as(scopes: Scopes, value: &Value) -> Result<KeyRecord, Problem> {
        let tenant = Tenant::parse("default").unwrap();
        let by = Principal {
            tenant: tenant.clone(),
            key_id: "key_0".to_owned(),
            scopes,
            root: false,
        };
        read(
            value,
            &by,
            &tenant,
            "d".to_owned(),
            Timestamp::from_millis(1_700_000_000_000),
        )
    }

    #[test]
    fn a_key_cannot_give_more_than_it_has() {
        let wanted = json!({ "name": "n", "scopes": ["contacts:read"] });
        assert!(read_as(Scopes::admin(), &wanted).is_ok());
        let other = Scopes(vec![Scope::parse("images:read").unwrap()]);
        assert_eq!(read_as(other, &wanted).unwrap_err().status().as_u16(), 403);
    }

    #[test]
    fn every_fault_is_named() {
        let bad = json!({
            "scopes": ["contacts:read", "everything"], "rate": { "per_second": 0 }, "expires_at": "2001-01-01T00:00:00Z", "colour": 1,
        });
        let body = read_as(Scopes::admin(), &bad).unwrap_err().body("");
        let body: Value = serde_json::from_slice(&body).unwrap();
        let mut pointers: Vec<_> = body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["pointer"].as_str().unwrap())
            .collect();
        pointers.sort_unstable();
        assert_eq!(
            pointers,
            [
                "#/colour",
                "#/expires_at",
                "#/name",
                "#/rate/per_second",
                "#/scopes/1"
            ]
        );
    }
}
