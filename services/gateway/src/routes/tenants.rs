use super::keys;
use crate::{
    Accounts,
    domain::key::{self, KeyRecord, KeySecret},
    handlers::erase::{self, Erasure},
};
use actix_web::{HttpRequest, http::StatusCode, web as actix};
use bytes::Bytes;
use ports::{Batch, Result, Tenant, Timestamp, TypeId, store::Order, store::Put};
use runtime::Ctx;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use web::{Answer, Faults, Listing, Object, Problem, Scopes};

#[derive(Debug, Serialize, Deserialize)]
pub struct TenantRecord {
    pub id: Tenant,
    pub name: String,
    pub created_at: Timestamp,
}

/// In the default tenant's partition, where the root key acts.
pub fn record_key(id: &str) -> String {
    format!("gateway/tenant/{id}")
}

/// `POST /v1/tenants`. The first admin key is written into the new tenant's own partition before the answer's commit: if that
/// commit then fails, the key's secret is lost with it and nobody can use it.
pub async fn create(
    ctx: Ctx,
    request: HttpRequest,
    accounts: actix::Data<Accounts>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let name = read_name(&web::input::json(&body)?)?;
    let id = Tenant::parse(TypeId::new("ten").as_str())?;
    let secret = KeySecret::generate(&id);
    let first_key = KeyRecord {
        id: TypeId::new("key").into(),
        name: "first admin key".to_owned(),
        scopes: Scopes::admin(),
        root: false,
        ..KeyRecord::root(id.clone(), key::digest(secret.expose()), ctx.now)
    };
    let mut provision = Batch::new();
    keys::put(&mut provision, &first_key)?;
    if !web::is_dry_run(&request) {
        accounts.store.commit(&id, provision).await?;
    }

    let record = TenantRecord {
        id: id.clone(),
        name,
        created_at: ctx.now,
    };
    let mut batch = Batch::new();
    batch
        .expect(record_key(id.as_str()), None)
        .put(record_key(id.as_str()), serialise(&record)?);
    let mut view = json!(record);
    view["key"] = json!({ "id": first_key.id, "secret": secret.expose() });
    Ok(Answer::json(StatusCode::CREATED, &view)?
        .location(format!("/v1/tenants/{id}"))
        .secret("/key/secret")
        .commit(batch))
}

pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let listing = Listing {
        path: "/v1/tenants",
        prefix: &record_key(""),
        order: Order::Ascending,
    };
    let page = ctx
        .store
        .query(&ctx.tenant, listing.query(&request)?)
        .await?;
    let tenants: Vec<Value> = page
        .items
        .iter()
        .filter_map(|(_, item)| serde_json::from_slice(&item.value).ok())
        .collect();
    listing.answer(&request, &tenants, page.next.as_deref())
}

/// Takes the tenant's keys away at once; the rest is erased in the background, by a due item.
pub async fn delete(ctx: Ctx, path: actix::Path<String>) -> Result<Answer, Problem> {
    let id = path.into_inner();
    let missing = || Problem::not_found(format!("the tenant {id}"));
    TypeId::parse("ten", &id).map_err(|_| missing())?;
    let item = ctx
        .store
        .get(&ctx.tenant, &record_key(&id))
        .await?
        .ok_or_else(missing)?;
    let erasure = Erasure {
        tenant: Tenant::parse(&id)?,
    };
    let mut batch = Batch::new();
    batch
        .expect(record_key(&id), Some(item.version))
        .delete(record_key(&id))
        .put_item(Put {
            key: erase::due_key(&id),
            value: serialise(&erasure)?.into(),
            expires_at: None,
            due_at: Some(ctx.now),
        });
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}

fn read_name(value: &Value) -> Result<String, Problem> {
    let mut faults = Faults::new();
    let mut object = Object::root(value)?;
    let name = object.required_text("name", 200, &mut faults);
    object.ignore(&["id", "created_at"]);
    object.finish(&mut faults);
    faults.or(name)
}

fn serialise(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value)
        .map_err(|e| ports::Error::internal("serialising a tenant").with_source(e))
}
