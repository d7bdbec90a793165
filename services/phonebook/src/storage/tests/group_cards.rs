//! What groups' cards are told while something is in the way.

use super::World;
use crate::{
    domain::{
        Group,
        group_card::{self, Work},
    },
    storage::{
        cards,
        group_cards::{self, joining, listing},
        groups, keys,
    },
};
use ports::{Batch, Timestamp, store::Put};

impl World {
    async fn group(&self) -> Group {
        let group = Group::new("Friends".to_owned(), None, self.invocation.now);
        self.commit(groups::create(&self.invocation, &group).unwrap())
            .await;
        group
    }

    async fn change(&self, group: &Group, contact: &str, joins: bool) {
        let found = self.find(contact).await;
        let batch = groups::change_membership(&self.invocation, &found, &group.id, joins);
        self.commit(batch.unwrap().unwrap()).await;
    }

    /// Whom the group's card names.
    async fn named(&self, group: &Group) -> Vec<String> {
        let found = groups::find(&self.invocation, &group.id).await.unwrap();
        let found = group_cards::beside(&self.invocation, &found.unwrap().group).await;
        let contact = found.unwrap().unwrap().contact;
        let bytes = cards::of(&self.invocation, &contact).await.unwrap();
        group_card::members(&cards::parse(&contact.id, &bytes.unwrap()).unwrap())
    }

    /// What is left of the card's own changes.
    async fn leave_over(&self, group: &Group, join: u32, due_at: Option<Timestamp>) {
        let work = Work {
            join: [join].into(),
            ..Work::default()
        };
        let item = joining::item(&group.id, &work, self.invocation.now).unwrap();
        let mut batch = Batch::new();
        batch.put_item(Put { due_at, ..item });
        self.commit(batch).await;
    }
}

#[tokio::test]
async fn a_card_is_told_when_its_own_changes_were_given_up() {
    let world = World::new();
    let (group, ada) = (world.group().await, world.create("Ada").await);
    world.change(&group, &ada.id, true).await;
    for (due_at, expected) in [(Some(world.invocation.now), vec![]), (None, vec![ada.id])] {
        world.leave_over(&group, 0, due_at).await;
        let batch = listing::resume(&world.invocation, &group.id).await;
        world.commit(batch.unwrap()).await;
        assert_eq!(world.named(&group).await, expected);
        let waits = !world.keys(keys::LISTING).await.is_empty();
        assert_eq!(waits, expected.is_empty());
    }
}

#[tokio::test]
async fn what_was_given_up_still_means_the_same_members() {
    let world = World::new();
    let group = world.group().await;
    let tell = async || {
        let batch = listing::resume(&world.invocation, &group.id).await;
        world.commit(batch.unwrap()).await;
    };
    let mut ids = Vec::new();
    for given in ["Ada", "Bob"] {
        let contact = world.create(given).await;
        world.change(&group, &contact.id, true).await;
        tell().await;
        ids.push(contact.id);
    }
    assert_eq!(world.named(&group).await, ids);
    world.leave_over(&group, 1, None).await;
    world.change(&group, &ids[0], false).await;
    tell().await;
    assert_eq!(world.named(&group).await, ids[1..]);
    let key = keys::joining(&group.id);
    let item = world.invocation.store.get(&world.invocation.tenant, &key);
    let item = item.await.unwrap().unwrap();
    let work = joining::decode(&item.value).unwrap();
    assert_eq!((item.due_at, work.join), (None, [0].into()));
}
