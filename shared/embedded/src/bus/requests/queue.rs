use bytes::Bytes;
use ports::{
    Kind,
    bus::{Incoming, Reply},
};
use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::sync::{Semaphore, mpsc, oneshot};

/// Most requests that wait for a free instance.
const BOUND: usize = 10_000;

pub(super) struct Request {
    pub(super) body: Bytes,
    pub(super) deadline: Instant,
    pub(super) redelivered: bool,
    pub(super) answer: oneshot::Sender<Bytes>,
}

impl Request {
    /// Does the caller still wait?
    fn alive(&self) -> bool {
        !self.answer.is_closed() && self.deadline > Instant::now()
    }
}

#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
}

/// Requests wait only while no instance is free.
#[derive(Default)]
struct State {
    waiting: VecDeque<Request>,
    servers: Vec<Server>,
    /// Whose turn it is, roughly.
    turn: usize,
    last_server: u64,
    closed: bool,
}

struct Server {
    id: u64,
    /// Has room for every request that the server may have unanswered.
    sender: mpsc::Sender<Incoming>,
    free: usize,
}

/// A request and the server that was chosen for it, to be brought together outside the lock.
struct Assignment {
    request: Request,
    server: u64,
    sender: mpsc::Sender<Incoming>,
}

impl Queue {
    /// Refuses with [`Kind::Unroutable`] or [`Kind::Full`].
    pub(super) fn offer(self: &Arc<Self>, request: Request) -> Result<(), Kind> {
        self.change(|state| {
            if state.servers.iter().all(|server| server.sender.is_closed()) {
                return Err(Kind::Unroutable);
            }
            if state.waiting.len() >= BOUND {
                state.forget_abandoned();
            }
            if state.waiting.len() >= BOUND {
                return Err(Kind::Full);
            }
            state.waiting.push_back(request);
            Ok(())
        })
    }

    pub(super) fn join(self: &Arc<Self>, concurrency: usize) -> (u64, mpsc::Receiver<Incoming>) {
        let concurrency = concurrency.min(Semaphore::MAX_PERMITS);
        let (sender, receiver) = mpsc::channel(concurrency);
        let id = self.change(|state| {
            state.last_server += 1;
            if !state.closed {
                state.servers.push(Server {
                    id: state.last_server,
                    sender,
                    free: concurrency,
                });
            }
            state.last_server
        });
        (id, receiver)
    }

    pub(super) fn leave(&self, server: u64) {
        let mut state = self.lock();
        let gone = state.take_servers(|other| other.id == server);
        drop(state);
        drop(gone);
    }

    /// Drops requests at the front whose callers have given up.
    pub(super) fn forget_abandoned(&self) {
        self.lock().forget_abandoned();
    }

    /// Ends every intake, and every call that no instance has yet.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let waiting = mem::take(&mut state.waiting);
        let gone = mem::take(&mut state.servers);
        drop(state);
        drop((waiting, gone));
    }

    fn settle(self: &Arc<Self>, server: u64, unanswered: Option<Request>) {
        self.change(|state| {
            if let Some(server) = state.servers.iter_mut().find(|other| other.id == server) {
                server.free += 1;
            }
            if let Some(mut request) = unanswered
                && !state.closed
            {
                request.redelivered = true;
                state.waiting.push_front(request);
            }
        });
    }

    /// Changes the state, then sends off every request that there is a free server for.
    fn change<T>(self: &Arc<Self>, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let changed = change(&mut state);
        while let Some(assignment) = state.assign() {
            drop(state);
            self.send(assignment);
            state = self.lock();
        }
        let gone = state.take_servers(|server| server.sender.is_closed());
        drop(state);
        drop(gone);
        changed
    }

    fn send(self: &Arc<Self>, assignment: Assignment) {
        let request = assignment.request;
        let (body, deadline) = (request.body.clone(), request.deadline);
        let redelivered = request.redelivered;
        let unanswered = Unanswered {
            queue: Arc::clone(self),
            server: assignment.server,
            request: Some(request),
        };
        let incoming = Incoming {
            body,
            deadline,
            redelivered,
            reply: Reply::new(move |body| unanswered.answer(body)),
        };
        // Fails when the server is gone; what is dropped then goes back to the queue.
        let _ = assignment.sender.try_send(incoming);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget_abandoned(&mut self) {
        while self.waiting.front().is_some_and(|first| !first.alive()) {
            self.waiting.pop_front();
        }
    }

    fn assign(&mut self) -> Option<Assignment> {
        if self.waiting.is_empty() {
            return None;
        }
        let chosen = self.free_server()?;
        let request = loop {
            let request = self.waiting.pop_front()?;
            if request.alive() {
                break request;
            }
        };
        self.turn = chosen + 1;
        let server = &mut self.servers[chosen];
        server.free -= 1;
        Some(Assignment {
            request,
            server: server.id,
            sender: server.sender.clone(),
        })
    }

    fn free_server(&self) -> Option<usize> {
        let count = self.servers.len();
        (0..count)
            .map(|step| (self.turn + step) % count)
            .find(|&place| {
                let server = &self.servers[place];
                server.free > 0 && !server.sender.is_closed()
            })
    }

    /// The caller drops what it gets after the lock: the last sender drops what is left in the channel, and that
    /// comes back here.
    fn take_servers(&mut self, which: impl Fn(&Server) -> bool) -> Vec<Server> {
        self.servers
            .extract_if(.., |server| which(server))
            .collect()
    }
}

/// A request that an instance has. Dropped, it frees the instance's slot and, without an answer, goes back.
struct Unanswered {
    queue: Arc<Queue>,
    server: u64,
    request: Option<Request>,
}

impl Unanswered {
    fn answer(mut self, body: Bytes) {
        if let Some(request) = self.request.take() {
            let _ = request.answer.send(body); // fails when the caller has given up
        }
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        self.queue.settle(self.server, self.request.take());
    }
}
