use object_store::path::Path as Place;
use ports::{Error, Result, blobs::check_key};
use std::str::FromStr;

/// An object's name has room for 1,024 bytes, and a blob's key may have 512.
const MAX_PREFIX_BYTES: usize = 500;

/// `s3://bucket` or `s3://bucket/prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    pub bucket: String,
    /// Empty when the bucket is the project's alone.
    pub prefix: Place,
}

impl FromStr for Location {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        // Not shown: somebody may have written credentials into it.
        let refuse =
            || Error::invalid("the URL of the blobs must be s3://bucket or s3://bucket/prefix");
        let path = url.strip_prefix("s3://").ok_or_else(refuse)?;
        let (bucket, mut prefix) = path.split_once('/').unwrap_or((path, ""));
        if !is_bucket(bucket) || prefix.len() > MAX_PREFIX_BYTES {
            return Err(refuse());
        }
        if !prefix.is_empty() {
            prefix = prefix.strip_suffix('/').unwrap_or(prefix);
            check_key(prefix).map_err(|_| refuse())?;
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: Place::parse(prefix).map_err(|_| refuse())?,
        })
    }
}

/// By S3's rules for general purpose buckets, which also keep it a plain part of a URL.
fn is_bucket(name: &str) -> bool {
    let ends = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    (3..=63).contains(&name.len())
        && ends(name.bytes().next())
        && ends(name.bytes().last())
        && !name.contains("..")
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bucket_with_or_without_a_prefix() {
        for (url, bucket, prefix) in [
            ("s3://pictures", "pictures", ""),
            ("s3://pictures/", "pictures", ""),
            ("s3://my.pictures-1/a/B_2", "my.pictures-1", "a/B_2"),
            ("s3://pictures/a/", "pictures", "a"),
        ] {
            let location: Location = url.parse().unwrap();
            assert_eq!(
                (location.bucket.as_str(), location.prefix.as_ref()),
                (bucket, prefix)
            );
        }
    }

    #[test]
    fn anything_else_is_refused_unseen() {
        for url in [
            "",
            "s3:",
            "s3://",
            "s3:///a",
            "s3://ab",
            "s3://Pictures",
            "s3://pictures//",
            "s3://pictures/a//b",
            "s3://pictures/../a",
            "s3://pictures/a b",
            "s3://pictures?region=x",
            "s3://AKIDEXAMPLE:secret@pictures",
            "http://pictures",
        ] {
            let error = url.parse::<Location>().unwrap_err();
            assert_eq!(error.kind(), ports::Kind::Invalid, "{url}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    proptest! {
        #[test]
        fn no_url_makes_it_panic(url in ".{0,80}", rest in "[a-z/.-]{0,20}") {
            let _ = url.parse::<Location>();
            if let Ok(location) = format!("s3://{rest}").parse::<Location>() {
                prop_assert!(rest.starts_with(&location.bucket));
                prop_assert!(rest.contains(location.prefix.as_ref()));
            }
        }
    }
}
