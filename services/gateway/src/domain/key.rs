use ports::{Tenant, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use web::{Principal, Scopes};

const PREFIX: &str = "sbk";
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 52 characters of five bits hold 256 random bits and four spare ones.
const RANDOM_CHARS: usize = 52;

/// A key's secret: `sbk_<tenant>_<52 characters>`. Shown once; only its digest is stored.
pub struct KeySecret(String);

impl KeySecret {
    #[must_use]
    pub fn generate(tenant: &Tenant) -> Self {
        let random: [u8; RANDOM_CHARS] = rand::random();
        let text: String = random
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
            .collect();
        Self(format!("{PREFIX}_{tenant}_{text}"))
    }

    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The tenant that a secret says it is of. It proves nothing; the digest in that tenant's partition does.
    #[must_use]
    pub fn tenant_of(presented: &str) -> Option<Tenant> {
        let (rest, random) = presented
            .strip_prefix(PREFIX)?
            .strip_prefix('_')?
            .rsplit_once('_')?;
        let well_formed =
            random.len() == RANDOM_CHARS && random.bytes().all(|b| ALPHABET.contains(&b));
        if well_formed {
            Tenant::parse(rest).ok()
        } else {
            None
        }
    }
}

/// SHA-256 in hex: enough for secrets of 256 random bits, which no dictionary holds.
#[must_use]
pub fn digest(secret: &str) -> String {
    Sha256::digest(secret)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    pub per_second: f64,
    pub burst: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    pub per_day: u32,
}

/// What is stored of a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyRecord {
    pub id: String,
    pub tenant: Tenant,
    pub name: String,
    pub scopes: Scopes,
    #[serde(default)]
    pub rate: Option<Rate>,
    #[serde(default)]
    pub quota: Option<Quota>,
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub digest: String,
    #[serde(default)]
    pub root: bool,
}

impl KeyRecord {
    #[must_use]
    pub fn principal(&self) -> Principal {
        Principal {
            tenant: self.tenant.clone(),
            key_id: self.id.clone(),
            scopes: self.scopes.clone(),
            root: self.root,
        }
    }

    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// The same key, good for no more than this.
    #[must_use]
    pub fn narrowed(&self, scopes: Scopes) -> Self {
        Self {
            scopes,
            root: false,
            ..self.clone()
        }
    }

    /// The root key acts in the default tenant with every scope.
    #[must_use]
    pub fn root(tenant: Tenant, digest: String, now: Timestamp) -> Self {
        Self {
            id: "root".to_owned(),
            tenant,
            name: "root".to_owned(),
            scopes: Scopes::admin(),
            rate: None,
            quota: None,
            expires_at: None,
            created_at: now,
            digest,
            root: true,
        }
    }

    /// The key as the API shows it.
    #[must_use]
    pub fn view(&self) -> serde_json::Value {
        serde_json::json!({
            "id": self.id,
            "name": self.name,
            "scopes": self.scopes,
            "rate": self.rate,
            "quota": self.quota,
            "expires_at": self.expires_at,
            "created_at": self.created_at,
        })
    }
}

/// Store keys of a key: by id for lists, by digest for callers.
#[must_use]
pub fn by_id(id: &str) -> String {
    format!("gateway/key/{id}")
}

#[must_use]
pub fn by_digest(digest: &str) -> String {
    format!("gateway/secret/{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_secret_names_its_tenant_and_no_two_are_equal() {
        let tenant = Tenant::parse("ten_01h455vb4pex5vsknk084sn02q").unwrap();
        let (one, two) = (KeySecret::generate(&tenant), KeySecret::generate(&tenant));
        assert_ne!(one.expose(), two.expose());
        assert_eq!(KeySecret::tenant_of(one.expose()), Some(tenant));
        assert_eq!(
            digest("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    proptest! {
        #[test]
        fn hostile_secrets_name_nobody(text in "\\PC{0,120}") {
            prop_assert_eq!(KeySecret::tenant_of(&text), None);
        }
    }
}
