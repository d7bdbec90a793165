use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Who is to join a group and who is to leave it, because its card says so now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Work {
    /// Places in the list of the card's members: shorter than their names, of which there are thousands.
    pub join: VecDeque<u32>,
    /// The card does not name them any more.
    pub leave: VecDeque<String>,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    pub member: &'a str,
    pub joins: bool,
}

impl Work {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.join.is_empty() && self.leave.is_empty()
    }

    /// The next ones; `members` are the card's.
    #[must_use]
    pub fn next<'a>(&'a self, members: &'a [String], most: usize) -> Vec<Step<'a>> {
        let joins = self.join.iter().map(|place| {
            let member = usize::try_from(*place)
                .ok()
                .and_then(|place| members.get(place));
            Step {
                member: member.map_or("", String::as_str),
                joins: true,
            }
        });
        let leaves = self.leave.iter().map(|member| Step {
            member,
            joins: false,
        });
        joins.chain(leaves).take(most).collect()
    }

    /// So many of the next ones are done.
    pub fn done(&mut self, count: usize) {
        let joined = count.min(self.join.len());
        self.join.drain(..joined);
        let left = (count - joined).min(self.leave.len());
        self.leave.drain(..left);
    }
}
