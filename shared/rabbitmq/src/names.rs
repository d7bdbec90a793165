//! Names of our own for everything: a name that the broker invents is lost with its connection.

use lapin::types::ShortString;
use ports::{Error, Result, bus::ServiceQueue};
use uuid::Uuid;

/// AMQP allows 255 bytes to a name; two parts and a prefix have to fit.
const MAX_PART_BYTES: usize = 100;

pub const BROADCAST_EXCHANGE: &str = "sb.broadcast";

/// As many nodes as a cluster of five may lose, and one that is left.
const REQUEST_NAMES: usize = 3;

/// The queue of a service's requests, and those that stand in for it while its node is away.
#[derive(Debug, Clone)]
pub struct RequestNames {
    first: String,
}

impl RequestNames {
    pub fn first(&self) -> &str {
        &self.first
    }

    pub fn get(&self, rank: usize) -> Option<String> {
        match rank {
            0 => Some(self.first.clone()),
            1..REQUEST_NAMES => Some(format!("{}.{}", self.first, rank + 1)),
            _ => None,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = String> {
        (0..REQUEST_NAMES).filter_map(|rank| self.get(rank))
    }
}

pub fn requests(queue: &ServiceQueue) -> Result<RequestNames> {
    let service = part(&queue.service)?;
    let version = part(&queue.version)?;
    let first = format!("sb.rq.{service}.{version}");
    Ok(RequestNames { first })
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
        let names = requests(&queue).expect("valid");
        assert_eq!(names.first(), "sb.rq.phonebook.9f2c");
        let stand_ins = ["sb.rq.phonebook.9f2c.2", "sb.rq.phonebook.9f2c.3"];
        assert!(names.iter().skip(1).eq(stand_ins));
        assert_eq!(partition("notifier", 7).expect("valid"), "sb.ev.notifier.7");
        for wrong in ["", "a\nb", &"x".repeat(101)] {
            let refused = topic(wrong).expect_err("no name");
            assert_eq!(refused.kind(), Kind::Invalid);
        }
    }
}
