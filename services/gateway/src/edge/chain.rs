//! An answer that is too long for one message: the service gives it in parts, each when it is asked for.

use super::{call::Edge, slots::Slot};
use crate::domain::catalogue::Found;
use actix_web::web::Data;
use bytes::Bytes;
use futures_util::{Stream, stream};
use runtime::frame::{Request, Response};
use std::time::Duration;
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    time::timeout,
};
use tracing::{Instrument, Span};
use web::{CONTINUATION, Problem, ProblemKind};

/// How long a client may take for one part; then its slot is wanted for others.
const PATIENCE: Duration = Duration::from_secs(300);
/// Parts that are there before the client has taken the one before them.
const AHEAD: usize = 1;

/// An answer whose first part is there.
pub struct Chain {
    pub edge: Data<Edge>,
    /// The path's template.
    pub route: String,
    /// What the client has been told already.
    pub status: u16,
    /// The request that the first part answers, to be sent again for each of the others.
    pub frame: Request,
    /// Held until the client has taken everything.
    #[expect(dead_code, reason = "freed when dropped")]
    pub slot: Option<Slot>,
}

/// A part on its way to the connection. That it is the last one must be said: a sender that falls silent has failed.
enum Part {
    More(Bytes),
    Last(Bytes),
    Broken(Problem),
}

impl Chain {
    /// The parts after the first, which ended with this token. They stop coming when nobody takes them.
    pub fn follow(self, token: String) -> impl Stream<Item = Result<Bytes, Problem>> + 'static {
        let (sender, receiver) = channel(AHEAD);
        let span = Span::current();
        tokio::spawn(self.run(token, sender).instrument(span));
        parts(receiver)
    }

    /// Asks for a part as soon as there is room for it.
    async fn run(self, mut token: String, sender: Sender<Part>) {
        while let Ok(reserved) = timeout(PATIENCE, sender.reserve()).await {
            let Ok(room) = reserved else { return };
            let fetched = tokio::select! {
                fetched = self.fetch(&token) => fetched,
                () = sender.closed() => return,
            };
            match fetched {
                Ok((body, Some(next))) => {
                    token = next;
                    room.send(Part::More(body));
                }
                Ok((body, None)) => {
                    room.send(Part::Last(body));
                    // The connection lets go when it has taken it.
                    let _ = timeout(PATIENCE, sender.closed()).await;
                    return;
                }
                Err(problem) => {
                    self.report(&problem);
                    room.send(Part::Broken(problem));
                    return;
                }
            }
        }
        self.report(&stalled());
    }

    /// The next part, and the token of the one after it. The service may have been replaced meanwhile, so that each part
    /// is routed anew.
    async fn fetch(&self, token: &str) -> Result<(Bytes, Option<String>), Problem> {
        let mut frame = self.frame.clone();
        let mark = (CONTINUATION.to_owned(), token.to_owned());
        frame.head.headers.push(mark);
        let path = frame.head.uri.split('?').next().unwrap_or_default();
        let catalogue = self.edge.catalogue.borrow().clone();
        let Found::Operation(operation) = catalogue.find(&frame.head.method, path) else {
            return Err(broken("nobody offers the next part any more"));
        };
        let part = self.edge.call(&operation, &frame).await?;
        self.check(&part, token)?;
        Ok((part.body, part.head.continuation))
    }

    fn check(&self, part: &Response, token: &str) -> Result<(), Problem> {
        if part.head.status != self.status {
            return Err(broken(format!("a part has status {}", part.head.status)));
        }
        if part.head.continuation.as_deref() == Some(token) {
            return Err(broken("a part leads to itself"));
        }
        match part.head.blob {
            None => Ok(()),
            Some(_) => Err(broken("a part is a blob")),
        }
    }

    fn report(&self, problem: &Problem) {
        let route = self.route.as_str();
        tracing::warn!(%problem, route, request_id = %self.frame.head.request_id, "an answer broke off");
        self.edge.metrics.broke_off(route);
    }
}

/// Ends with an error unless the last part has come, so that nobody takes a half for the whole.
fn parts(receiver: Receiver<Part>) -> impl Stream<Item = Result<Bytes, Problem>> + 'static {
    stream::unfold(Some(receiver), async |state| {
        let mut receiver = state?;
        Some(match receiver.recv().await {
            Some(Part::More(bytes)) => (Ok(bytes), Some(receiver)),
            Some(Part::Last(bytes)) => (Ok(bytes), None),
            Some(Part::Broken(problem)) => (Err(problem), None),
            None => (Err(stalled()), None),
        })
    })
}

fn broken(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Internal, detail)
}

fn stalled() -> Problem {
    Problem::new(ProblemKind::RequestTimeout, "the client took too long")
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;

    async fn collected(sent: Vec<Part>) -> Vec<Result<Bytes, u16>> {
        let (sender, receiver) = channel(sent.len().max(1));
        for part in sent {
            assert!(sender.send(part).await.is_ok());
        }
        drop(sender);
        let parts = parts(receiver).map(|part| part.map_err(|problem| problem.status().as_u16()));
        parts.collect().await
    }

    #[tokio::test]
    async fn only_the_last_part_is_a_good_end() {
        let (one, two) = (Bytes::from("1"), Bytes::from("2"));
        let whole = vec![Part::More(one.clone()), Part::Last(two.clone())];
        assert_eq!(collected(whole).await, [Ok(one.clone()), Ok(two)]);
        let silent = vec![Part::More(one.clone())];
        assert_eq!(collected(silent).await, [Ok(one), Err(408)]);
        let failed = vec![Part::Broken(broken("x")), Part::Last(Bytes::new())];
        assert_eq!(collected(failed).await, [Err(500)]);
    }
}
