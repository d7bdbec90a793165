//! Who is calling: from the `Authorization` field to a key's record, through a short-lived cache.

use crate::domain::key::{self, KeyRecord, KeySecret};
use actix_web::http::header::{self, HeaderMap};
use base64::{Engine, engine::general_purpose::STANDARD};
use ports::{Result, Store, Tenant, Timestamp, TypeId, store::Read};
use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};
use subtle::ConstantTimeEq;
use web::{Problem, ProblemKind};

/// A deleted key is refused everywhere after this.
const REMEMBERED: Duration = Duration::from_secs(2);
const MAX_CACHED: usize = 10_000;

pub struct Auth {
    store: Arc<dyn Store>,
    root: Arc<KeyRecord>,
    cache: RwLock<HashMap<String, Cached>>,
}

struct Cached {
    until: Instant,
    record: Option<Arc<KeyRecord>>,
}

impl Auth {
    pub fn new(store: Arc<dyn Store>, root_digest: &str) -> Result<Self> {
        let tenant = Tenant::parse(Tenant::DEFAULT)?;
        let root = KeyRecord::root(tenant, root_digest.to_owned(), Timestamp::now());
        Ok(Self {
            store,
            root: Arc::new(root),
            cache: RwLock::default(),
        })
    }

    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<KeyRecord>, Problem> {
        let secret = presented(headers).ok_or_else(|| {
            unauthorized("send a key as `Authorization: Bearer <key>`, or as the password of Basic")
        })?;
        let digest = key::digest(&secret);
        if bool::from(digest.as_bytes().ct_eq(self.root.digest.as_bytes())) {
            return Ok(self.root.clone());
        }
        let refused = || unauthorized("the key is not known, or was deleted");
        let Some(tenant) = KeySecret::tenant_of(&secret) else {
            return Err(refused());
        };
        let stored = key::by_digest(&digest);
        let record = self.look_up(&tenant, &stored).await?.ok_or_else(refused)?;
        match record.is_expired(Timestamp::now()) {
            true => Err(unauthorized("the key has expired")),
            false => Ok(record),
        }
    }

    /// The key with this id, if it still holds.
    pub async fn key(&self, tenant: &Tenant, id: &str) -> Result<Option<Arc<KeyRecord>>> {
        if id == self.root.id && *tenant == self.root.tenant {
            return Ok(Some(self.root.clone()));
        }
        if TypeId::parse("key", id).is_err() {
            return Ok(None);
        }
        let record = self.look_up(tenant, &key::by_id(id)).await?;
        Ok(record.filter(|record| !record.is_expired(Timestamp::now())))
    }

    /// `stored` is where the key's record is.
    async fn look_up(&self, tenant: &Tenant, stored: &str) -> Result<Option<Arc<KeyRecord>>> {
        let name = format!("{tenant} {stored}");
        if let Some(known) = self.cached(&name) {
            return Ok(known);
        }
        let item = self.store.get(tenant, stored, Read::Strong).await?;
        let record: Option<KeyRecord> =
            item.and_then(|item| serde_json::from_slice(&item.value).ok());
        let record = record
            .filter(|record| record.tenant == *tenant && !record.root)
            .map(Arc::new);
        if let Ok(mut cache) = self.cache.write() {
            if cache.len() >= MAX_CACHED {
                cache.clear();
            }
            cache.insert(
                name,
                Cached {
                    until: Instant::now() + REMEMBERED,
                    record: record.clone(),
                },
            );
        }
        Ok(record)
    }

    fn cached(&self, name: &str) -> Option<Option<Arc<KeyRecord>>> {
        let cache = self.cache.read().ok()?;
        cache
            .get(name)
            .filter(|cached| cached.until > Instant::now())
            .map(|cached| cached.record.clone())
    }
}

/// The key itself: `Bearer <key>`, or the password of `Basic`, whose user name is ignored.
fn presented(headers: &HeaderMap) -> Option<String> {
    let field = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = field.trim().split_once(' ')?;
    let credentials = credentials.trim();
    let secret = if scheme.eq_ignore_ascii_case("bearer") {
        credentials.to_owned()
    } else if scheme.eq_ignore_ascii_case("basic") {
        let decoded = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
        decoded.split_once(':')?.1.to_owned()
    } else {
        return None;
    };
    (!secret.is_empty() && secret.len() <= 256).then_some(secret)
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(ProblemKind::Unauthorized, detail)
        .header("www-authenticate", "Bearer realm=\"switchboard\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    fn field(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(header::AUTHORIZATION, value);
        }
        headers
    }

    #[test]
    fn bearer_and_basic_carry_the_key() {
        assert_eq!(presented(&field("Bearer abc")).as_deref(), Some("abc"));
        assert_eq!(presented(&field("bearer  abc ")).as_deref(), Some("abc"));
        assert_eq!(
            presented(&field("Basic dXNlcjphYmM=")).as_deref(),
            Some("abc")
        );
        for bad in [
            "",
            "abc",
            "Digest abc",
            "Basic !",
            "Basic dXNlcg==",
            "Bearer ",
        ] {
            assert_eq!(presented(&field(bad)), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(value in "\\PC{0,80}") {
            let _ = presented(&field(&value));
        }
    }
}
