//! What a store's URL says. Errors never repeat it: it may hold a password.

use crate::link::RESPONSE_TIMEOUT;
use ports::{Error, Result};
use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisResult,
};
use std::fmt;

/// Replicas that a commit may have to wait for.
const MAX_REPLICAS: u8 = 5;

pub struct Target {
    /// The one server, or those of a cluster that are asked first.
    pub servers: Vec<ConnectionInfo>,
    pub cluster: bool,
    /// Copies that a commit must have, besides the primary's.
    pub replicas: u8,
}

/// `redis[s]://[user:password@]host[:port][/db]` or `redis[s]+cluster://[user:password@]host[:port],…`, each with
/// `?replicas=<n>` or without.
pub fn parse(url: &str) -> Result<Target> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let (scheme, cluster) = match scheme.strip_suffix("+cluster") {
        Some(scheme) => (scheme, true),
        None => (scheme, false),
    };
    if !matches!(scheme, "redis" | "rediss") {
        return Err(Error::invalid(
            "a store URL is redis://host:port, redis+cluster://host:port,host:port, or one of these with rediss",
        ));
    }
    if scheme == "rediss" {
        // Whoever came first has chosen for the process.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
    let hosts = hosts.split(|c| cluster && c == ',');
    let servers = hosts.map(|host| connection_info(&format!("{scheme}://{user}{host}{path}")));
    let servers: Vec<_> = servers
        .collect::<RedisResult<_>>()
        .map_err(|e| Error::invalid("the store's URL").with_source(e))?;
    if cluster && servers.iter().any(|info| info.redis_settings().db() != 0) {
        return Err(Error::invalid("a Redis Cluster has the database 0 alone"));
    }
    Ok(Target {
        servers,
        cluster,
        replicas: replicas(path)?,
    })
}

/// An option that is not known is refused: a slip of the pen must not cost a promise.
fn replicas(path: &str) -> Result<u8> {
    let path = path.split('#').next().unwrap_or_default();
    let (_, query) = path.split_once('?').unwrap_or_default();
    let mut replicas = 0;
    for option in query.split('&').filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            Some(("replicas", number)) => {
                let number = number.parse().ok().filter(|n| *n <= MAX_REPLICAS);
                replicas = number.ok_or_else(|| {
                    Error::invalid(format!("replicas in the store's URL: 0 to {MAX_REPLICAS}"))
                })?;
            }
            Some(("protocol", _)) => {}
            _ => return Err(Error::invalid("an unknown option in the store's URL")),
        }
    }
    Ok(replicas)
}

fn connection_info(url: &str) -> RedisResult<ConnectionInfo> {
    let info = url.into_connection_info()?;
    // RESP3 tells of a lost connection at once, and carries hints.
    let redis = info
        .redis_settings()
        .clone()
        .set_protocol(ProtocolVersion::RESP3);
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let tcp = tcp.set_user_timeout(2 * RESPONSE_TIMEOUT);
    Ok(info.set_redis_settings(redis).set_tcp_settings(tcp))
}

/// A server of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    pub host: String,
    pub port: u16,
}

impl Address {
    pub fn of(info: &ConnectionInfo) -> Self {
        let (host, port) = match info.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                (host.clone(), *port)
            }
            // No URL leads here.
            other => (other.to_string(), 0),
        };
        Self { host, port }
    }

    /// How this server is reached: as the cluster's others are.
    pub fn client(&self, like: &ConnectionInfo) -> RedisResult<Client> {
        let (host, port) = (self.host.clone(), self.port);
        let address = match like.addr() {
            ConnectionAddr::TcpTls {
                insecure,
                tls_params,
                ..
            } => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => ConnectionAddr::Tcp(host, port),
        };
        Client::open(like.clone().set_addr(address))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::Kind;
    use proptest::prelude::*;

    fn servers(target: &Target) -> Vec<String> {
        let addresses = target.servers.iter().map(|info| info.addr().to_string());
        addresses.collect()
    }

    #[test]
    fn one_server() {
        let target = parse("redis://user:secret@localhost:6380/1").expect("a URL");
        assert_eq!(servers(&target), ["localhost:6380"]);
        assert_eq!((target.cluster, target.replicas), (false, 0));
        assert_eq!(target.servers[0].redis_settings().db(), 1);
        assert!(parse("rediss://localhost").is_ok());
        let waiting = parse("redis://localhost?replicas=1").expect("a URL");
        assert_eq!(waiting.replicas, 1);
    }

    #[test]
    fn several_seeds() {
        let url = "rediss+cluster://user:se%40cret@a:1,b,[::1]:3/?replicas=2";
        let target = parse(url).expect("a URL");
        assert_eq!(servers(&target), ["a:1", "b:6379", "::1:3"]);
        assert_eq!((target.cluster, target.replicas), (true, 2));
        for info in &target.servers {
            assert_eq!(info.redis_settings().username(), Some("user"));
            assert_eq!(info.redis_settings().password(), Some("se@cret"));
        }
    }

    #[test]
    fn a_server_that_a_cluster_names_is_reached_like_the_seeds() {
        let target = parse("rediss+cluster://:secret@a:1").expect("a URL");
        let other = Address {
            host: "c".to_owned(),
            port: 9,
        };
        let client = other.client(&target.servers[0]).expect("a client");
        let info = client.get_connection_info();
        assert_eq!(Address::of(info), other);
        assert!(matches!(info.addr(), ConnectionAddr::TcpTls { .. }));
        assert_eq!(info.redis_settings().password(), Some("secret"));
    }

    #[test]
    fn urls_are_checked_and_never_repeated() {
        for url in [
            "http://:secret@localhost",
            "redis://:secret@",
            "redis://:secret@localhost/none",
            "redis://:secret@a:1,b:2",
            "redis://:secret@localhost?replica=1",
            "redis://:secret@localhost?replicas=many",
            "redis+cluster://:secret@",
            "redis+cluster://:secret@a,",
            "redis+cluster://:secret@a/1",
            "redis+cluster://:secret@a?replicas=6",
        ] {
            let refused = parse(url).err().expect(url);
            assert_eq!(refused.kind(), Kind::Invalid);
            assert!(!refused.to_string().contains("secret"), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn hostile_urls_never_panic(scheme in "rediss?(\\+cluster)?", rest in ".*") {
            let _ = parse(&rest);
            let _ = parse(&format!("{scheme}://{rest}"));
        }
    }
}
