use crate::{
    domain::{Contact, book, group},
    storage::keys,
};
use ports::{Batch, TypeId};
use runtime::Invocation;
use serde_json::Value;
use std::collections::BTreeSet;
use web::{Fault, Faults, Object, Problem};

const MAX_ID_CHARS: usize = 60;

/// The book and the groups that a caller wants a contact to be in; `None`: where it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub book: Option<String>,
    pub groups: Option<Vec<String>>,
}

impl Place {
    pub fn read(root: &mut Object<'_>, value: &Value, faults: &mut Faults) -> Self {
        let book = root.text("book_id", MAX_ID_CHARS, faults);
        let groups = root.texts("groups", group::MAX_MEMBERSHIPS, MAX_ID_CHARS, faults);
        let is_given = value.get("groups").is_some_and(Value::is_array);
        Self {
            book,
            groups: is_given.then_some(groups),
        }
    }

    /// Puts the contact there. What it is in already need not be looked for; of the rest the batch makes sure that it
    /// still exists.
    pub async fn settle(
        &self,
        invocation: &Invocation,
        contact: &mut Contact,
        batch: &mut Batch,
    ) -> Result<(), Problem> {
        let mut faults = Faults::new();
        if let Some(wanted) = self.book.as_deref()
            && wanted != contact.book_id()
        {
            let known = wanted == book::DEFAULT
                || exists(invocation, batch, book::ID_PREFIX, wanted, keys::book).await?;
            if !known {
                faults.add(Fault::pointer("#/book_id", "names no book"));
            }
            contact.book = (wanted != book::DEFAULT).then(|| wanted.to_owned());
        }
        if let Some(wanted) = &self.groups {
            for (place, id) in wanted.iter().enumerate() {
                let known = contact.groups.contains(id)
                    || exists(invocation, batch, group::ID_PREFIX, id, keys::group).await?;
                if !known {
                    let pointer = format!("#/groups/{place}");
                    faults.add(Fault::pointer(pointer, "names no group"));
                }
            }
            contact.groups = wanted.iter().cloned().collect::<BTreeSet<_>>();
        }
        faults.or(())
    }
}

async fn exists(
    invocation: &Invocation,
    batch: &mut Batch,
    prefix: &str,
    id: &str,
    key: impl Fn(&str) -> String,
) -> Result<bool, Problem> {
    if TypeId::parse(prefix, id).is_err() {
        return Ok(false);
    }
    let key = key(id);
    let item = invocation.store.get(&invocation.tenant, &key).await?;
    let Some(item) = item else { return Ok(false) };
    batch.expect(key, Some(item.version));
    Ok(true)
}
