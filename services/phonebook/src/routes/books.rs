use super::named;
use crate::{
    domain::{Book, book, merge_patch::merge_patch},
    storage::{books, keys},
};
use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{Bytes, Path},
};
use ports::TypeId;
use ports::store::Order;
use runtime::Ctx;
use web::{Answer, Listing, Precondition, Problem, ProblemKind};

const LISTING: Listing<'_> = Listing {
    path: "/v1/books",
    prefix: keys::BOOKS,
    order: Order::Ascending,
};

pub async fn create(ctx: Ctx, body: Bytes) -> Result<Answer, Problem> {
    let named = named::read(&web::input::json(&body)?)?;
    let book = Book::new(named.name, named.description, ctx.now);
    let batch = books::create(&ctx, &book)?;
    Ok(shown(StatusCode::CREATED, &book)?
        .location(book.path())
        .commit(batch))
}

pub async fn show(ctx: Ctx, id: Path<String>) -> Result<Answer, Problem> {
    shown(StatusCode::OK, &find(&ctx, &id).await?.book)
}

pub async fn patch(
    ctx: Ctx,
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let found = find(&ctx, &id).await?;
    Precondition::of(request.headers()).check(Some(&found.book.etag()))?;
    let patched = merge_patch(found.book.view(), &web::input::json(&body)?);
    let named = named::read(&patched)?;
    let mut after = found.book.clone();
    (after.name, after.description) = (named.name, named.description);
    if after == found.book {
        return shown(StatusCode::OK, &after);
    }
    after.version += 1;
    after.updated_at = Some(ctx.now);
    let batch = books::update(&ctx, &found, &after)?;
    Ok(shown(StatusCode::OK, &after)?.commit(batch))
}

fn shown(status: StatusCode, book: &Book) -> Result<Answer, Problem> {
    Ok(Answer::json(status, &book.view())?.etag(&book.etag()))
}

/// A malformed id names nothing, like an unknown one.
pub async fn find(ctx: &Ctx, id: &str) -> Result<books::Found, Problem> {
    let shown: String = id.chars().take(40).collect();
    let unknown = || Problem::not_found(format_args!("the book {shown}"));
    TypeId::parse(book::ID_PREFIX, id).map_err(|_| unknown())?;
    books::find(ctx, id).await?.ok_or_else(unknown)
}

/// The default book first, whether or not somebody has changed it.
pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let query = LISTING.query(&request)?;
    let is_first = query.after.is_none();
    let page = ctx.store.query(&ctx.tenant, query).await?;
    let mut data = Vec::new();
    for (_, item) in &page.items {
        data.push(books::decode(&item.value)?.view());
    }
    if is_first
        && data
            .first()
            .is_none_or(|first| first["id"] != book::DEFAULT)
    {
        data.insert(0, Book::default_one().view());
    }
    LISTING.answer(&request, &data, page.next.as_deref())
}

/// The book's contacts go to the bin.
pub async fn delete(ctx: Ctx, request: HttpRequest, id: Path<String>) -> Result<Answer, Problem> {
    let found = find(&ctx, &id).await?;
    Precondition::of(request.headers()).check(Some(&found.book.etag()))?;
    if found.book.id == book::DEFAULT {
        let detail = "the default book cannot be deleted; delete or move its contacts instead";
        return Err(Problem::new(ProblemKind::Conflict, detail));
    }
    let batch = books::delete(&ctx, &found).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}
