//! The standard variables of the AWS SDKs.

use super::location::Location;
use http::Uri;
use object_store::{
    RetryConfig,
    aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey as Key},
    client::HttpConnector,
};
use ports::{Error, Result};
use reqwest::Url;

/// Where ECS answers relative addresses.
const ECS: &str = "http://169.254.170.2";

/// The client for the bucket. Variables that S3 has no use for, and empty ones, are passed over.
pub fn store(
    location: &Location,
    environment: impl IntoIterator<Item = (String, String)>,
    web: impl HttpConnector,
) -> Result<AmazonS3> {
    let mut builder = AmazonS3Builder::new();
    let mut has_credentials = false;
    for (name, value) in environment {
        let Some(key) = key(&name).filter(|_| !value.is_empty()) else {
            continue;
        };
        if !fits(key, &value) {
            return Err(Error::invalid(format!(
                "the value of {name} cannot be used"
            )));
        }
        has_credentials |= gives_credentials(key);
        builder = builder.with_config(key, value);
    }
    if !has_credentials {
        tracing::info!(
            "no AWS credentials in the environment; asking the machine's metadata service"
        );
    }
    let retry = RetryConfig {
        // Who calls a port decides whether to try again.
        max_retries: 0,
        ..RetryConfig::default()
    };
    let built = builder
        .with_bucket_name(&location.bucket)
        .with_http_connector(web)
        .with_retry(retry)
        // One by one, which every server that speaks S3 understands.
        .with_disable_bulk_delete(true)
        .build();
    built.map_err(|error| {
        Error::invalid("the AWS_… variables do not fit together").with_source(error)
    })
}

/// What a variable means. The URL names the bucket, and the HTTP client is not the environment's to change.
fn key(name: &str) -> Option<Key> {
    if !name.starts_with("AWS_") {
        return None;
    }
    let key = name.to_ascii_lowercase().parse().ok()?;
    (!matches!(key, Key::Bucket | Key::Client(_))).then_some(key)
}

fn gives_credentials(key: Key) -> bool {
    matches!(
        key,
        Key::AccessKeyId
            | Key::WebIdentityTokenFile
            | Key::ContainerCredentialsRelativeUri
            | Key::ContainerCredentialsFullUri
            | Key::SkipSignature
    )
}

/// The library takes for granted that values fit into URLs and headers.
fn fits(key: Key, value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_graphic())
        && match key {
            Key::Region | Key::DefaultRegion => value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')),
            Key::Endpoint
            | Key::S3Endpoint
            | Key::StsEndpoint
            | Key::MetadataEndpoint
            | Key::ContainerCredentialsFullUri => is_web_address(value),
            Key::ContainerCredentialsRelativeUri => {
                value.starts_with('/') && is_web_address(&format!("{ECS}{value}"))
            }
            _ => true,
        }
}

fn is_web_address(value: &str) -> bool {
    let is_uri = value.parse::<Uri>().is_ok();
    let url = Url::parse(value).ok();
    is_uri
        && url.is_some_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.fragment().is_none()
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use futures_util::FutureExt;
    use object_store::{
        ClientOptions, ObjectStoreExt,
        client::{HttpClient, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService},
    };
    use ports::Kind;
    use proptest::prelude::*;

    /// A network on which nothing can be reached.
    #[derive(Debug, Clone)]
    struct Nowhere;

    impl HttpConnector for Nowhere {
        fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
            Ok(HttpClient::new(Self))
        }
    }

    #[async_trait]
    impl HttpService for Nowhere {
        async fn call(&self, _: HttpRequest) -> Result<HttpResponse, HttpError> {
            let error = std::io::Error::other("nothing is there");
            Err(HttpError::new(HttpErrorKind::Unknown, error))
        }
    }

    fn store(variables: &[(&str, &str)]) -> Result<AmazonS3> {
        let location = "s3://pictures".parse().unwrap();
        let variables = variables.iter().copied();
        let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        super::store(&location, owned, Nowhere)
    }

    #[test]
    fn what_cannot_be_used_is_named_but_not_shown() {
        for (name, value) in [
            ("AWS_ENDPOINT_URL", "minio:9000"),
            ("AWS_ENDPOINT_URL", "http://user:hidden@minio"),
            ("AWS_ENDPOINT_URL_S3", "ftp://minio"),
            ("AWS_REGION", "eu/west"),
            ("AWS_ACCESS_KEY_ID", "hidden\n"),
            ("AWS_SESSION_TOKEN", "hidden\r\nx: y"),
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@elsewhere"),
        ] {
            let error = store(&[(name, value)]).unwrap_err();
            assert_eq!(error.kind(), Kind::Invalid, "{name}");
            let text = error.to_string();
            assert!(text.contains(name) && !text.contains("hidden"), "{text}");
        }
    }

    #[test]
    fn half_of_a_credential_is_refused() {
        let error = store(&[("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")]).unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid);
        assert!(error.to_string().contains("SecretAccessKey"), "{error}");
    }

    #[test]
    fn other_and_empty_variables_are_passed_over() {
        let others = [
            ("AWS_PROFILE", "a b"),
            ("AWS_BUCKET", "?"),
            ("AWS_PROXY_URL", "\n"),
            ("AWS_ENDPOINT_URL", ""),
            ("PATH", "\n"),
        ];
        assert!(store(&others).is_ok());
    }

    proptest! {
        /// Neither here nor when the first request is made of it.
        #[test]
        fn no_value_makes_it_panic(
            name in prop::sample::select(vec![
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
                "AWS_REGION",
                "AWS_ENDPOINT_URL",
                "AWS_METADATA_ENDPOINT",
                "AWS_SSE_KMS_KEY_ID",
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            ]),
            value in prop_oneof![".{0,20}", "https?://[!-~]{0,12}", "/[!-~]{0,12}"],
        ) {
            let keys = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "s")];
            let given = [(name, value.as_str())];
            let with_keys = [keys.as_slice(), &given].concat();
            for variables in [with_keys.as_slice(), &given] {
                if let Ok(store) = store(variables) {
                    let _ = store.head(&"key".into()).now_or_never();
                }
            }
        }
    }
}
