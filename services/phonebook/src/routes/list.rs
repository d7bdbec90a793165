use crate::{
    domain::Search,
    storage::{
        keys,
        page::{self, Page},
    },
};
use actix_web::HttpRequest;
use runtime::Ctx;
use web::{Answer, Fault, Faults, Paging, Params, Problem, list_answer};

const MAX_QUERY_CHARS: usize = 200;

/// All contacts by display name, or those that a query finds, by the word that it found.
pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let params = Params::parse(request.query_string());
    let mut faults = Faults::new();
    let paging = Paging::read(&params, &mut faults);
    let query = params.get("q").map(str::trim).filter(|q| !q.is_empty());
    if query.is_some_and(|query| query.chars().count() > MAX_QUERY_CHARS) {
        let detail = format!("is longer than {MAX_QUERY_CHARS} characters");
        faults.add(Fault::parameter("q", detail));
    }
    let paging = faults.or(paging)?;
    let page = match query {
        None => {
            page::scan(&ctx, keys::NAMES, "", &paging, |index, label| {
                index.label == label
            })
            .await?
        }
        Some(query) => search(&ctx, query, &paging).await?,
    };
    let repeat = [("q", query), ("limit", params.get("limit"))];
    list_answer(&page.data, page.next.as_deref(), "/v1/contacts", &repeat)
}

async fn search(ctx: &Ctx, query: &str, paging: &Paging) -> Result<Page, Problem> {
    // Punctuation alone finds nobody.
    let Some(search) = Search::parse(query) else {
        return Ok(Page::default());
    };
    let listed = |index: &_, term: &str| search.lists(index, term);
    Ok(page::scan(ctx, keys::WORDS, search.lead(), paging, listed).await?)
}
