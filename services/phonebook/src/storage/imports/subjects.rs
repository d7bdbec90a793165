//! Which contacts a step is about, read all at once.

use super::prepared::Said;
use crate::{
    domain::book,
    domain::import::{Name, Options},
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
    entries: &[&Said],
) -> Result<Vec<Subject>> {
    let book = options.book.as_deref().unwrap_or(book::DEFAULT);
    let holders = holders(invocation, book, entries).await?;
    let with_holders = entries.iter().zip(holders);
    let mut subjects: Vec<_> = with_holders
        .map(|(said, holder)| Subject::unseen(said, holder))
        .collect();
    look_up(invocation, &mut subjects).await?;
    Ok(subjects)
}

impl Subject {
    fn unseen(said: &Said, holder: Option<String>) -> Self {
        Self {
            id: holder.unwrap_or_else(|| said.id.clone()),
            uid: match &said.name {
                Name::Uid(uid) if uid.len() <= MAX_UID_BYTES => Some(uid.clone()),
                _ => None,
            },
            present: None,
            is_named: said.name != Name::None,
            awaited: None,
            is_merged: false,
        }
    }
}

/// The ids of contacts that go by a card's `UID` in the book.
async fn holders(
    invocation: &Invocation,
    book: &str,
    entries: &[&Said],
) -> Result<Vec<Option<String>>> {
    let uid = |said: &&Said| match &said.name {
        Name::Uid(uid) => Some(keys::uid(book, uid)),
        _ => None,
    };
    let wanted: Vec<_> = entries.iter().filter_map(uid).collect();
    let mut found = get_all(invocation, &wanted).await?.into_iter();
    let holder = |said: &&Said| {
        let item = matches!(said.name, Name::Uid(_)).then(|| found.next().flatten())??;
        String::from_utf8(item.value.to_vec()).ok()
    };
    Ok(entries.iter().map(holder).collect())
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
    let items = get_all(invocation, &keys).await?;
    let mut found = keys.into_iter().zip(items);
    for subject in subjects {
        let mut next = || found.next().and_then(|(key, item)| Some((key, item?)));
        let (live, binned) = (next(), next());
        let present = live.or(binned);
        subject.present = present
            .map(|(key, item)| Found::decode(key, item))
            .transpose()?;
        subject.is_merged = next().is_some();
        subject.awaited = next().map(|(_, item)| item);
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
