//! What a merge leaves behind, and what it must not.

use super::{World, named};
use crate::{
    domain::{Contact, Fields},
    handlers::Erasures,
    storage::{
        contacts, keys,
        merges::{self, Merge},
        purge,
    },
};
use contracts::images::{DELETED, READY};
use ports::{
    Timestamp,
    store::{Query, Read},
};
use runtime::DueHandler;

impl World {
    async fn merge(&self, into: &Contact, from: &[&Contact]) -> Merge {
        let into = self.find(&into.id).await;
        let ids = from.iter().map(|one| one.id.as_str());
        let from = contacts::find_all(&self.invocation, ids).await.unwrap();
        let (merge, _, batch) = merges::create(&self.invocation, &into, &from)
            .await
            .unwrap();
        self.commit(batch).await;
        merge
    }

    async fn undo(&self, merge: &Merge) {
        let kept = merges::find(&self.invocation, &merge.id)
            .await
            .unwrap()
            .unwrap();
        let into = self.find(&merge.into).await;
        let batch = merges::undo(&self.invocation, &kept, &into).await.unwrap();
        self.commit(batch).await;
    }

    /// Fires what is due until nothing is, as the runtime would.
    async fn fire_until_quiet(&mut self) {
        for _ in 0..100 {
            let query = Query {
                prefix: "phonebook/".to_owned(),
                limit: ports::store::MAX_PAGE,
                ..Query::default()
            };
            let page = self
                .store
                .query(&self.invocation.tenant, query)
                .await
                .unwrap();
            let now = self.invocation.now;
            let due = |due_at: Option<Timestamp>| due_at.is_some_and(|at| at <= now);
            let mut items = page.items.into_iter();
            let Some((key, item)) = items.find(|(_, item)| due(item.due_at)) else {
                return;
            };
            let outcome = Erasures.fire(&self.invocation, &key, &item).await.unwrap();
            self.commit(outcome.batch).await;
        }
        panic!("the due items do not come to an end");
    }

    /// Where the text stands in any item, or a contact's id in any of its forms.
    async fn mentions(&self, text: &str) -> Vec<String> {
        let text = text.strip_prefix("con_").unwrap_or(text);
        let keys = self.keys("phonebook/").await.into_iter();
        let keys = keys.chain(self.keys("events/").await);
        let mut all = Vec::new();
        for key in keys {
            let item = self.store.get(&self.invocation.tenant, &key, Read::Strong);
            let value = item
                .await
                .unwrap()
                .map(|item| item.value)
                .unwrap_or_default();
            if key.contains(text) || String::from_utf8_lossy(&value).contains(text) {
                all.push(key);
            }
        }
        all
    }
}

#[tokio::test]
async fn erasing_the_first_erases_all_that_was_merged_into_it() {
    let mut world = World::new();
    let ada = world.create("Ada").await;
    let (augusta, byron) = (world.create("Augusta").await, world.create("Byron").await);
    world.merge(&augusta, &[&byron]).await;
    world.merge(&ada, &[&augusta]).await;
    let found = world.find(&ada.id).await;
    let purge = purge::Purge { announce: true };
    let batch = purge::begin(&world.invocation, &found, purge)
        .await
        .unwrap();
    world.commit(batch).await;
    world.fire_until_quiet().await;
    assert_eq!(world.traces().await, [""; 0]);
    for name in ["Ada", "Augusta", "Byron", "augusta", "byron"] {
        assert_eq!(world.mentions(name).await, [""; 0], "{name}");
    }
}

#[tokio::test]
async fn after_a_year_nothing_is_left_to_undo() {
    let mut world = World::new();
    let ada = world.create("Ada").await;
    let (augusta, byron) = (world.create("Augusta").await, world.create("Byron").await);
    let merge = world.merge(&ada, &[&augusta, &byron]).await;
    world.fire_until_quiet().await;
    assert_eq!(world.keys("phonebook/merged/").await.len(), 2);
    world.invocation.now = world.invocation.now + crate::storage::history::KEPT;
    world.fire_until_quiet().await;
    for prefix in ["phonebook/merge", "phonebook/forgetting"] {
        assert_eq!(world.keys(prefix).await, [""; 0]);
    }
    assert!(
        merges::find(&world.invocation, &merge.id)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(world.keys(&keys::histories(&byron.id)).await, [""; 0]);
    let notes = world.find(&ada.id).await.contact.fields.notes.unwrap();
    assert_eq!(
        notes,
        "Merged from Augusta:\nName: Augusta\n\nMerged from Byron:\nName: Byron"
    );
}

#[tokio::test]
async fn what_comes_back_is_listed_as_before() {
    let world = World::new();
    let ada = world.create("Ada").await;
    let mut byron = Contact::new(named("Byron"), world.invocation.now);
    byron.names.resource = Some("byron.vcf".to_owned());
    byron.names.uid = Some("urn:byron".to_owned());
    let batch = contacts::create(&world.invocation, &byron).unwrap();
    world.commit(batch).await;
    let listed = |mut keys: Vec<String>| {
        keys.retain(|key| {
            !key.starts_with(keys::CHANGES) && !key.starts_with("phonebook/history/")
        });
        keys.sort();
        keys
    };
    let before = listed(world.keys("phonebook/").await);
    let merge = world.merge(&ada, &[&byron]).await;
    assert_eq!(world.list("", 10).await, ["Ada"]);
    let gone = world.keys(keys::CHANGES).await;
    assert!(
        gone.iter().any(|key| key.ends_with("/byron.vcf")),
        "{gone:?}"
    );
    world.undo(&merge).await;
    assert_eq!(listed(world.keys("phonebook/").await), before);
    assert_eq!(world.keys(keys::CHANGES).await.len(), 2);
    let back = world.find(&byron.id).await.contact;
    assert_eq!((back.version, &back.names), (2, &byron.names));
    assert_eq!(world.find(&ada.id).await.contact.fields, ada.fields);
}

#[tokio::test]
async fn undoing_one_merge_leaves_what_another_one_brought() {
    let world = World::new();
    let with = |given: &str, urls: &[&str]| Fields {
        urls: urls.iter().map(|url| (*url).to_owned()).collect(),
        ..named(given)
    };
    let ada = world.create_with(with("Ada", &["a"])).await;
    let byron = world.create_with(with("Byron", &["b", "both"])).await;
    let charles = world.create_with(with("Charles", &["c", "both"])).await;
    let first = world.merge(&ada, &[&byron]).await;
    let second = world.merge(&ada, &[&charles]).await;
    world.undo(&first).await;
    let fields = world.find(&ada.id).await.contact.fields;
    assert_eq!(fields.urls, ["a", "both", "c"]);
    assert_eq!(fields.notes.unwrap(), "Merged from Charles:\nName: Charles");
    world.undo(&second).await;
    assert_eq!(world.find(&byron.id).await.contact.fields, byron.fields);
}

#[tokio::test]
async fn a_merged_contact_keeps_its_photo_and_gets_it_back() {
    let world = World::new();
    let (ada, byron) = (world.create("Ada").await, world.create("Byron").await);
    let (image, _) = world.upload(&byron.id).await;
    world.image(READY, &image, &byron.id).await;
    let merge = world.merge(&ada, &[&byron]).await;
    assert_eq!(world.find(&ada.id).await.contact.photo, None);
    // Made anew, with other sizes: still wanted.
    assert_eq!(world.image(READY, &image, &byron.id).await, [""; 0]);
    world.undo(&merge).await;
    assert!(world.find(&byron.id).await.contact.photo.is_some());

    let merge = world.merge(&ada, &[&byron]).await;
    world.image(DELETED, &image, &byron.id).await;
    world.undo(&merge).await;
    assert_eq!(world.find(&byron.id).await.contact.photo, None);
}

#[tokio::test]
async fn groups_wait_for_all_names_that_were_merged() {
    let world = World::new();
    let ada = world.create("Ada").await;
    let mut book = ports::Batch::new();
    book.put(keys::book("book_2"), "{}");
    world.commit(book).await;
    let mut from = Vec::new();
    for (group, book) in [("grp_1", None), ("grp_2", Some("book_2"))] {
        let mut contact = Contact::new(named("Byron"), world.invocation.now);
        contact.names.uid = Some("byron".to_owned());
        contact.book = book.map(str::to_owned);
        contact.groups.insert(group.to_owned());
        let batch = contacts::create(&world.invocation, &contact).unwrap();
        world.commit(batch).await;
        from.push(contact);
    }
    let merge = world.merge(&ada, &from.iter().collect::<Vec<_>>()).await;
    let key = keys::awaited("byron");
    let tenant = &world.invocation.tenant;
    let item = world.store.get(tenant, &key, Read::Strong);
    let item = item.await.unwrap().unwrap();
    assert_eq!(item.value, r#"["grp_1","grp_2"]"#);
    world.undo(&merge).await;
    assert_eq!(world.keys(&key).await, [""; 0]);
}
