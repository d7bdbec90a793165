use base64::{Engine, engine::general_purpose::STANDARD};
use sha1_smol::Sha1;
use sha2::{Digest as _, Sha256};
use web::{Fault, Problem};

/// Those that a piece can be checked by.
pub const ALGORITHMS: &str = "sha1,sha256";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// The protocol demands it. It finds accidents, not forgeries.
    Sha1,
    Sha256,
}

/// What `Upload-Checksum` says that a piece hashes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    pub algorithm: Algorithm,
    digest: Vec<u8>,
}

/// A hash in the making.
pub enum Digest {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Checksum {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let read = || {
            let (algorithm, digest) = text.trim().split_once(' ')?;
            let (algorithm, length) = match algorithm {
                "sha1" => (Algorithm::Sha1, 20),
                "sha256" => (Algorithm::Sha256, 32),
                _ => return None,
            };
            let digest = STANDARD.decode(digest.trim()).ok()?;
            (digest.len() == length).then_some(Self { algorithm, digest })
        };
        read().ok_or_else(|| {
            let detail = format!("must be one of {ALGORITHMS} and the hash in base64");
            Problem::invalid(vec![Fault::header("Upload-Checksum", detail)])
        })
    }

    #[must_use]
    pub fn fits(&self, digest: Digest) -> bool {
        digest.finish() == self.digest
    }
}

impl Digest {
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha1 => Self::Sha1(Sha1::new()),
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha1(hash) => hash.digest().bytes().to_vec(),
            Self::Sha256(hash) => hash.finalize().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fits(checksum: &str, text: &str) -> bool {
        let checksum = Checksum::parse(checksum).unwrap();
        let mut digest = Digest::new(checksum.algorithm);
        text.chars()
            .for_each(|char| digest.update(char.to_string().as_bytes()));
        checksum.fits(digest)
    }

    #[test]
    fn known_hashes_fit() {
        assert!(fits("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "abc"));
        assert!(fits(
            "sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
            "abc"
        ));
        assert!(!fits("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "abd"));
        for bad in [
            "",
            "sha1",
            "md5 kAFQmDzST7DWlj99KOF/cg==",
            "sha1 YQ==",
            "sha256 %",
        ] {
            assert!(Checksum::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "(sha1|sha256|md5)? ?\\PC{0,50}") {
            let _ = Checksum::parse(&text);
        }
    }
}
