use super::document;
use actix_web::http::StatusCode;
use dav::{Condition, RequestError, Status};
use web::{Answer, Problem};

/// Why a request is not done.
#[derive(Debug)]
pub enum Refusal {
    /// The gateway puts it into the words of DAV.
    Problem(Problem),
    Body(RequestError),
    /// A condition of the standards, and what is wrong.
    Condition(Condition, String),
}

impl Refusal {
    pub fn condition(condition: Condition, detail: impl Into<String>) -> Self {
        Self::Condition(condition, detail.into())
    }

    /// Server errors go on as problems, so that the runtime sees them.
    pub fn into_answer(self) -> Result<Answer, Problem> {
        match self {
            Self::Problem(problem) => Err(problem),
            Self::Body(error) => Ok(document(code(error.status()), error.to_body())),
            Self::Condition(condition, detail) => {
                let status = code(condition.status());
                Ok(document(status, condition.to_body(&detail)))
            }
        }
    }
}

fn code(status: Status) -> StatusCode {
    StatusCode::from_u16(status.code()).unwrap_or(StatusCode::BAD_REQUEST)
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<ports::Error> for Refusal {
    fn from(error: ports::Error) -> Self {
        Self::Problem(error.into())
    }
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        Self::Body(error)
    }
}
