//! "Not here, ask there": a server's answer to a command that it has not run.

use super::table;
use crate::address::Address;
use redis::{ServerErrorKind, Value};

#[derive(Debug, PartialEq, Eq)]
pub enum Redirect {
    /// The slot has another server now.
    Moved(Address),
    /// The slot is on its way: this command alone goes there.
    Ask(Address),
}

impl Redirect {
    /// What the answers of `from` say, if one of them is a redirect.
    pub fn find(answers: &[Value], from: &Address) -> Option<Self> {
        answers.iter().find_map(|answer| match answer {
            Value::ServerError(error) => {
                let to = |kind: fn(Address) -> Self| Some(kind(target(error.details()?, from)?));
                match error.kind()? {
                    ServerErrorKind::Moved => to(Self::Moved),
                    ServerErrorKind::Ask => to(Self::Ask),
                    _ => None,
                }
            }
            _ => None,
        })
    }
}

/// `<slot> <host>:<port>`; an IPv6 host stands without brackets.
fn target(details: &str, from: &Address) -> Option<Address> {
    let (_, address) = details.split_once(' ')?;
    let (host, port) = address.rsplit_once(':')?;
    table::address(host, port.parse().ok()?, from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn find(reply: &str) -> Option<Redirect> {
        let from = Address {
            host: "here".to_owned(),
            port: 1,
        };
        let answer = redis::parse_redis_value(reply.as_bytes()).expect("a reply");
        Redirect::find(&[Value::Okay, answer], &from)
    }

    fn address(host: &str) -> Address {
        Address {
            host: host.to_owned(),
            port: 6381,
        }
    }

    #[test]
    fn redirects_name_a_server() {
        for (reply, expected) in [
            (
                "-MOVED 3999 10.0.0.1:6381\r\n",
                Redirect::Moved(address("10.0.0.1")),
            ),
            ("-MOVED 3999 ::1:6381\r\n", Redirect::Moved(address("::1"))),
            ("-MOVED 3999 :6381\r\n", Redirect::Moved(address("here"))),
            ("-ASK 3999 b:6381\r\n", Redirect::Ask(address("b"))),
        ] {
            assert_eq!(find(reply), Some(expected));
        }
        for reply in [
            "+OK\r\n",
            "-MOVED\r\n",
            "-MOVED 1 ?:6381\r\n",
            "-TRYAGAIN x\r\n",
        ] {
            assert_eq!(find(reply), None);
        }
    }

    proptest! {
        #[test]
        fn hostile_redirects_never_panic(details in "[^\r\n]*") {
            find(&format!("-MOVED {details}\r\n"));
        }
    }
}
