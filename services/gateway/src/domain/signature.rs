//! Signed URLs: a path that works for a while without a key, because one who has a key has signed it.
//!
//! The query's `exp` is when that ends, in Unix seconds. Its `sig` is `<tenant>.<key's id>.<code>`, where the code is an
//! HMAC-SHA256 over the method, the path, every other parameter whatever their order, the three that stand here, and the
//! digest of the key's secret, which stands nowhere. A signature is its key's: it spends the key's limits, and dies with
//! its secret. An id alone would not do: the root key keeps its own when it gets another secret.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::percent_decode_str;
use ports::Tenant;
use settings::Secret;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, time::Duration};

/// No signature holds longer than this.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

const EXPIRES: &str = "exp";
const SIGNATURE: &str = "sig";
/// Of all keys that are derived from the installation's, this one signs URLs.
const LABEL: &str = "switchboard signed urls v1\0";
const MAX_KEY_ID: usize = 64;

/// Holds the key of the installation's signatures.
pub struct Signer(Hmac<Sha256>);

/// What a signature is good for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// Without the two parameters of the signature.
    pub query: &'a str,
}

/// Whose signature it is, and until when it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub tenant: Tenant,
    pub key_id: String,
    /// Unix seconds.
    pub expires: u64,
}

/// A signature as somebody has sent it.
#[derive(Debug, PartialEq, Eq)]
pub struct Presented {
    pub grant: Grant,
    code: Vec<u8>,
    /// The query without the signature.
    pub query: String,
}

/// There is a signature, and it is none.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed;

impl Signer {
    #[must_use]
    pub fn new(secrets_key: &Secret) -> Self {
        let key = Sha256::new()
            .chain_update(LABEL)
            .chain_update(secrets_key.expose())
            .finalize();
        // HMAC fills a shorter key up with zeros to the block of the hash.
        let mut block = [0; 64];
        block[..key.len()].copy_from_slice(&key);
        Self(<Hmac<Sha256> as KeyInit>::new(&block.into()))
    }

    /// The target as a URL that needs no key, on behalf of the key whose secret has this digest.
    #[must_use]
    pub fn sign(&self, target: Target<'_>, grant: &Grant, digest: &str) -> String {
        let code = self.code(target, grant, digest).finalize().into_bytes();
        let Target { path, query, .. } = target;
        let Grant {
            tenant,
            key_id,
            expires,
        } = grant;
        let and = if query.is_empty() { "" } else { "&" };
        let code = URL_SAFE_NO_PAD.encode(code);
        format!("{path}?{query}{and}{EXPIRES}={expires}&{SIGNATURE}={tenant}.{key_id}.{code}")
    }

    /// Does the signature fit the target, and the digest of its key's secret? Its time is another question.
    #[must_use]
    pub fn fits(&self, target: Target<'_>, presented: &Presented, digest: &str) -> bool {
        let code = self.code(target, &presented.grant, digest);
        code.verify_slice(&presented.code).is_ok()
    }

    fn code(&self, target: Target<'_>, grant: &Grant, digest: &str) -> Hmac<Sha256> {
        let mut code = self.0.clone();
        let expires = grant.expires.to_string();
        for text in [
            target.method,
            target.path,
            grant.tenant.as_str(),
            &grant.key_id,
            digest,
            &expires,
        ] {
            update(&mut code, text.as_bytes());
        }
        for (name, value) in canonical(target.query) {
            update(&mut code, &name);
            update(&mut code, &value);
        }
        code
    }
}

/// Lengths keep apart what would read alike when written one after the other.
fn update(code: &mut Hmac<Sha256>, bytes: &[u8]) {
    code.update(&(bytes.len() as u64).to_le_bytes());
    code.update(bytes);
}

/// The parameters by name and value, so that neither their order nor how they are encoded matters.
fn canonical(query: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut parameters: Vec<_> = pieces(query)
        .map(|(_, name, value)| (decode(name), decode(value)))
        .collect();
    parameters.sort_unstable();
    parameters
}

impl Presented {
    /// The signature in a query; `None` when there is none.
    pub fn read(query: &str) -> Result<Option<Self>, Malformed> {
        let (signatures, others) = part(pieces(query).collect(), SIGNATURE);
        if signatures.is_empty() {
            return Ok(None);
        }
        let (expiries, others) = part(others, EXPIRES);
        let ([signature], [expires]) = (signatures.as_slice(), expiries.as_slice()) else {
            return Err(Malformed);
        };
        let (grant, code) = read(signature, expires).ok_or(Malformed)?;
        let others: Vec<&str> = others.iter().map(|(whole, _, _)| *whole).collect();
        Ok(Some(Self {
            grant,
            code,
            query: others.join("&"),
        }))
    }
}

/// Whether the query holds what only a signature brings.
#[must_use]
pub fn is_signed(query: &str) -> bool {
    pieces(query).any(|piece| is_named(&piece, SIGNATURE) || is_named(&piece, EXPIRES))
}

fn read(signature: &str, expires: &str) -> Option<(Grant, Vec<u8>)> {
    let mut parts = signature.split('.');
    let (tenant, key_id, code) = (parts.next()?, parts.next()?, parts.next()?);
    let is_id = key_id.len() <= MAX_KEY_ID && parts.next().is_none();
    let grant = Grant {
        tenant: Tenant::parse(tenant).ok()?,
        key_id: key_id.to_owned(),
        expires: expires.parse().ok()?,
    };
    is_id.then_some((grant, URL_SAFE_NO_PAD.decode(code).ok()?))
}

/// A parameter as it stands, its name, its value.
type Piece<'a> = (&'a str, &'a str, &'a str);

fn pieces(query: &str) -> impl Iterator<Item = Piece<'_>> {
    let pieces = query.split('&').filter(|piece| !piece.is_empty());
    pieces.map(|piece| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        (piece, name, value)
    })
}

/// The values of the parameters with this name, and the other parameters.
fn part<'a>(all: Vec<Piece<'a>>, name: &str) -> (Vec<&'a str>, Vec<Piece<'a>>) {
    let (named, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|piece| is_named(piece, name));
    let values = named.into_iter().map(|(_, _, value)| value);
    (values.collect(), others)
}

fn is_named((_, found, _): &Piece<'_>, name: &str) -> bool {
    decode(found) == name.as_bytes()
}

fn decode(text: &str) -> Vec<u8> {
    let spaced = text.replace('+', " ");
    Cow::from(percent_decode_str(&spaced)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GET: Target<'static> = Target {
        method: "GET",
        path: "/v1/a",
        query: "w=3&name=a%20b",
    };

    const DIGEST: &str = "d1";

    fn signer() -> Signer {
        Signer::new(&Secret::new("k".repeat(32)))
    }

    fn signed(target: Target<'_>) -> String {
        signer().sign(target, &grant(), DIGEST)
    }

    fn fits(target: Target<'_>, presented: &Presented) -> bool {
        signer().fits(target, presented, DIGEST)
    }

    fn grant() -> Grant {
        Grant {
            tenant: Tenant::parse("ten_1").unwrap(),
            key_id: "key_1".to_owned(),
            expires: 1_900_000_000,
        }
    }

    fn presented(url: &str) -> Presented {
        let (_, query) = url.split_once('?').unwrap();
        Presented::read(query).unwrap().unwrap()
    }

    #[test]
    fn what_is_signed_is_known_again() {
        let url = signed(GET);
        assert!(url.starts_with("/v1/a?w=3&name=a%20b&exp=1900000000&sig=ten_1.key_1."));
        let read = presented(&url);
        assert_eq!((&read.grant, read.query.as_str()), (&grant(), GET.query));
        assert!(fits(GET, &read));
        let bare = Target { query: "", ..GET };
        let url = signed(bare);
        assert!(url.starts_with("/v1/a?exp="));
        assert!(fits(bare, &presented(&url)));
    }

    #[test]
    fn order_and_encoding_do_not_matter_and_all_else_does() {
        let read = presented(&signed(GET));
        let with = |query| Target { query, ..GET };
        for same in ["name=a+b&w=3", "n%61me=a%20b&&w=3"] {
            assert!(fits(with(same), &read), "{same}");
        }
        for other in [
            "w=3",
            "w=3&name=a%20b&q=1",
            "w=33&name=a b",
            "w=3&name=a%20c",
            "w=3name&=a%20b",
        ] {
            assert!(!fits(with(other), &read), "{other}");
        }
        for other in [
            Target {
                method: "PUT",
                ..GET
            },
            Target {
                path: "/v1/b",
                ..GET
            },
        ] {
            assert!(!fits(other, &read));
        }
        let changes: [fn(&mut Grant); 3] = [
            |grant| grant.expires += 1,
            |grant| grant.key_id = "key_2".to_owned(),
            |grant| grant.tenant = Tenant::parse("ten_2").unwrap(),
        ];
        for change in changes {
            let mut forged = presented(&signed(GET));
            change(&mut forged.grant);
            assert!(!fits(GET, &forged));
        }
        let other = Signer::new(&Secret::new("l".repeat(32)));
        assert!(!other.fits(GET, &read, DIGEST));
        assert!(
            !signer().fits(GET, &read, "d2"),
            "the key has another secret"
        );
    }

    #[test]
    fn half_a_signature_is_none() {
        assert_eq!(Presented::read("w=3&exp=5"), Ok(None));
        for bad in [
            "sig=",
            "sig=a.b.c",
            "exp=5&sig=",
            "exp=5&sig=a.b",
            "exp=5&sig=a.b.c.d",
            "exp=x&sig=a.b.YWJj",
            "exp=5&exp=5&sig=a.b.YWJj",
            "exp=5&sig=a.b.YWJj&sig=a.b.YWJj",
            "exp=5&sig=A.b.YWJj",
            "exp=5&sig=a.b.%25",
        ] {
            assert_eq!(Presented::read(bad), Err(Malformed), "{bad}");
        }
        assert!(Presented::read("exp=5&sig=a.b.YWJj").is_ok());
        assert!(is_signed("a=1&e%78p=5") && is_signed("sig") && !is_signed("a=sig"));
    }

    proptest! {
        #[test]
        fn any_query_is_signed_and_known_again(query in "[a-e=&%+0-9]{0,30}", bit in 0usize..256) {
            let target = Target { query: &query, ..GET };
            let mut read = presented(&signed(target));
            prop_assert!(fits(target, &read));
            read.code[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!fits(target, &read));
        }

        #[test]
        fn hostile_queries_do_not_panic(query in "\\PC{0,80}", signature in "[a-z.=&%]{0,40}") {
            let _ = Presented::read(&query);
            let _ = Presented::read(&format!("exp=5&sig={signature}"));
        }
    }
}
