use crate::{invocation::Invocation, steps::Steps};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use contracts::uploads::Received;
use std::{
    future::{Ready, ready},
    ops::Deref,
    rc::Rc,
};
use web::{Principal, Problem, ProblemKind};

/// A request's context, as an extractor: `async fn create(ctx: Ctx, body: Bytes) -> Result<Answer, Problem>`.
///
/// It dereferences to its [`Invocation`].
#[derive(Clone)]
pub struct Ctx(Rc<Inner>);

struct Inner {
    invocation: Invocation,
    principal: Principal,
    request_id: String,
    upload: Option<Received>,
    steps: Option<Steps>,
    continuation: Option<String>,
}

impl Ctx {
    pub(crate) fn new(
        invocation: Invocation,
        principal: Principal,
        request_id: String,
        upload: Option<Received>,
        steps: Option<Steps>,
        continuation: Option<String>,
    ) -> Self {
        Self(Rc::new(Inner {
            invocation,
            principal,
            request_id,
            upload,
            steps,
            continuation,
        }))
    }

    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.0.principal
    }

    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// The token of [`web::Answer::continued`] when a further part of an answer is asked for; `None`: the first one.
    #[must_use]
    pub fn continuation(&self) -> Option<&str> {
        self.0.continuation.as_deref()
    }

    /// The streamed body of an operation with `x-upload`.
    pub fn upload(&self) -> Result<&Received, Problem> {
        self.0
            .upload
            .as_ref()
            .ok_or_else(|| Problem::new(ProblemKind::Internal, "the body was not streamed"))
    }
}

impl Ctx {
    /// For a request that does more than one commit holds.
    pub fn steps(&self) -> Result<&Steps, Problem> {
        let steps = self.0.steps.as_ref();
        steps.ok_or_else(|| Problem::new(ProblemKind::Internal, "a safe request has no steps"))
    }
}

impl Deref for Ctx {
    type Target = Invocation;
    fn deref(&self) -> &Invocation {
        &self.0.invocation
    }
}

impl FromRequest for Ctx {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Self>().cloned();
        ready(
            found.ok_or_else(|| Problem::new(ProblemKind::Internal, "the request has no context")),
        )
    }
}
