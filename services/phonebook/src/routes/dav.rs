//! CardDAV (RFC 6352): the books and their contacts for address books on phones and desks.

mod collections;
mod delete;
mod get;
mod member;
mod mkcol;
mod multiget;
mod place;
mod propfind;
mod proppatch;
mod put;
mod query;
mod refusal;
mod reports;
mod sync;
mod walk;

use super::Config;
use crate::storage::books;
use actix_web::{
    HttpRequest,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
    web::{Bytes, Data, ServiceConfig, resource},
};
use dav::{Href, Preferences, Privilege};
use place::Place;
use refusal::Refusal;
use runtime::Ctx;
use web::{Answer, Body, Problem, ProblemKind};

/// The most bytes of a body that are read as XML.
const MAX_XML_BYTES: usize = 1 << 20;
const XML: &str = "application/xml; charset=utf-8";
/// What is offered of the standards (RFC 4918, section 10.1), as the gateway says it on OPTIONS.
const CAPABILITIES: &str = "1, 3, access-control, addressbook, extended-mkcol";
const METHODS: &str = "GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT, MKCOL, OPTIONS";

pub fn mount(app: &mut ServiceConfig) {
    app.service(resource("/").to(answer))
        .service(resource("/dav{path:.*}").to(answer));
}

/// A request, as far as it says the same to all methods.
struct Call {
    ctx: Ctx,
    request: HttpRequest,
    config: Data<Config>,
    body: Bytes,
    href: Href,
    place: Place,
}

async fn answer(
    ctx: Ctx,
    request: HttpRequest,
    config: Data<Config>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let path = request.uri().path();
    let href = Href::parse(path).map_err(|_| nothing(path))?;
    let place = Place::of(&href).ok_or_else(|| nothing(path))?;
    let call = Call {
        ctx,
        request,
        config,
        body,
        href,
        place,
    };
    call.answer().await.or_else(Refusal::into_answer)
}

fn nothing(path: &str) -> Problem {
    let shown: String = path.chars().take(200).collect();
    Problem::not_found(format_args!("the resource {shown}"))
}

impl Call {
    async fn answer(&self) -> Result<Answer, Refusal> {
        match self.request.method().as_str() {
            "PROPFIND" => propfind::answer(self).await,
            "REPORT" => reports::answer(self).await,
            "GET" | "HEAD" => get::answer(self).await,
            "PUT" => put::answer(self).await,
            "DELETE" => delete::answer(self).await,
            "PROPPATCH" => proppatch::answer(self).await,
            "MKCOL" => mkcol::answer(self).await,
            _ => Err(self.not_here().into()),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name).and_then(text)
    }

    fn preferences(&self) -> Preferences {
        let prefer: Vec<&str> = self
            .request
            .headers()
            .get_all("prefer")
            .filter_map(text)
            .collect();
        Preferences::parse(Some(&prefer.join(",")), self.header("brief"))
    }

    /// The method exists, though not for what is at this place.
    fn not_here(&self) -> Problem {
        let detail = format!("{} is not offered here", self.request.method());
        Problem::new(ProblemKind::MethodNotAllowed, detail).header("allow", METHODS)
    }

    /// There is nothing at this place.
    fn nothing(&self) -> Problem {
        nothing(self.request.uri().path())
    }

    async fn book(&self, segment: &str) -> Result<books::Found, Refusal> {
        let found = books::find_by_segment(&self.ctx, segment).await?;
        Ok(found.ok_or_else(|| self.nothing())?)
    }

    /// What the caller may do, for clients that ask before they offer it.
    fn privileges(&self) -> Vec<Privilege> {
        if self.ctx.principal().scopes.cover("contacts:write") {
            Privilege::WRITER.to_vec()
        } else {
            Privilege::READER.to_vec()
        }
    }
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

fn multistatus(body: String) -> Answer {
    document(StatusCode::MULTI_STATUS, body)
}

fn document(status: StatusCode, body: String) -> Answer {
    let body = Body::Bytes(XML.to_owned(), body.into());
    Answer::new(status, body).header(HeaderName::from_static("dav"), CAPABILITIES)
}
