//! A caller who does not give up: on a kept connection to one of the gateways, or to another one when that fails.

use crate::http::{Answer, Connection, Target};
use anyhow::Context;
use std::{cell::RefCell, rc::Rc, time::Duration};
use tokio::time::{sleep, timeout};

/// Longest wait for one try's answer.
const TRY: Duration = Duration::from_secs(10);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// Where the gateways listen at present.
#[derive(Default)]
pub struct Gateways(RefCell<Vec<String>>);

impl Gateways {
    pub fn set(&self, urls: Vec<String>) {
        *self.0.borrow_mut() = urls;
    }

    /// Each of them alone.
    pub fn each(&self) -> Vec<Self> {
        let urls = self.0.borrow();
        let alone = urls.iter().map(|url| Self(RefCell::new(vec![url.clone()])));
        alone.collect()
    }

    fn pick(&self, turn: usize) -> Option<String> {
        let urls = self.0.borrow();
        urls.get(turn % urls.len().max(1)).cloned()
    }

    fn has(&self, url: &str) -> bool {
        self.0.borrow().iter().any(|other| other == url)
    }
}

/// How a try led to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// 409, 429 or 5xx: the caller is to come again.
    Refused,
    Unanswered,
}

struct Line {
    url: String,
    target: Target,
    connection: Connection,
}

pub struct Caller {
    gateways: Rc<Gateways>,
    key: String,
    turn: usize,
    line: Option<Line>,
}

impl Caller {
    /// The `turn` says with which gateway it begins.
    pub fn new(gateways: &Rc<Gateways>, key: &str, turn: usize) -> Self {
        Self {
            gateways: gateways.clone(),
            key: key.to_owned(),
            turn,
            line: None,
        }
    }

    /// Sends the same request until its answer settles it, for good or bad. It ends early only by being dropped.
    pub async fn insist(
        &mut self,
        request: impl Fn(&Target) -> Vec<u8>,
        mut missed: impl FnMut(Miss),
    ) -> Answer {
        loop {
            match self.once(&request).await {
                Ok(answer) => return answer,
                Err(miss) => missed(miss),
            }
            self.turn += 1;
            self.line = None;
            sleep(PAUSE).await;
        }
    }

    async fn once(&mut self, request: &impl Fn(&Target) -> Vec<u8>) -> Result<Answer, Miss> {
        match timeout(TRY, self.exchange(request)).await {
            Ok(Ok(answer)) if matches!(answer.status, 409 | 429 | 500..) => Err(Miss::Refused),
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) | Err(_) => Err(Miss::Unanswered),
        }
    }

    /// The connection is kept only when the whole exchange went well.
    async fn exchange(&mut self, request: &impl Fn(&Target) -> Vec<u8>) -> anyhow::Result<Answer> {
        let kept = self.line.take();
        let mut line = match kept.filter(|line| self.gateways.has(&line.url)) {
            Some(line) => line,
            None => self.open().await?,
        };
        let answer = line.connection.exchange(&request(&line.target)).await?;
        if !answer.close {
            self.line = Some(line);
        }
        Ok(answer)
    }

    async fn open(&self) -> anyhow::Result<Line> {
        let url = self.gateways.pick(self.turn).context("no gateway")?;
        let target = Target::new(&url, &self.key)?;
        let connection = Connection::open(&target).await?;
        Ok(Line {
            url,
            target,
            connection,
        })
    }
}
