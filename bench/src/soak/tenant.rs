//! A tenant for one run, so that all that is in it is the run's.

use super::{
    caller::{Caller, Gateways},
    contact::Contact,
};
use crate::{
    contacts::{Created, PATH},
    http::{Answer, Target},
    system::{tenant::Founded, wait::until},
};
use anyhow::{Context, ensure};
use serde::{Deserialize, de::DeserializeOwned};
use std::{rc::Rc, time::Duration};
use tokio::time::timeout;

/// For a system to come up, and for one request to be served.
const PATIENCE: Duration = Duration::from_secs(120);
const LIMIT: usize = 500;

#[derive(Deserialize)]
struct Page {
    data: Vec<Contact>,
    next_cursor: Option<String>,
}

pub struct Tenant {
    pub id: String,
    /// Its first key, which may do everything in it.
    pub key: String,
    root: Caller,
    admin: Caller,
}

impl Tenant {
    pub async fn found(gateways: &Rc<Gateways>, root_key: &str) -> anyhow::Result<Self> {
        for gateway in gateways.each() {
            ready(Caller::new(&Rc::new(gateway), root_key, 0)).await?;
        }
        let mut root = Caller::new(gateways, root_key, 0);
        let found = |target: &Target| target.post_json("/v1/tenants", r#"{"name":"soak"}"#);
        let founded: Founded = json(&insist(&mut root, found).await?)?;
        let key = founded.key.secret;
        Ok(Self {
            id: founded.id,
            admin: Caller::new(gateways, &key, 0),
            key,
            root,
        })
    }

    pub async fn subscribe(&mut self, endpoint: &str) -> anyhow::Result<()> {
        let body = format!(
            r#"{{"event_types":["contact.*"],"channel":"webhook","endpoint":"{endpoint}"}}"#
        );
        let request = |target: &Target| target.post_json("/v1/subscriptions", &body);
        let subscribed: anyhow::Result<Created> = json(&insist(&mut self.admin, request).await?);
        let why = "subscribing the webhook; a project of containers has to be started with SWITCHBOARD_ALLOW_PRIVATE_NETWORKS=true";
        subscribed.context(why).map(|_| ())
    }

    pub async fn contacts(&mut self) -> anyhow::Result<Vec<Contact>> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("{PATH}?limit={LIMIT}{cursor}");
            let request = |target: &Target| target.request("GET", &path);
            let page: Page = json(&insist(&mut self.admin, request).await?)?;
            all.extend(page.data);
            match page.next_cursor {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(all),
            }
        }
    }

    pub async fn erase(mut self) -> anyhow::Result<()> {
        let path = format!("/v1/tenants/{}", self.id);
        let request = |target: &Target| target.request("DELETE", &path);
        let answer = insist(&mut self.root, request).await?;
        // A try that was not answered may have done it.
        ensure!(
            matches!(answer.status, 200..300 | 404),
            "erasing the tenant {}: {}",
            self.id,
            answer.status
        );
        Ok(())
    }
}

/// A gateway does not know routes until it has seen their services for the first time, and each one looks for itself.
async fn ready(mut root: Caller) -> anyhow::Result<()> {
    for path in ["/v1/contacts", "/v1/subscriptions", "/v1/tenants"] {
        let what = format!("{path} to be served");
        let path = format!("{path}?limit=1");
        until(&what, PATIENCE, async || {
            let answer = insist(&mut root, |target| target.request("GET", &path)).await;
            answer.is_ok_and(|answer| answer.status == 200)
        })
        .await?;
    }
    Ok(())
}

async fn insist(
    caller: &mut Caller,
    request: impl Fn(&Target) -> Vec<u8>,
) -> anyhow::Result<Answer> {
    let answer = timeout(PATIENCE, caller.insist(request, |_| ()));
    answer.await.context("waiting for an answer")
}

fn json<T: DeserializeOwned>(answer: &Answer) -> anyhow::Result<T> {
    let text = String::from_utf8_lossy(&answer.body);
    let status = answer.status;
    ensure!(
        (200..300).contains(&status),
        "the server answered {status}: {text}"
    );
    serde_json::from_str(&text).with_context(|| format!("reading the answer {text}"))
}
