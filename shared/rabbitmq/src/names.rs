//! Names of our own for everything: a name that the broker invents is lost with its connection.

use lapin::types::ShortString;
use ports::{Error, Result, bus::ServiceQueue};
use uuid::Uuid;

/// AMQP allows 255 bytes to a name; two parts and a prefix have to fit.
const MAX_PART_BYTES: usize = 100;

pub const BROADCAST_EXCHANGE: &str = "sb.broadcast";

pub fn requests(queue: &ServiceQueue) -> Result<String> {
    let service = part(&queue.service)?;
    let version = part(&queue.version)?;
    Ok(format!("sb.rq.{service}.{version}"))
}

pub fn partition(group: &str, partition: u16) -> Result<String> {
    Ok(format!("sb.ev.{}.{partition}", part(group)?))
}

pub fn topic(topic: &str) -> Result<ShortString> {
    Ok(part(topic)?.into())
}

/// New for each session: after a lost connection the broker may still hold the old name for it.
pub fn replies() -> String {
    format!("sb.re.{}", Uuid::now_v7())
}

pub fn listener() -> String {
    format!("sb.bc.{}", Uuid::now_v7())
}

fn part(name: &str) -> Result<&str> {
    if (1..=MAX_PART_BYTES).contains(&name.len()) && !name.chars().any(char::is_control) {
        Ok(name)
    } else {
        Err(Error::invalid(format!("{name:?} cannot name a queue")))
    }
}

#[cfg(test)]
mod tests {
    use super::{partition, requests, topic};
    use ports::{Kind, bus::ServiceQueue};

    #[test]
    fn names_are_readable_and_bounded() {
        let queue = ServiceQueue {
            service: "phonebook".into(),
            version: "9f2c".into(),
        };
        assert_eq!(requests(&queue).expect("valid"), "sb.rq.phonebook.9f2c");
        assert_eq!(partition("notifier", 7).expect("valid"), "sb.ev.notifier.7");
        for wrong in ["", "a\nb", &"x".repeat(101)] {
            let refused = topic(wrong).expect_err("no name");
            assert_eq!(refused.kind(), Kind::Invalid);
        }
    }
}
