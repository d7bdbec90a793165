use crate::Accounts;
use actix_web::{http::StatusCode, web::Data};
use contracts::description::Instance;
use runtime::{Ctx, membership};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use web::{Answer, Problem};

/// `GET /v1/services`: every service with live instances; one row for each version during a rollout.
pub async fn list(_: Ctx, accounts: Data<Accounts>) -> Result<Answer, Problem> {
    let mut rows: BTreeMap<(String, String), Vec<Instance>> = BTreeMap::new();
    for instance in membership::instances(&*accounts.store).await? {
        rows.entry((instance.service.clone(), instance.version.clone()))
            .or_default()
            .push(instance);
    }
    let data: Vec<Value> = rows
        .into_iter()
        .map(|((name, version), instances)| {
            let last = instances.iter().map(|instance| instance.heartbeat.as_str()).max();
            json!({ "name": name, "version": version, "instances": instances.len(), "last_heartbeat": last })
        })
        .collect();
    Answer::json(
        StatusCode::OK,
        &json!({ "data": data, "next_cursor": null }),
    )
}
