//! Going through the cards of a book, in the order of their latest changes. One that changes meanwhile comes again
//! rather than not at all.

use super::{Call, Refusal, member::Member};
use crate::{
    domain::sync::Position,
    storage::{
        cards,
        changes::{self, Change},
        contacts, keys, portraits, resources,
    },
};
use dav::{Multistatus, Response};
use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
};
use web::{Answer, Problem, ProblemKind};

/// Bytes that end a part. The card that goes beyond still leaves room in a message of the bus.
const PART_BYTES: usize = 512 << 10;
/// Changes that end a part, when few of them are answered.
const PART_CHANGES: usize = 4_000;
/// Contacts read at once: with their cards they can be large.
const CHUNK: usize = 32;

/// How far a walk has come; all that its next part has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub position: Position,
    /// Later changes are left to the next time.
    pub until: u64,
    /// How many more are wanted; `None`: all.
    pub left: Option<u32>,
}

/// Why a part ends.
pub enum End {
    /// That is all.
    Done,
    /// There is more behind this position, but no more was wanted.
    Truncated(Position),
    Full(Progress),
}

pub enum Visited {
    Member(Box<Member>),
    /// The last segment of an address where there is nothing any more.
    Gone(String),
}

pub struct Walk<'a> {
    pub call: &'a Call,
    /// The book's id.
    pub book: &'a str,
    pub needs_cards: bool,
    /// Of every card, so that they are read together.
    pub needs_portraits: bool,
    /// Also what is gone.
    pub with_gone: bool,
}

impl Progress {
    /// From the start of time, to the end of all changes.
    pub fn through_all(left: Option<u32>) -> Self {
        Self {
            position: Position::default(),
            until: u64::MAX,
            left,
        }
    }

    /// Where the part before this one ended; the beginning for the first.
    pub fn of(call: &Call, beginning: Self) -> Result<Self, Refusal> {
        match call.ctx.continuation() {
            None => Ok(beginning),
            Some(token) => Ok(Self::parse(token).ok_or_else(not_ours)?),
        }
    }

    fn parse(token: &str) -> Option<Self> {
        let mut parts = token.splitn(3, '/');
        let (until, left, position) = (parts.next()?, parts.next()?, parts.next()?);
        let left = match left {
            "" => None,
            number => Some(number.parse().ok()?),
        };
        Some(Self {
            position: Position::parse(position)?,
            until: until.parse().ok()?,
            left,
        })
    }

    fn token(&self) -> String {
        let left = self.left.map(|left| left.to_string()).unwrap_or_default();
        format!("{}/{left}/{}", self.until, self.position)
    }

    pub fn part(&self, out: &mut Multistatus) -> Answer {
        part(out, self.token())
    }
}

/// A part of an answer, of which the next one is asked for with this token.
pub fn part(out: &mut Multistatus, token: String) -> Answer {
    let mut body = out.take();
    if body.is_empty() {
        // Nothing of the body would be the end of it.
        body.push('\n');
    }
    super::multistatus(body).continued(token)
}

pub fn not_ours() -> Problem {
    Problem::new(ProblemKind::InvalidInput, "no part of this answer ended so")
}

/// The body of this part: only the first has the beginning of the document.
pub fn begin(call: &Call) -> Multistatus {
    let mut out = Multistatus::new(call.preferences());
    if call.ctx.continuation().is_some() {
        let _ = out.take();
    }
    out
}

impl Walk<'_> {
    /// Goes on until the part is full. `answer` tells what to say of a card or of one that is gone, if anything.
    pub async fn go(
        &self,
        progress: Progress,
        out: &mut Multistatus,
        answer: impl AsyncFn(Visited) -> ports::Result<Option<Response>>,
    ) -> Result<End, Refusal> {
        let mut after = keys::changes_behind(self.book, &progress.position);
        let mut part = Part {
            progress,
            out,
            looked_at: 0,
            gone: HashSet::new(),
        };
        loop {
            let page = changes::page(&self.call.ctx, self.book, after).await?;
            for chunk in page.changes.chunks(CHUNK) {
                for (change, visited) in self.look_at(chunk).await? {
                    if let ControlFlow::Break(end) = part.take(change, visited, &answer).await? {
                        return Ok(end);
                    }
                }
            }
            match page.next {
                Some(key) => after = key,
                None => return Ok(End::Done),
            }
        }
    }

    /// What is there now of what changed then. Somebody may have been faster than this walk: what moved on is met
    /// again, and nothing is said of it here.
    async fn look_at<'c>(
        &self,
        changes: &'c [Change],
    ) -> ports::Result<Vec<(&'c Change, Option<Visited>)>> {
        let mut members = self.members(changes).await?;
        let mut gone = self.gone(changes).await?;
        let visited = changes.iter().map(|change| {
            let visited = match &change.gone {
                None => members
                    .remove(&change.id)
                    .map(|member| Visited::Member(Box::new(member))),
                Some(name) => gone.take(name).map(Visited::Gone),
            };
            (change, visited)
        });
        Ok(visited.collect())
    }

    async fn members(&self, changes: &[Change]) -> ports::Result<HashMap<String, Member>> {
        let ctx = &self.call.ctx;
        let there = changes.iter().filter(|change| change.gone.is_none());
        let found = contacts::find_all(ctx, there.map(|change| change.id.as_str())).await?;
        let found = found.into_iter().map(|found| found.contact);
        let here: Vec<_> = found.filter(|one| one.book_id() == self.book).collect();
        let written = if self.needs_cards {
            cards::of_all(ctx, here.iter()).await?
        } else {
            vec![None; here.len()]
        };
        let portraits = if self.needs_portraits {
            portraits::of_all(ctx, &here).await?
        } else {
            vec![None; here.len()]
        };
        let parts = here.into_iter().zip(written).zip(portraits);
        let members = parts.map(|((contact, written), portrait)| {
            let id = contact.id.clone();
            (id, Member::new(contact, written).with_portrait(portrait))
        });
        Ok(members.collect())
    }

    /// The names that nobody has taken again.
    async fn gone(&self, changes: &[Change]) -> ports::Result<HashSet<String>> {
        let names: Vec<&str> = changes
            .iter()
            .filter_map(|change| change.gone.as_deref())
            .filter(|_| self.with_gone)
            .collect();
        if names.is_empty() {
            return Ok(HashSet::new());
        }
        let taken = resources::find_all(&self.call.ctx, self.book, &names).await?;
        let free = names
            .into_iter()
            .zip(taken)
            .filter(|(_, taken)| taken.is_none());
        Ok(free.map(|(name, _)| name.to_owned()).collect())
    }
}

/// A part of an answer while it is filled.
struct Part<'o> {
    progress: Progress,
    out: &'o mut Multistatus,
    looked_at: usize,
    /// A name that was used several times is told to be gone once.
    gone: HashSet<String>,
}

impl Part<'_> {
    async fn take(
        &mut self,
        change: &Change,
        visited: Option<Visited>,
        answer: impl AsyncFn(Visited) -> ports::Result<Option<Response>>,
    ) -> ports::Result<ControlFlow<End>> {
        if change.stamp > self.progress.until {
            return Ok(ControlFlow::Break(End::Done));
        }
        let news = visited.filter(|visited| self.is_news(visited));
        let response = match news {
            Some(news) => answer(news).await?,
            None => None,
        };
        if let Some(response) = response {
            match &mut self.progress.left {
                Some(0) => {
                    let position = self.progress.position.clone();
                    return Ok(ControlFlow::Break(End::Truncated(position)));
                }
                Some(left) => *left -= 1,
                None => {}
            }
            self.out.push(&response);
        }
        self.progress.position = change.position();
        self.looked_at += 1;
        if self.out.len() >= PART_BYTES || self.looked_at >= PART_CHANGES {
            return Ok(ControlFlow::Break(End::Full(self.progress.clone())));
        }
        Ok(ControlFlow::Continue(()))
    }

    fn is_news(&mut self, visited: &Visited) -> bool {
        match visited {
            Visited::Member(_) => true,
            Visited::Gone(name) => self.gone.insert(name.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn progress_is_read_back(stamp: u64, until: u64, left: Option<u32>) {
            let position = Position { stamp, id: Some("con_1".into()) };
            let progress = Progress { position, until, left };
            let token = progress.token();
            prop_assert!(token.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(Progress::parse(&token), Some(progress));
        }

        #[test]
        fn any_token_is_read_or_refused(text in "\\PC{0,60}|[0-9/-]{0,60}") {
            let _ = Progress::parse(&text);
        }
    }
}
