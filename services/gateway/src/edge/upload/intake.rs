//! How an upload's bytes stand in a request's body.

use super::super::body;
use crate::domain::{
    media,
    multipart::{self, Boundary, FileField, Out},
};
use actix_web::web as actix;
use bytes::Bytes;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use web::{Fault, Problem, ProblemKind};

/// Where the bytes go. An error ends them as broken.
type Pieces = Sender<ports::Result<Bytes>>;

pub enum Shape {
    /// They are the body, and this is their type.
    Whole(String),
    /// They are in a form.
    Form(Box<Form>),
}

/// A form, and what its file may be.
pub struct Form {
    file: FileField,
    content_types: Vec<String>,
}

impl Shape {
    /// As the body's type says, if it is among the declared ones.
    pub fn of(content_type: String, declared: &[String]) -> Result<Self, Problem> {
        if media::essence(&content_type) != media::FORM {
            return Ok(Self::Whole(content_type));
        }
        let boundary = Boundary::of(&content_type).map_err(|fault| refusal(&fault))?;
        let content_types = declared.iter().filter(|kind| *kind != media::FORM);
        Ok(Self::Form(Box::new(Form {
            file: FileField::new(&boundary),
            content_types: content_types.cloned().collect(),
        })))
    }

    /// Bytes that the body may have beside the upload's own.
    pub const fn around(&self) -> u64 {
        match self {
            Self::Whole(_) => 0,
            Self::Form(_) => multipart::MAX_AROUND,
        }
    }

    /// Sends the bytes on as they come, and tells their type in the end.
    pub async fn feed(
        self,
        payload: &mut actix::Payload,
        idle: Duration,
        pieces: &Pieces,
    ) -> Result<String, Problem> {
        match self {
            Self::Form(form) => form.feed(payload, idle, pieces).await,
            Self::Whole(content_type) => {
                while let Some(piece) = body::next(payload, idle).await? {
                    if pieces.send(Ok(piece)).await.is_err() {
                        break; // the store has refused it and says why
                    }
                }
                Ok(content_type)
            }
        }
    }
}

impl Form {
    async fn feed(
        mut self,
        payload: &mut actix::Payload,
        idle: Duration,
        pieces: &Pieces,
    ) -> Result<String, Problem> {
        let mut content_type = None;
        while let Some(piece) = body::next(payload, idle).await? {
            for out in self.file.push(&piece).map_err(|fault| refusal(&fault))? {
                match out {
                    Out::Begin(declared) => content_type = Some(self.accept(declared)?),
                    Out::Data(bytes) => {
                        if pieces.send(Ok(bytes)).await.is_err() {
                            return Ok(String::new()); // as above
                        }
                    }
                }
            }
        }
        self.file.finish().map_err(|fault| refusal(&fault))?;
        Ok(content_type.unwrap_or_default())
    }

    /// Many programs do not say the type of a file, or that they do not know it.
    fn accept(&self, declared: Option<String>) -> Result<String, Problem> {
        let declared = declared.unwrap_or_else(|| media::OCTETS.to_owned());
        if media::is_unknown(&declared) || media::is_declared(&declared, &self.content_types) {
            return Ok(declared);
        }
        let detail = format!("the file must be {}", self.content_types.join(", "));
        Err(Problem::new(ProblemKind::UnsupportedMediaType, detail).header("connection", "close"))
    }
}

/// The rest of the body is not wanted any more.
fn refusal(fault: &multipart::Fault) -> Problem {
    use multipart::Fault::{Boundary, NoFile, SecondFile, UnknownField};
    let detail = fault.to_string();
    let named = match fault {
        Boundary => Some(Fault::header("Content-Type", detail.clone())),
        UnknownField(name) => Some(Fault::pointer(format!("#/{name}"), detail.clone())),
        NoFile | SecondFile => {
            let pointer = format!("#/{}", multipart::FILE);
            Some(Fault::pointer(pointer, detail.clone()))
        }
        _ => None,
    };
    let problem = Problem::new(ProblemKind::InvalidInput, detail).header("connection", "close");
    match named {
        Some(fault) => problem.fault(fault),
        None => problem,
    }
}
