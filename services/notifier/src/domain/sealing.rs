//! Secrets at rest: XChaCha20-Poly1305 under keys that are derived with SHA-256.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce, aead::Aead};
use serde::{Deserialize, Serialize};
use settings::Secret;
use sha2::{Digest, Sha256};

const NONCE_BYTES: usize = 24;

/// Base64 of a nonce and what was sealed under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

/// What a sealed value is for. Values of different uses, or of different contexts, have different keys.
#[derive(Debug, Clone, Copy)]
pub enum Use {
    /// A signing secret; the context is its subscription's id.
    Signing,
    /// What a receiver answered; the context is the data of the event that it was sent. A receiver may repeat what it
    /// got, so its answer must become unreadable when that data is erased.
    Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value cannot be opened; is the secrets key another one than it was sealed with?")]
pub struct CannotOpen;

/// Holds the installation's key.
#[derive(Clone)]
pub struct Sealer {
    root: [u8; 32],
}

impl Sealer {
    #[must_use]
    pub fn new(secrets_key: &Secret) -> Self {
        let root = Sha256::new()
            .chain_update("switchboard notifier secrets v1\0")
            .chain_update(secrets_key.expose())
            .finalize();
        Self { root: root.into() }
    }

    pub fn seal(&self, purpose: Use, context: &[u8], plain: &[u8]) -> Result<Sealed, CannotOpen> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let mut sealed = nonce.to_vec();
        let ciphertext = self
            .cipher(purpose, context)
            .encrypt(&XNonce::from(nonce), plain)
            .map_err(|_| CannotOpen)?;
        sealed.extend_from_slice(&ciphertext);
        Ok(Sealed(STANDARD_NO_PAD.encode(sealed)))
    }

    pub fn open(
        &self,
        purpose: Use,
        context: &[u8],
        sealed: &Sealed,
    ) -> Result<Vec<u8>, CannotOpen> {
        let bytes = STANDARD_NO_PAD.decode(&sealed.0).map_err(|_| CannotOpen)?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(CannotOpen)?;
        self.cipher(purpose, context)
            .decrypt(&XNonce::from(*nonce), ciphertext)
            .map_err(|_| CannotOpen)
    }

    fn cipher(&self, purpose: Use, context: &[u8]) -> XChaCha20Poly1305 {
        let label: &[u8] = match purpose {
            Use::Signing => b"signing\0",
            Use::Answer => b"answer\0",
        };
        let key: [u8; 32] = Sha256::new()
            .chain_update(self.root)
            .chain_update(label)
            .chain_update(context)
            .finalize()
            .into();
        XChaCha20Poly1305::new(&key.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealer(key: &str) -> Sealer {
        Sealer::new(&Secret::new(key))
    }

    #[test]
    fn equal_values_do_not_look_equal() {
        let sealer = sealer("k");
        let seal = || sealer.seal(Use::Signing, b"sub_1", b"plain").unwrap();
        assert_ne!(seal(), seal());
    }

    proptest! {
        #[test]
        fn opens_under_the_same_key_use_and_context_alone(plain: Vec<u8>, context: Vec<u8>, other: Vec<u8>) {
            let sealed = sealer("k").seal(Use::Answer, &context, &plain).unwrap();
            prop_assert_eq!(sealer("k").open(Use::Answer, &context, &sealed).unwrap(), plain);
            prop_assert_eq!(sealer("j").open(Use::Answer, &context, &sealed), Err(CannotOpen));
            prop_assert_eq!(sealer("k").open(Use::Signing, &context, &sealed), Err(CannotOpen));
            if other != context {
                prop_assert_eq!(sealer("k").open(Use::Answer, &other, &sealed), Err(CannotOpen));
            }
        }

        #[test]
        fn a_changed_bit_is_noticed(plain: Vec<u8>, at: prop::sample::Index, bit in 0..8u8) {
            let sealed = sealer("k").seal(Use::Signing, b"", &plain).unwrap();
            let mut bytes = STANDARD_NO_PAD.decode(&sealed.0).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let changed = Sealed(STANDARD_NO_PAD.encode(bytes));
            prop_assert_eq!(sealer("k").open(Use::Signing, b"", &changed), Err(CannotOpen));
        }

        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            prop_assert!(sealer("k").open(Use::Signing, b"", &Sealed(text)).is_err());
        }
    }
}
