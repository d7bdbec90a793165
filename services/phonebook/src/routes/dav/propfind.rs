//! PROPFIND (RFC 4918, section 9.1).

use super::{
    Call, MAX_XML_BYTES, Refusal, collections,
    member::{Asked, Member},
    multistatus,
    place::{self, Place},
    walk::{self, End, Progress, Visited, Walk},
};
use crate::{
    domain::{Book, book},
    storage::{books, cards, changes, keys, resources},
};
use dav::{Condition, Depth, Href, Multistatus, Property, Propfind, Selection};
use ports::store::Query;
use web::{Answer, Fault, Problem};

/// Books in one part of an answer.
const BOOKS: usize = 200;

pub async fn answer(call: &Call) -> Result<Answer, Refusal> {
    let with_members = depth(call)? == Depth::One;
    let selection = Propfind::read(&call.body, MAX_XML_BYTES)?.selection;
    match &call.place {
        Place::Root => {
            let own = if call.href.segments().is_empty() {
                Href::root()
            } else {
                place::root()
            };
            let principals = (place::principals(), collections::plain(call, "Principals"));
            let home = (place::home(), collections::plain(call, "Address books"));
            let own = (own, collections::plain(call, collections::PRINCIPAL_NAME));
            Ok(fixed(
                call,
                (&selection, with_members),
                own,
                vec![principals, home],
            ))
        }
        Place::Principals => {
            let own = (place::principals(), collections::plain(call, "Principals"));
            let me = (place::principal(), collections::principal(call));
            Ok(fixed(call, (&selection, with_members), own, vec![me]))
        }
        Place::Principal => {
            let own = (place::principal(), collections::principal(call));
            Ok(fixed(call, (&selection, with_members), own, Vec::new()))
        }
        Place::Home => home(call, &selection, with_members).await,
        Place::Book(segment) => book(call, &selection, segment, with_members).await,
        Place::Card { book, name } => card(call, &selection, book, name).await,
    }
}

/// Whole trees are not given (RFC 4918, section 9.1.1), and that is what no `Depth` asks for.
fn depth(call: &Call) -> Result<Depth, Refusal> {
    match Depth::parse(call.header("depth"), Depth::Infinity) {
        Ok(Depth::Infinity) => {
            let detail = "Depth must be 0 or 1; without one it is infinity";
            Err(Refusal::condition(Condition::PropfindFiniteDepth, detail))
        }
        Ok(depth) => Ok(depth),
        Err(bad) => Err(Problem::invalid(vec![Fault::header("Depth", bad.to_string())]).into()),
    }
}

type Resource = (Href, Vec<Property>);

/// Places that are always there.
fn fixed(
    call: &Call,
    (selection, with_members): (&Selection, bool),
    own: Resource,
    members: Vec<Resource>,
) -> Answer {
    let own = (!with_members || !call.preferences().no_root).then_some(own);
    let members = members.into_iter().filter(|_| with_members);
    let mut out = walk::begin(call);
    for (href, properties) in own.into_iter().chain(members) {
        out.push(&selection.answer(href, properties));
    }
    multistatus(out.finish())
}

/// The home, and the books in it: the default one first.
async fn home(call: &Call, selection: &Selection, with_members: bool) -> Result<Answer, Refusal> {
    let mut out = walk::begin(call);
    let after = call.ctx.continuation().map(str::to_owned);
    let is_first = after.is_none();
    if is_first && !(with_members && call.preferences().no_root) {
        let own = collections::plain(call, "Address books");
        out.push(&selection.answer(place::home(), own));
    }
    if !with_members {
        return Ok(multistatus(out.finish()));
    }
    let newest = changes::newest(&call.ctx).await?;
    let query = Query {
        prefix: keys::BOOKS.to_owned(),
        after,
        limit: BOOKS,
        ..Query::default()
    };
    let page = call.ctx.store.query(&call.ctx.tenant, query).await?;
    let mut books = Vec::new();
    for (_, item) in &page.items {
        books.push(books::decode(&item.value)?);
    }
    if is_first && books.first().is_none_or(|first| first.id != book::DEFAULT) {
        books.insert(0, Book::default_one());
    }
    for book in &books {
        let href = place::book(book.segment());
        out.push(&selection.answer(href, collections::book(call, book, newest)));
    }
    Ok(match page.next {
        Some(key) => walk::part(&mut out, key),
        None => multistatus(out.finish()),
    })
}

async fn book(
    call: &Call,
    selection: &Selection,
    segment: &str,
    with_members: bool,
) -> Result<Answer, Refusal> {
    let book = call.book(segment).await?.book;
    let href = place::book(segment);
    let mut out = walk::begin(call);
    if call.ctx.continuation().is_none() && !(with_members && call.preferences().no_root) {
        let newest = changes::newest(&call.ctx).await?;
        out.push(&selection.answer(href.clone(), collections::book(call, &book, newest)));
    }
    if !with_members {
        return Ok(multistatus(out.finish()));
    }
    members(call, selection, &book, &href, out).await
}

async fn members(
    call: &Call,
    selection: &Selection,
    book: &Book,
    href: &Href,
    mut out: Multistatus,
) -> Result<Answer, Refusal> {
    let asked = Asked::new(selection, None)?;
    let walk = Walk {
        call,
        book: &book.id,
        needs_cards: asked.needs_cards(),
        needs_portraits: asked.only_measures(),
        with_gone: false,
    };
    let progress = Progress::of(call, Progress::through_all(None))?;
    let answer = async |visited| match visited {
        Visited::Member(member) => asked.response(call, href, *member).await.map(Some),
        Visited::Gone(_) => Ok(None),
    };
    Ok(match walk.go(progress, &mut out, answer).await? {
        End::Full(progress) => progress.part(&mut out),
        End::Done | End::Truncated(_) => multistatus(out.finish()),
    })
}

async fn card(
    call: &Call,
    selection: &Selection,
    segment: &str,
    name: &str,
) -> Result<Answer, Refusal> {
    let book = call.book(segment).await?.book;
    let found = resources::find(&call.ctx, &book.id, name).await?;
    let contact = found.ok_or_else(|| call.nothing())?.contact;
    let written = cards::of(&call.ctx, &contact).await?;
    let asked = Asked::new(selection, None)?;
    let member = Member::new(contact, written);
    let mut out = walk::begin(call);
    let response = asked.response(call, &place::book(segment), member).await?;
    out.push(&response);
    Ok(multistatus(out.finish()))
}
