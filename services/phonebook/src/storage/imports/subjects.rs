//! Which contacts a step is about, read all at once.

use crate::{
    domain::book,
    domain::import::{Content, Name, Options, digest, id},
    storage::{Found, keys},
};
use ports::{Item, Result, store::MAX_PAGE};
use runtime::Invocation;

/// Names that are longer are not kept.
const MAX_UID_BYTES: usize = 500;

/// The contact that an entry is about.
pub struct Subject {
    pub id: String,
    /// The name to be known by, if it is new.
    pub uid: Option<String>,
    /// Of what the entry says.
    pub digest: String,
    pub present: Option<Found>,
    /// The file calls it by a name, for which groups may wait.
    pub is_named: bool,
    /// Who waits for it, as an item.
    pub awaited: Option<Item>,
    /// It was merged into another one, which speaks for both.
    pub is_merged: bool,
}

/// Who the entries are about, in their order.
pub async fn find(
    invocation: &Invocation,
    options: &Options,
    contents: &[&Content],
) -> Result<Vec<Subject>> {
    let book = options.book.as_deref().unwrap_or(book::DEFAULT);
    let region = options.region.as_deref();
    let names: Vec<Name> = contents.iter().map(|content| content.name()).collect();
    let holders = holders(invocation, book, &names).await?;
    let mut subjects = Vec::new();
    for ((content, name), holder) in contents.iter().zip(names).zip(holders) {
        let source = content.source();
        subjects.push(Subject {
            id: holder.unwrap_or_else(|| id(&name, book, &source)),
            digest: digest(region, &source),
            present: None,
            awaited: None,
            is_named: name != Name::None,
            uid: match name {
                Name::Uid(uid) if uid.len() <= MAX_UID_BYTES => Some(uid),
                _ => None,
            },
            is_merged: false,
        });
    }
    look_up(invocation, &mut subjects).await?;
    Ok(subjects)
}

/// The ids of contacts that go by a card's `UID` in the book.
async fn holders(
    invocation: &Invocation,
    book: &str,
    names: &[Name],
) -> Result<Vec<Option<String>>> {
    let uid = |name: &Name| match name {
        Name::Uid(uid) => Some(keys::uid(book, uid)),
        _ => None,
    };
    let wanted: Vec<_> = names.iter().filter_map(uid).collect();
    let mut found = get_all(invocation, &wanted).await?.into_iter();
    let holder = |name: &Name| {
        let item = matches!(name, Name::Uid(_)).then(|| found.next().flatten())??;
        String::from_utf8(item.value.to_vec()).ok()
    };
    Ok(names.iter().map(holder).collect())
}

/// The contacts as they are now, also in the bin.
async fn look_up(invocation: &Invocation, subjects: &mut [Subject]) -> Result<()> {
    let places = |subject: &Subject| {
        let id = &subject.id;
        let uid = subject.uid.as_ref().unwrap_or(id);
        [
            keys::contact(id),
            keys::bin(id),
            keys::merged(id),
            keys::awaited(uid),
        ]
    };
    let keys: Vec<_> = subjects.iter().flat_map(places).collect();
    let mut items = get_all(invocation, &keys).await?.into_iter();
    for subject in subjects {
        let [live, binned, ..] = places(subject);
        let mut present = None;
        for key in [live, binned] {
            if let Some(item) = items.next().flatten() {
                present = present.or(Some(Found::decode(key, item)?));
            }
        }
        subject.present = present;
        subject.is_merged = items.next().flatten().is_some();
        subject.awaited = items.next().flatten();
    }
    Ok(())
}

async fn get_all(invocation: &Invocation, keys: &[String]) -> Result<Vec<Option<Item>>> {
    let mut items = Vec::new();
    for keys in keys.chunks(MAX_PAGE) {
        items.extend(invocation.store.batch_get(&invocation.tenant, keys).await?);
    }
    Ok(items)
}
