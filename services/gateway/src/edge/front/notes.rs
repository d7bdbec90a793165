use super::Refusal;
use actix_web::http::header::HeaderMap;
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
};

/// What the guard has to say about a request that the server could not read from its bytes.
#[derive(Debug)]
pub enum Note {
    /// The request stands for a head that was refused.
    Refused(Refusal),
    /// These fields belong to it too.
    Fields(HeaderMap),
}

/// The guard's notes on the requests of one connection, for the application. Both see the requests in the same order, so
/// it is enough to count them.
#[derive(Debug, Default)]
pub struct Notes {
    passed: Cell<u64>,
    begun: Cell<u64>,
    notes: RefCell<VecDeque<(u64, Note)>>,
}

impl Notes {
    /// The guard lets a request pass.
    pub fn pass(&self) {
        self.passed.set(self.passed.get() + 1);
    }

    /// The guard lets a request pass with a note.
    pub fn pass_with(&self, note: Note) {
        self.pass();
        let mut notes = self.notes.borrow_mut();
        notes.push_back((self.passed.get(), note));
    }

    /// The application begins with the next request.
    pub fn begin(&self) -> Option<Note> {
        let begun = self.begun.get() + 1;
        self.begun.set(begun);
        let mut notes = self.notes.borrow_mut();
        let meant = notes.front().is_some_and(|(request, _)| *request == begun);
        meant
            .then(|| notes.pop_front())
            .flatten()
            .map(|(_, note)| note)
    }
}
