//! Signatures of Standard Webhooks 1.0, symmetric: `v1,` and base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

const PREFIX: &str = "whsec_";
const MIN_BYTES: usize = 24;
const MAX_BYTES: usize = 64;
const NEW_BYTES: usize = 32;

/// A signing secret: 24 to 64 bytes, written `whsec_` and their base64.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be whsec_ and the base64 of {MIN_BYTES} to {MAX_BYTES} bytes")]
pub struct InvalidSecret;

impl SigningSecret {
    #[must_use]
    pub fn random() -> Self {
        Self(rand::random::<[u8; NEW_BYTES]>().to_vec())
    }

    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, InvalidSecret> {
        if (MIN_BYTES..=MAX_BYTES).contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(InvalidSecret)
        }
    }

    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(InvalidSecret)?;
        Self::from_bytes(STANDARD.decode(encoded).map_err(|_| InvalidSecret)?)
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text for its owner, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    fn sign(&self, id: &str, timestamp: u64, body: &[u8]) -> String {
        // HMAC fills a shorter key up with zeros to the block of the hash, and a secret is never longer than that.
        let mut block = [0; MAX_BYTES];
        block[..self.0.len()].copy_from_slice(&self.0);
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("whsec_***")
    }
}

/// The value of `webhook-signature`: one signature for each secret that is valid, with spaces between.
#[must_use]
pub fn signature(secrets: &[SigningSecret], id: &str, timestamp: u64, body: &[u8]) -> String {
    let signatures: Vec<_> = secrets
        .iter()
        .map(|secret| secret.sign(id, timestamp, body))
        .collect();
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::Digest;

    /// RFC 2104 written out, to check the other way of computing it.
    fn hmac_by_hand(key: &[u8], message: &[u8]) -> Vec<u8> {
        let pad = |with: u8| {
            let mut block = [with; 64];
            block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
            block
        };
        let inner = Sha256::new()
            .chain_update(pad(0x36))
            .chain_update(message)
            .finalize();
        let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner);
        outer.finalize().to_vec()
    }

    #[test]
    fn the_specification_s_example() {
        let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(
            signature(
                &[secret],
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                br#"{"test": 2432232314}"#
            ),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn two_secrets_give_two_signatures() {
        let secrets = [SigningSecret::random(), SigningSecret::random()];
        let both = signature(&secrets, "evt_1", 7, b"{}");
        let (first, second) = both.split_once(' ').unwrap();
        assert_eq!(first, signature(&secrets[..1], "evt_1", 7, b"{}"));
        assert_eq!(second, signature(&secrets[1..], "evt_1", 7, b"{}"));
    }

    #[test]
    fn short_long_and_foreign_secrets_are_refused() {
        let text = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        assert!(SigningSecret::parse(&text(24)).is_ok() && SigningSecret::parse(&text(64)).is_ok());
        for bad in [
            text(23),
            text(65),
            "whsec_".to_owned(),
            "whsec_%%".to_owned(),
            STANDARD.encode([7; 32]),
        ] {
            assert!(SigningSecret::parse(&bad).is_err(), "{bad}");
        }
        let secret = SigningSecret::random();
        assert_eq!(SigningSecret::parse(&secret.reveal()), Ok(secret.clone()));
        assert_eq!(format!("{secret:?}"), "whsec_***");
    }

    proptest! {
        #[test]
        fn signs_as_rfc_2104_says(key in prop::collection::vec(any::<u8>(), 24..=64), id in "[a-z0-9_]{1,30}", at: u64, body: Vec<u8>) {
            let message = [format!("{id}.{at}.").as_bytes(), &body].concat();
            let expected = format!("v1,{}", STANDARD.encode(hmac_by_hand(&key, &message)));
            prop_assert_eq!(signature(&[SigningSecret(key)], &id, at, &body), expected);
        }

        #[test]
        fn never_panics(text in "(whsec_)?\\PC{0,100}") {
            let _ = SigningSecret::parse(&text);
        }
    }
}
