//! The directory for desk phones.

use crate::{
    domain::{
        Fields, Search,
        directory::{Base, Entry, Links, Pages, Vendor},
    },
    storage::{
        keys,
        page::{self, Page, Range},
    },
};
use actix_web::{
    HttpRequest,
    http::{
        StatusCode,
        header::{HOST, HeaderMap},
    },
    web::{Path, ServiceConfig, get},
};
use ports::Error;
use runtime::Ctx;
use serde_json::Value;
use web::{Answer, Body, Fault, Faults, Paging, Params, Problem};

const MAX_QUERY_CHARS: usize = 200;
/// Contacts read at once, and how often one request reads: some 10,000 contacts in all, however many have no number. What lies
/// behind them can be searched for.
const MAX_READ: usize = 500;
const MAX_READS: usize = 20;
/// Cisco's phones take nothing else for XML.
const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

pub fn mount(app: &mut ServiceConfig) {
    app.route("/v1/directory/{vendor}.xml", get().to(show))
        .route(
            "/v1/directory/grandstream/phonebook.xml",
            get().to(download),
        );
}

async fn show(ctx: Ctx, request: HttpRequest, vendor: Path<String>) -> Result<Answer, Problem> {
    let known = Vendor::parse(&vendor);
    let vendor = known.ok_or_else(|| {
        let shown: String = vendor.chars().take(40).collect();
        Problem::not_found(format_args!("the directory {shown}.xml"))
    })?;
    answer(&ctx, &request, vendor).await
}

/// For phones that put this name behind the path that they are given.
async fn download(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    answer(&ctx, &request, Vendor::Grandstream).await
}

async fn answer(ctx: &Ctx, request: &HttpRequest, vendor: Vendor) -> Result<Answer, Problem> {
    let wanted = Wanted::read(&Params::parse(request.query_string()), vendor)?;
    let base = base(request.headers());
    let links = |more| Links::new(&base, vendor, wanted.query.as_deref(), wanted.page, more);
    let document = if wanted.form {
        vendor.search_form(&links(false)).ok_or_else(no_form)?
    } else {
        let (entries, more) = entries(ctx, vendor, &wanted).await?;
        vendor.render(&entries, &links(more))
    };
    let body = Body::Bytes(CONTENT_TYPE.to_owned(), document.into());
    Ok(Answer::new(StatusCode::OK, body))
}

fn no_form() -> Problem {
    let detail = "is for cisco and snom; other phones have a form of their own";
    Problem::invalid(vec![Fault::parameter("search", detail)])
}

fn base(headers: &HeaderMap) -> Base {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    Base::of(text(HOST.as_str()), text("x-forwarded-proto"))
}

/// What the phone asks for.
struct Wanted {
    query: Option<String>,
    page: usize,
    form: bool,
}

impl Wanted {
    fn read(params: &Params, vendor: Vendor) -> Result<Self, Problem> {
        let mut faults = Faults::new();
        let query = params.get("q").map(str::trim).filter(|q| !q.is_empty());
        if query.is_some_and(|query| query.chars().count() > MAX_QUERY_CHARS) {
            let detail = format!("is longer than {MAX_QUERY_CHARS} characters");
            faults.add(Fault::parameter("q", detail));
        }
        let page = page_number(params, vendor, &mut faults);
        let form = params.flag("search", &mut faults);
        faults.or(Self {
            query: query.map(str::to_owned),
            page,
            form,
        })
    }
}

fn page_number(params: &Params, vendor: Vendor, faults: &mut Faults) -> usize {
    let Some(text) = params.get("page") else {
        return 1;
    };
    let last = vendor.last_page();
    let read = text.parse().ok().filter(|page| (1..=last).contains(page));
    read.unwrap_or_else(|| {
        let detail = format!("must be a whole number from 1 to {last}; use q for what lies deeper");
        faults.add(Fault::parameter("page", detail));
        1
    })
}

/// The entries of the wanted page, and whether there are more behind it.
async fn entries(
    ctx: &Ctx,
    vendor: Vendor,
    wanted: &Wanted,
) -> Result<(Vec<Entry>, bool), Problem> {
    let mut pages = Pages::new(vendor.page_size(), wanted.page);
    let mut paging = Paging {
        limit: MAX_READ.min(wanted.page * vendor.page_size() + 1),
        after: None,
    };
    for _ in 0..MAX_READS {
        let read = read(ctx, wanted.query.as_deref(), &paging).await?;
        for view in read.data {
            for entry in vendor.entries(&fields(view)?) {
                if !pages.offer(entry) {
                    return Ok((pages.end(), true));
                }
            }
        }
        paging = Paging {
            limit: MAX_READ,
            after: read.next,
        };
        if paging.after.is_none() {
            break;
        }
    }
    Ok((pages.end(), false))
}

/// Contacts as `GET /v1/contacts` lists them.
async fn read(ctx: &Ctx, query: Option<&str>, paging: &Paging) -> ports::Result<Page> {
    let Some(query) = query else {
        return page::scan(ctx, &[Range::by_name(keys::NAMES)], paging, |_| true).await;
    };
    // Punctuation alone finds nobody.
    let Some(search) = Search::parse(query) else {
        return Ok(Page::default());
    };
    let ranges = Range::found_by(ctx, search, paging).await?;
    page::scan(ctx, &ranges, paging, |_| true).await
}

fn fields(view: Value) -> ports::Result<Fields> {
    serde_json::from_value(view).map_err(|e| Error::internal("reading a contact").with_source(e))
}
