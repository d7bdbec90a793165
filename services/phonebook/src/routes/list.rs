use crate::{
    domain::{Contact, Search, book, group},
    storage::{
        keys,
        page::{self, Page, Range},
    },
};
use actix_web::HttpRequest;
use ports::{Timestamp, TypeId};
use runtime::Ctx;
use web::{Answer, Fault, Faults, Paging, Params, Problem, list_answer};

const MAX_QUERY_CHARS: usize = 200;

/// What a caller asks for.
struct Wanted<'a> {
    query: Option<&'a str>,
    keyed: Option<&'a str>,
    group: Option<&'a str>,
    book: Option<&'a str>,
    updated_since: Option<Timestamp>,
}

impl<'a> Wanted<'a> {
    fn read(params: &'a Params, faults: &mut Faults) -> Self {
        let mut text = |name: &'static str| {
            let value = params.get(name).map(str::trim).filter(|q| !q.is_empty());
            if value.is_some_and(|value| value.chars().count() > MAX_QUERY_CHARS) {
                let detail = format!("is longer than {MAX_QUERY_CHARS} characters");
                faults.add(Fault::parameter(name, detail));
            }
            value
        };
        let (query, keyed) = (text("q"), text("t9"));
        let (group, book) = (text("group"), text("book"));
        let updated_since = text("updated_since").and_then(|text| {
            let at = Timestamp::parse(text);
            if at.is_err() {
                let detail = "must be a time as RFC 3339 has it, for example 2026-01-31T12:00:00Z";
                faults.add(Fault::parameter("updated_since", detail));
            }
            at.ok()
        });
        if query.is_some() && keyed.is_some() {
            faults.add(Fault::parameter("t9", "cannot be given together with q"));
        }
        if keyed.is_some_and(|keyed| !keyed.chars().all(|c| c.is_ascii_digit() || c == ' ')) {
            faults.add(Fault::parameter("t9", "must be digits"));
        }
        for (name, prefix, id) in [
            ("group", group::ID_PREFIX, group),
            ("book", book::ID_PREFIX, book),
        ] {
            if id.is_some_and(|id| TypeId::parse(prefix, id).is_err()) {
                faults.add(Fault::parameter(
                    name,
                    format!("must be the id of a {name}"),
                ));
            }
        }
        Self {
            query,
            keyed,
            group,
            book,
            updated_since,
        }
    }

    /// Does the contact lie where the caller looks, and is it as new?
    fn holds(&self, contact: &Contact) -> bool {
        self.updated_since
            .is_none_or(|since| contact.updated_at >= since)
            && self
                .group
                .is_none_or(|group| contact.groups.contains(group))
            && self.book.is_none_or(|book| contact.book_id() == book)
    }

    /// The index whose entries come closest, without a search.
    fn range(&self) -> Range {
        match (self.updated_since, self.group, self.book) {
            (Some(since), _, _) => Range::changed_since(since),
            (_, Some(group), _) => Range::by_name(keys::members(group)),
            (_, _, Some(id)) if id != book::DEFAULT => Range::by_name(keys::shelf(id)),
            _ => Range::by_name(keys::NAMES),
        }
    }
}

/// All contacts by display name, or by their latest change, or those that a query finds, the better matches first.
pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let params = Params::parse(request.query_string());
    let mut faults = Faults::new();
    let paging = Paging::read(&params, &mut faults);
    let wanted = Wanted::read(&params, &mut faults);
    let paging = faults.or(paging)?;
    let search = match (wanted.query, wanted.keyed) {
        (Some(query), _) => Some(Search::parse(query)),
        (None, Some(keyed)) => Some(Search::keyed(keyed)),
        (None, None) => None,
    };
    let page = match search {
        None => scan(&ctx, &[wanted.range()], &paging, &wanted).await?,
        // Punctuation alone finds nobody.
        Some(None) => Page::default(),
        Some(Some(search)) => {
            let ranges = Range::found_by(&ctx, search, &paging).await?;
            scan(&ctx, &ranges, &paging, &wanted).await?
        }
    };
    let names = ["q", "t9", "group", "book", "updated_since", "limit"];
    let repeat = names.map(|name| (name, params.get(name)));
    list_answer(&page.data, page.next.as_deref(), "/v1/contacts", &repeat)
}

async fn scan(
    ctx: &Ctx,
    ranges: &[Range],
    paging: &Paging,
    wanted: &Wanted<'_>,
) -> Result<Page, Problem> {
    if !page::goes_on(paging, ranges) {
        let fault = Fault::parameter("cursor", "is not a cursor of this list");
        return Err(Problem::invalid(vec![fault]));
    }
    Ok(page::scan(ctx, ranges, paging, |contact| wanted.holds(contact)).await?)
}
