//! The batches against a real store.

mod duplicates;
mod extractions;
mod group_cards;
mod merges;
mod portraits;
mod reminders;
mod searches;

use super::{
    contacts, groups, jobs, keys,
    page::{self, Range},
    photos, purge,
};
use crate::{
    domain::{Contact, Fields, Group, Name, Pending, Search},
    handlers::{Erasures, Images},
};
use contracts::{
    images::{self, ImageChanged, Variant},
    jobs::{Job, State},
    uploads::Received,
};
use ports::{
    Batch, Event, Recorded, Store, Tenant, Timestamp,
    store::{Query, Read},
};
use runtime::{DueHandler, EventHandler, Invocation, Reads};
use std::sync::Arc;
use web::Paging;

/// A fresh store, and an invocation that reads it and has blobs beside it, both in a folder.
pub fn ground() -> (Arc<dyn Store>, Invocation, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = embedded::open(folder.path()).unwrap().store;
    let invocation = Invocation {
        tenant: Tenant::parse("default").unwrap(),
        store: Reads::new(Arc::clone(&store)),
        blobs: blobs::folder(&folder.path().join("blobs")).unwrap(),
        service: crate::NAME,
        traceparent: None,
        now: Timestamp::now(),
    };
    (store, invocation, folder)
}

struct World {
    store: Arc<dyn Store>,
    invocation: Invocation,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let (store, invocation, folder) = ground();
        Self {
            store,
            invocation,
            _folder: folder,
        }
    }

    async fn commit(&self, batch: Batch) {
        self.store
            .commit(&self.invocation.tenant, batch)
            .await
            .unwrap();
    }

    async fn create(&self, given: &str) -> Contact {
        self.create_with(named(given)).await
    }

    async fn create_with(&self, fields: Fields) -> Contact {
        let contact = Contact::new(fields, self.invocation.now);
        self.commit(contacts::create(&self.invocation, &contact).unwrap())
            .await;
        contact
    }

    async fn find(&self, id: &str) -> contacts::Found {
        contacts::find(&self.invocation, id).await.unwrap().unwrap()
    }

    async fn rename(&self, id: &str, given: &str) {
        let found = self.find(id).await;
        let mut after = found.contact.next(self.invocation.now);
        after.fields = named(given);
        let changed = vec!["name".to_owned()];
        self.commit(
            contacts::update(&self.invocation, &found, &after, changed)
                .await
                .unwrap(),
        )
        .await;
    }

    /// What an upload of a photo commits.
    async fn upload(&self, id: &str) -> (String, String) {
        let found = self.find(id).await;
        let mut batch = Batch::new();
        if let Some(pending) = &found.contact.pending {
            photos::abandon(&self.invocation, &mut batch, pending, "overtaken")
                .await
                .unwrap();
        }
        let received = Received {
            id: "up_1".into(),
            blob: "default/uploads/up_1".into(),
            version: 0,
            bytes: 10,
            sha256: "ab".into(),
            content_type: "image/jpeg".into(),
        };
        let image_id =
            photos::submit(&self.invocation, &mut batch, &found.contact, &received).unwrap();
        let job_id = jobs::open(&self.invocation, &mut batch, found.contact.path()).unwrap();
        // The gateway is not here to open the upload.
        let upload = contracts::uploads::key(&received.id);
        batch
            .conditions
            .retain(|condition| !format!("{condition:?}").contains(&upload));
        let mut after = found.contact.clone();
        after.pending = Some(Pending {
            image_id: image_id.clone(),
            job_id: Some(job_id.clone()),
        });
        batch.merge(contacts::amend(&found, &after).unwrap());
        self.commit(batch).await;
        (image_id, job_id)
    }

    /// Lets the handler see an event and commits what it wants; gives the images that it deletes.
    async fn image(&self, event_type: &str, image_id: &str, owner: &str) -> Vec<String> {
        let variant = Variant {
            name: "thumb".into(),
            width: 160,
            height: 160,
            format: "jpeg".into(),
            bytes: 5,
            sha256: "cd".into(),
            url: String::new(),
            version: 1,
            blob: Some(format!("default/{image_id}/thumb.jpeg")),
        };
        let data = ImageChanged {
            image_id: image_id.to_owned(),
            owner: Some(owner.to_owned()),
            status: "ready".into(),
            width: None,
            height: None,
            format: None,
            bytes: 10,
            sha256: "ab".into(),
            variants: vec![variant],
            error: Some("broken".into()),
        };
        let event = Recorded {
            tenant: self.invocation.tenant.clone(),
            sequence: 1,
            event: self.invocation.event(event_type, image_id, &data).unwrap(),
            erased: false,
        };
        let outcome = Images.handle(&self.invocation, &event).await.unwrap();
        let deleted = deletions(&outcome.batch.events);
        if !outcome.batch.is_empty() {
            self.commit(outcome.batch).await;
        }
        deleted
    }

    async fn job(&self, id: &str) -> Job {
        let key = contracts::jobs::key(id);
        let item = self.store.get(&self.invocation.tenant, &key, Read::Strong);
        serde_json::from_slice(&item.await.unwrap().unwrap().value).unwrap()
    }

    /// Display names of what a query finds; of all contacts without one.
    async fn list(&self, query: &str, limit: usize) -> Vec<String> {
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let paging = Paging { limit, after };
            let ranges = match Search::parse(query) {
                Some(search) => Range::found_by(&self.invocation, search, &paging)
                    .await
                    .unwrap(),
                None => vec![Range::by_name(keys::NAMES)],
            };
            let page = page::scan(&self.invocation, &ranges, &paging, |_| true)
                .await
                .unwrap();
            assert!(page.data.len() <= limit);
            let display =
                |view: &serde_json::Value| view["name"]["display"].as_str().map(str::to_owned);
            names.extend(page.data.iter().filter_map(display));
            after = page.next;
            if after.is_none() {
                return names;
            }
        }
    }

    /// Everything that is kept, but that the contact is gone.
    async fn traces(&self) -> Vec<String> {
        let mut keys = self.keys("phonebook/").await;
        keys.retain(|key| !(key.starts_with(keys::CHANGES) && key.ends_with(".vcf")));
        keys
    }

    /// Of items and of the index.
    async fn keys(&self, prefix: &str) -> Vec<String> {
        let query = Query {
            prefix: prefix.to_owned(),
            limit: ports::store::MAX_PAGE,
            ..Query::default()
        };
        let tenant = &self.invocation.tenant;
        let items = self.store.query(tenant, query.clone()).await.unwrap().items;
        let index = self.store.index(tenant, query).await.unwrap().keys;
        items.into_iter().map(|(key, _)| key).chain(index).collect()
    }
}

fn named(given: &str) -> Fields {
    Fields {
        name: Name {
            given: Some(given.to_owned()),
            ..Name::default()
        },
        ..Fields::default()
    }
}

fn deletions(events: &[Event]) -> Vec<String> {
    let deleted = events
        .iter()
        .filter(|event| event.event_type == images::DELETE);
    deleted.map(|event| event.subject.clone()).collect()
}

#[tokio::test]
async fn lists_are_sorted_paged_and_follow_renames() {
    let world = World::new();
    for given in ["Émile", "anna", "Bert", "Anna Bella", "Zoë"] {
        world.create(given).await;
    }
    let all = ["anna", "Anna Bella", "Bert", "Émile", "Zoë"];
    for limit in [1, 2, 5, 500] {
        assert_eq!(world.list("", limit).await, all);
        assert_eq!(world.list("ann", limit).await, ["anna", "Anna Bella"]);
    }
    let carl = world.create("Carl").await;
    let found = format!("{}wcarl/carl /{}", keys::FIND, &carl.id[4..]);
    assert_eq!(world.keys("phonebook/find/wcarl").await, [found]);
    world.rename(&carl.id, "Dora").await;
    assert_eq!(world.keys("phonebook/find/wcarl").await, [""; 0]);
    assert!(world.list("carl", 9).await.is_empty());
    assert_eq!(world.list("dor", 9).await, ["Dora"]);
    assert_eq!(world.list("", 9).await.len(), 6);
}

#[tokio::test]
async fn the_best_matches_come_first() {
    let world = World::new();
    for given in [
        "Joanna",
        "Bo Ann",
        "Annabel",
        "Ann",
        "Carl Ann",
        "Annika Bo",
    ] {
        world.create(given).await;
    }
    let mut firm = named("Zoë");
    firm.organization.name = Some("Anniversaries".to_owned());
    world.create_with(firm).await;
    for limit in [1, 2, 3, 500] {
        let found = world.list("ann", limit).await;
        assert_eq!(
            found,
            ["Ann", "Bo Ann", "Carl Ann", "Annabel", "Annika Bo", "Zoë"]
        );
        assert_eq!(world.list("ann bo", limit).await, ["Bo Ann", "Annika Bo"]);
        assert_eq!(world.list("zo anni", limit).await, ["Zoë"]);
    }
}

#[tokio::test]
async fn a_change_moves_its_entry_and_a_deletion_leaves_a_mark() {
    let world = World::new();
    let (ada, bob) = (world.create("Ada").await, world.create("Bob").await);
    let listed = async || {
        let keys = world.keys(keys::CHANGES).await;
        let name = |key: String| key.splitn(4, '/').nth(3).unwrap().to_owned();
        keys.into_iter().map(name).collect::<Vec<_>>()
    };
    let entry = |contact: &Contact| format!("{}/{}", &contact.book_id()[5..], &contact.id[4..]);
    assert_eq!(listed().await, [entry(&ada), entry(&bob)]);
    world.rename(&ada.id, "Eva").await;
    assert_eq!(listed().await, [entry(&bob), entry(&ada)]);
    let (_, job) = world.upload(&bob.id).await;
    assert!(!job.is_empty());
    assert_eq!(
        listed().await,
        [entry(&ada), entry(&bob)],
        "unseen changes too"
    );
    let found = world.find(&ada.id).await;
    world
        .commit(contacts::bin(&world.invocation, &found).await.unwrap())
        .await;
    let gone = format!("{}/{}.vcf", entry(&ada), ada.id);
    assert_eq!(listed().await, [entry(&bob), gone]);
    let found = contacts::find_in_bin(&world.invocation, &ada.id)
        .await
        .unwrap()
        .unwrap();
    let mut after = found.contact.next(world.invocation.now);
    after.deleted_at = None;
    world
        .commit(contacts::restore(&world.invocation, &found, &after, None).unwrap())
        .await;
    assert_eq!(listed().await, [entry(&bob), entry(&ada)]);
    assert_eq!(world.list("", 9).await, ["Bob", "Eva"]);
}

#[tokio::test]
async fn what_a_newer_version_stored_survives_a_change() {
    let world = World::new();
    let contact = world.create("Ada").await;
    let key = keys::contact(&contact.id);
    let tenant = &world.invocation.tenant;
    let item = world.store.get(tenant, &key, Read::Strong).await.unwrap();
    let mut value: serde_json::Value = serde_json::from_slice(&item.unwrap().value).unwrap();
    value["contact"]["fields"]["groups"] = serde_json::json!(["grp_1"]);
    value["contact"]["fields"]["name"]["phonetic"] = "Eɪdə".into();
    let mut newer = Batch::new();
    newer.put(key.clone(), value.to_string());
    world.commit(newer).await;
    world.rename(&contact.id, "Eva").await;
    let item = world.store.get(tenant, &key, Read::Strong).await.unwrap();
    let value: serde_json::Value = serde_json::from_slice(&item.unwrap().value).unwrap();
    assert_eq!(value["contact"]["fields"]["groups"][0], "grp_1");
    assert_eq!(
        value["contact"]["fields"]["name"],
        serde_json::json!({"given": "Eva", "phonetic": "Eɪdə"})
    );
}

#[tokio::test]
async fn the_bin_is_emptied_without_a_trace() {
    let world = World::new();
    let contact = world.create("Ada").await;
    let found = world.find(&contact.id).await;
    world
        .commit(contacts::bin(&world.invocation, &found).await.unwrap())
        .await;
    assert!(world.list("", 9).await.is_empty());
    for index in [keys::NAMES, keys::FIND] {
        assert_eq!(world.keys(index).await, [""; 0]);
    }
    let key = keys::bin(&contact.id);
    let item = world
        .store
        .get(&world.invocation.tenant, &key, Read::Strong)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(item.due_at, Some(world.invocation.now + contacts::BIN_TIME));
    let outcome = Erasures.fire(&world.invocation, &key, &item).await.unwrap();
    assert!(outcome.batch.events.is_empty(), "the deletion is old news");
    world.commit(outcome.batch).await;
    assert_eq!(world.traces().await, [""; 0]);
    assert_eq!(world.keys(&keys::events(&contact.id)).await, [""; 0]);
}

#[tokio::test]
async fn a_large_purge_goes_on_until_nothing_is_left() {
    let world = World::new();
    let contact = world.create("Ada").await;
    for _ in 0..2 {
        let mut many = Batch::new();
        for _ in 0..700 {
            let data = serde_json::json!({"contact": {"name": "Ada"}});
            let event = world
                .invocation
                .event("contact.updated.v1", &contact.id, &data);
            many.event(event.unwrap());
        }
        world.commit(many).await;
    }
    let found = world.find(&contact.id).await;
    let wanted = purge::Purge { announce: true };
    let first = purge::begin(&world.invocation, &found, wanted)
        .await
        .unwrap();
    assert!(first.events.is_empty(), "not before the last trace is gone");
    world.commit(first).await;
    let key = keys::purge(&contact.id);
    let mut announced = 0;
    while let Some(item) = world
        .store
        .get(&world.invocation.tenant, &key, Read::Strong)
        .await
        .unwrap()
    {
        assert_eq!(item.due_at, Some(world.invocation.now));
        let outcome = Erasures.fire(&world.invocation, &key, &item).await.unwrap();
        announced += outcome.batch.events.len();
        world.commit(outcome.batch).await;
    }
    assert_eq!(announced, 1);
    assert_eq!(world.traces().await, [""; 0]);
    let left = world.keys(&keys::events(&contact.id)).await;
    assert_eq!(left.len(), 1, "the id alone");
}

#[tokio::test]
async fn the_last_photo_wins_and_the_others_go() {
    let world = World::new();
    let id = world.create("Ada").await.id;
    let (first, first_job) = world.upload(&id).await;
    let (second, second_job) = world.upload(&id).await;
    assert_eq!(world.job(&first_job).await.state, State::Cancelled);
    assert_eq!(
        world.image(images::READY, &first, &id).await,
        std::slice::from_ref(&first)
    );
    assert!(world.find(&id).await.contact.photo.is_none());
    assert_eq!(world.image(images::READY, &second, &id).await, [""; 0]);
    assert_eq!(world.job(&second_job).await.state, State::Succeeded);
    let contact = world.find(&id).await.contact;
    assert_eq!(contact.version, 2);
    assert_eq!(contact.photo.unwrap().image_id, second);

    let (third, _) = world.upload(&id).await;
    assert_eq!(
        world.image(images::READY, &third, &id).await,
        std::slice::from_ref(&second),
        "the old one goes when the new one is there"
    );
    assert_eq!(world.image(images::DELETED, &second, &id).await, [""; 0]);
    assert_eq!(world.find(&id).await.contact.photo.unwrap().image_id, third);
    world.image(images::DELETED, &third, &id).await;
    assert!(world.find(&id).await.contact.photo.is_none());
}

#[tokio::test]
async fn a_broken_picture_changes_nothing_but_its_job() {
    let world = World::new();
    let id = world.create("Ada").await.id;
    let (image, job) = world.upload(&id).await;
    assert_eq!(world.image(images::FAILED, &image, &id).await, [image]);
    let job = world.job(&job).await;
    assert_eq!(
        (job.state, job.errors[0].detail.as_str()),
        (State::Failed, "broken")
    );
    let contact = world.find(&id).await.contact;
    assert_eq!(
        (contact.version, contact.photo, contact.pending),
        (1, None, None)
    );
}

#[tokio::test]
async fn a_purge_takes_the_photos_along() {
    let world = World::new();
    let id = world.create("Ada").await.id;
    let (shown, _) = world.upload(&id).await;
    world.image(images::READY, &shown, &id).await;
    let (pending, job) = world.upload(&id).await;
    let found = world.find(&id).await;
    let wanted = purge::Purge { announce: true };
    let batch = purge::begin(&world.invocation, &found, wanted)
        .await
        .unwrap();
    assert_eq!(deletions(&batch.events), [pending.clone(), shown]);
    world.commit(batch).await;
    assert_eq!(world.job(&job).await.state, State::Cancelled);
    assert_eq!(
        world.image(images::READY, &pending, &id).await,
        [pending],
        "it came too late"
    );
    assert_eq!(world.traces().await, [""; 0]);
}

#[tokio::test]
async fn who_joins_at_the_last_moment_leaves_with_the_others() {
    let world = World::new();
    let invocation = &world.invocation;
    let group = Group::new("Team".to_owned(), None, invocation.now);
    world
        .commit(groups::create(invocation, &group).unwrap())
        .await;
    let contact = world.create("Ada").await;
    let found = groups::find(invocation, &group.id).await.unwrap().unwrap();
    let end = groups::delete(invocation, &found).await.unwrap();
    let ada = world.find(&contact.id).await;
    let joins = groups::change_membership(invocation, &ada, &group.id, true).unwrap();
    world.commit(joins.unwrap()).await;
    world.commit(end).await;
    let key = format!("{}{}", keys::DISBANDING, group.id);
    let rest = world.store.get(&invocation.tenant, &key, Read::Strong);
    let rest = rest.await.unwrap().unwrap();
    let outcome = Erasures.fire(invocation, &key, &rest).await.unwrap();
    world.commit(outcome.batch).await;
    assert!(world.find(&contact.id).await.contact.groups.is_empty());
    assert_eq!(world.keys(keys::DISBANDING).await, [""; 0]);
    assert_eq!(world.keys(&keys::members(&group.id)).await, [""; 0]);
}
