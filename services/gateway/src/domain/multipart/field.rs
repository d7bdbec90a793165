//! A form that is there for the sake of one file.

use super::{
    Fault,
    scanner::{Boundary, Event, Scanner},
};
use bytes::Bytes;

/// The only field that such a form has.
pub const FILE: &str = "file";

#[derive(Debug, PartialEq, Eq)]
pub enum Out {
    /// The file begins; this is its declared type.
    Begin(Option<String>),
    Data(Bytes),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Before,
    Within,
    Behind,
}

/// Takes the one file out of a form.
pub struct FileField {
    scanner: Scanner,
    progress: Progress,
}

impl FileField {
    #[must_use]
    pub fn new(boundary: &Boundary) -> Self {
        Self {
            scanner: Scanner::new(boundary),
            progress: Progress::Before,
        }
    }

    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<Out>, Fault> {
        self.scanner.push(piece);
        let mut all = Vec::new();
        while let Some(event) = self.scanner.next()? {
            match event {
                Event::Part(head) => {
                    self.begin(head.name)?;
                    all.push(Out::Begin(head.content_type));
                }
                Event::Data(bytes) => all.push(Out::Data(bytes)),
                Event::EndOfPart => self.progress = Progress::Behind,
            }
        }
        Ok(all)
    }

    /// Nothing more will come.
    pub fn finish(&self) -> Result<(), Fault> {
        self.scanner.finish()?;
        match self.progress {
            Progress::Behind => Ok(()),
            Progress::Before | Progress::Within => Err(Fault::NoFile),
        }
    }

    fn begin(&mut self, name: String) -> Result<(), Fault> {
        if name != FILE {
            return Err(Fault::UnknownField(name));
        }
        if self.progress != Progress::Before {
            return Err(Fault::SecondFile);
        }
        self.progress = Progress::Within;
        Ok(())
    }
}
