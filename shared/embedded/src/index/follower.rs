//! The thread that does to the tree what transactions have logged, while the writer is at the next one.

use super::{Index, Logged};
use crate::failure::Failure;
use ports::Error;
use std::{
    sync::{
        Arc,
        mpsc::{self, Receiver, SyncSender},
    },
    thread::{self, JoinHandle},
};
use tokio::sync::watch;

/// Most transactions that the tree is behind: a reader waits for all of them.
const BEHIND: usize = 2;
/// After so many bytes of changes, the tree is made safe against a power cut, and the log can be cut short.
const LONG: usize = 16 << 20;

/// The way to the thread. Dropping it ends the thread, after the last transaction.
pub(crate) struct Follower {
    index: Arc<Index>,
    logged: Option<SyncSender<Logged>>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// `applied` tells readers how far the tree is.
    pub(crate) fn start(index: Arc<Index>, applied: watch::Sender<u64>) -> std::io::Result<Self> {
        let (logged, waiting) = mpsc::sync_channel(BEHIND);
        let followed = Arc::clone(&index);
        let thread = thread::Builder::new()
            .name("index-writer".to_owned())
            .spawn(move || {
                if let Err(failure) = follow(&followed, &waiting, &applied) {
                    let reason = Error::from(failure).to_string();
                    tracing::error!(
                        reason,
                        "the index failed; nothing is written until a restart"
                    );
                }
            })?;
        Ok(Self {
            index,
            logged: Some(logged),
            thread: Some(thread),
        })
    }

    /// The last transaction whose changes not even a power cut takes out of the tree.
    pub(crate) fn held(&self) -> u64 {
        self.index.held()
    }

    /// Fails when the thread has ended: then nothing more is to be committed that it would have to follow.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match &self.thread {
            Some(thread) if !thread.is_finished() => Ok(()),
            _ => Err(Failure::from(super::stopped())),
        }
    }

    /// From now on readers wait until these changes are in the tree. Waits itself when that is too far behind.
    pub(crate) fn follow(&self, logged: Logged) -> Result<(), Failure> {
        self.index.await_from_now_on(logged.number);
        let sent = self.logged.as_ref().map(|way| way.send(logged));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(Failure::from(super::stopped())),
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        drop(self.logged.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic has been reported by then
        }
    }
}

fn follow(
    index: &Index,
    waiting: &Receiver<Logged>,
    applied: &watch::Sender<u64>,
) -> Result<(), Failure> {
    let mut bytes = 0;
    for logged in waiting {
        index.apply(&logged)?;
        applied.send_replace(logged.number);
        bytes += logged.changes.encoded().len();
        if bytes > LONG {
            index.hold(logged.number)?;
            bytes = 0;
        }
    }
    Ok(())
}
