//! Keeps webhooks out of private networks: at creation, and at every call, where a name may lead elsewhere by then.

use crate::domain::{
    address::is_public,
    endpoint::{Endpoint, Host},
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{io, net::SocketAddr, time::Duration};

/// At creation, a name that takes longer to resolve is as one that does not: it is looked at again at each call.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(3);

/// Which addresses may be called. Also the client's resolver: it connects to the very addresses that were checked.
#[derive(Debug, Clone, Copy)]
pub struct Guard {
    pub allow_private: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("leads to an address that is not public")]
pub struct NotPublic;

impl Guard {
    /// For a new endpoint. A name that cannot be resolved now is let through: it may be there by the first call.
    pub async fn check(self, endpoint: &Endpoint) -> Result<(), NotPublic> {
        self.check_literal(endpoint)?;
        let Host::Name(name) = endpoint.host() else {
            return Ok(());
        };
        if self.allow_private {
            return Ok(());
        }
        match tokio::time::timeout(LOOKUP_TIMEOUT, lookup(name)).await {
            Ok(Ok(addresses)) => self.check_all(&addresses),
            _ => Ok(()),
        }
    }

    /// Addresses in URLs never reach a resolver, so they are checked before each call.
    pub fn check_literal(self, endpoint: &Endpoint) -> Result<(), NotPublic> {
        match endpoint.host() {
            Host::Address(address) if !self.allow_private && !is_public(address) => Err(NotPublic),
            _ => Ok(()),
        }
    }

    /// One address that is not public spoils the name: which one gets called would be up to chance.
    fn check_all(self, addresses: &[SocketAddr]) -> Result<(), NotPublic> {
        if self.allow_private || addresses.iter().all(|address| is_public(address.ip())) {
            Ok(())
        } else {
            Err(NotPublic)
        }
    }
}

async fn lookup(name: &str) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((name, 0)).await?.collect())
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let addresses = lookup(name.as_str()).await?;
            guard.check_all(&addresses)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Guard = Guard {
        allow_private: false,
    };

    async fn check(guard: Guard, url: &str) -> Result<(), NotPublic> {
        guard.check(&Endpoint::parse(url).unwrap()).await
    }

    #[tokio::test]
    async fn private_addresses_and_names_of_them_are_refused_at_creation() {
        for url in [
            "http://127.0.0.1/",
            "http://[::1]/",
            "http://0x7f.1/",
            "http://localhost:8080/",
        ] {
            assert_eq!(check(STRICT, url).await, Err(NotPublic), "{url}");
            assert_eq!(
                check(
                    Guard {
                        allow_private: true
                    },
                    url
                )
                .await,
                Ok(()),
                "{url}"
            );
        }
        assert_eq!(check(STRICT, "https://1.1.1.1/").await, Ok(()));
        assert_eq!(check(STRICT, "https://no-such-name.invalid/").await, Ok(()));
    }

    #[tokio::test]
    async fn the_resolver_refuses_names_of_private_addresses() {
        let refused = STRICT.resolve("localhost".parse().unwrap()).await;
        let error = refused.err().expect("refused");
        assert!(error.downcast_ref::<NotPublic>().is_some(), "{error}");
    }

    #[test]
    fn one_private_address_spoils_a_name() {
        let addresses = ["1.1.1.1:0", "10.0.0.1:0"].map(|text| text.parse().unwrap());
        assert_eq!(STRICT.check_all(&addresses), Err(NotPublic));
        assert_eq!(STRICT.check_all(&addresses[..1]), Ok(()));
    }
}
