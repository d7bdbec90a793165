//! Reminders, with a clock that is set by hand.

use super::{World, named};
use crate::{
    domain::{Contact, PartialDate, Zone},
    handlers::Timers,
    storage::{
        contacts, keys,
        preferences::{self, Preferences},
        reminders,
    },
};
use contracts::contacts::{BIRTHDAY, ContactBirthday};
use ports::{Batch, Item, Timestamp, store::Read};
use runtime::DueHandler;

impl World {
    /// A fixed moment, in UTC.
    fn at(&mut self, now: &str) {
        self.invocation.now = Timestamp::parse(now).unwrap();
    }

    async fn born(&self, given: &str, birthday: &str) -> Contact {
        let mut fields = named(given);
        fields.birthday = Some(PartialDate::parse(birthday).unwrap());
        let contact = Contact::new(fields, self.invocation.now);
        let mut batch = contacts::create(&self.invocation, &contact).unwrap();
        reminders::ensure(&self.invocation, &mut batch)
            .await
            .unwrap();
        self.commit(batch).await;
        contact
    }

    async fn daily(&self) -> Option<Item> {
        let tenant = &self.invocation.tenant;
        self.store
            .get(tenant, keys::DAILY, Read::Strong)
            .await
            .unwrap()
    }

    async fn due_at(&self) -> String {
        self.daily().await.unwrap().due_at.unwrap().to_string()
    }

    async fn prefer(&self, zone: &str) {
        let found = preferences::find(&self.invocation).await.unwrap();
        let wanted = Preferences {
            time_zone: Some(zone.to_owned()),
            ..Preferences::default()
        };
        let mut batch = preferences::update(&found, &wanted).unwrap();
        reminders::move_along(&self.invocation, &mut batch)
            .await
            .unwrap();
        self.commit(batch).await;
    }

    /// One firing, under the condition that the runtime adds; false when another one was faster.
    async fn fire(&self, item: &Item) -> bool {
        let timers = Timers {
            ahead: crate::storage::imports::Ahead::default(),
            zone: Zone::UTC,
            default_region: None,
        };
        let outcome = timers
            .fire(&self.invocation, keys::DAILY, item)
            .await
            .unwrap();
        let mut batch: Batch = outcome.batch;
        batch.expect(keys::DAILY, Some(item.version));
        self.store
            .commit(&self.invocation.tenant, batch)
            .await
            .is_ok()
    }

    /// Fires as long as the item is due; how often that was.
    async fn catch_up(&self) -> usize {
        let mut fired = 0;
        while let Some(item) = self.daily().await
            && item.due_at.is_some_and(|at| at <= self.invocation.now)
        {
            assert!(self.fire(&item).await);
            fired += 1;
            assert!(fired < 100, "the item is due for ever");
        }
        fired
    }

    /// Name, day and age of every announcement so far.
    async fn announced(&self) -> Vec<(String, String, Option<u32>)> {
        let log = self
            .store
            .read_log(&self.invocation.tenant, 0, 1_000)
            .await
            .unwrap();
        let events = log.events.into_iter().map(|entry| entry.event);
        let events = events.filter(|event| event.event_type == BIRTHDAY);
        events
            .map(|event| {
                let data: ContactBirthday = serde_json::from_slice(&event.data).unwrap();
                assert_eq!(data.contact["id"], event.subject);
                let name = data.contact["name"]["display"].as_str().unwrap().to_owned();
                (name, data.date, data.age)
            })
            .collect()
    }
}

fn told(name: &str, date: &str, age: Option<u32>) -> (String, String, Option<u32>) {
    (name.to_owned(), date.to_owned(), age)
}

#[tokio::test]
async fn a_birthday_is_announced_once_at_local_midnight() {
    let mut world = World::new();
    world.at("2027-03-27T12:00:00Z");
    world.prefer("Europe/Berlin").await;
    world.create("Nobody").await;
    assert!(world.daily().await.is_none());
    world.born("Today", "--03-27").await;
    world.born("Ada", "1999-03-28").await;
    world.born("Grace", "--03-28").await;
    world.born("Later", "1999-03-29").await;
    assert_eq!(world.catch_up().await, 1);
    // The night in which clocks go forward.
    assert_eq!(world.due_at().await, "2027-03-27T23:00:00.000Z");
    world.at("2027-03-27T23:00:01Z");
    let item = world.daily().await.unwrap();
    assert!(world.fire(&item).await);
    assert!(
        !world.fire(&item).await,
        "a second one that held the claim too"
    );
    assert_eq!(world.catch_up().await, 0);
    assert_eq!(world.due_at().await, "2027-03-28T22:00:00.000Z");
    let all = world.announced().await;
    assert_eq!(all.len(), 2);
    assert!(all.contains(&told("Ada", "2027-03-28", Some(28))));
    assert!(all.contains(&told("Grace", "2027-03-28", None)));
}

#[tokio::test]
async fn at_most_seven_missed_days_are_made_up_for() {
    let mut world = World::new();
    world.at("2027-02-10T12:00:00Z");
    for (name, birthday) in [
        ("Too early", "--02-21"),
        ("First", "--02-22"),
        ("Leap", "2000-02-29"),
        ("Last", "--03-01"),
        ("Tomorrow", "--03-02"),
    ] {
        world.born(name, birthday).await;
    }
    world.catch_up().await;
    world.at("2027-03-01T12:00:00Z");
    assert_eq!(world.catch_up().await, 8);
    assert_eq!(
        world.announced().await,
        [
            told("First", "2027-02-22", None),
            told("Leap", "2027-02-28", Some(27)),
            told("Last", "2027-03-01", None),
        ]
    );
    assert_eq!(world.due_at().await, "2027-03-02T00:00:00.000Z");
}

#[tokio::test]
async fn many_birthdays_take_several_commits_and_each_is_told_once() {
    let mut world = World::new();
    world.at("2027-02-27T12:00:00Z");
    for n in 0..70 {
        world.born(&format!("Of the 28th {n}"), "--02-28").await;
        world.born(&format!("Of the 29th {n}"), "--02-29").await;
    }
    for n in 0..8 {
        let large = world.born(&format!("Large {n}"), "--02-28").await;
        let found = world.find(&large.id).await;
        let mut after = found.contact.next(world.invocation.now);
        after.fields.notes = Some("n".repeat(190_000));
        let batch = contacts::update(&world.invocation, &found, &after, Vec::new())
            .await
            .unwrap();
        world.commit(batch).await;
    }
    world.catch_up().await;
    world.at("2027-02-28T00:00:00Z");
    assert!(world.catch_up().await > 3);
    let mut all = world.announced().await;
    assert_eq!(all.len(), 148);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 148);
}

#[tokio::test]
async fn what_changes_is_announced_as_it_then_is() {
    let mut world = World::new();
    world.at("2027-03-01T12:00:00Z");
    let moved = world.born("Moved", "--03-02").await;
    let gone = world.born("Gone", "--03-02").await;
    world.catch_up().await;
    let found = world.find(&moved.id).await;
    let mut after = found.contact.next(world.invocation.now);
    after.fields.birthday = PartialDate::parse("--03-03").ok();
    let changed = vec!["birthday".to_owned()];
    world
        .commit(
            contacts::update(&world.invocation, &found, &after, changed)
                .await
                .unwrap(),
        )
        .await;
    let found = world.find(&gone.id).await;
    world
        .commit(contacts::bin(&world.invocation, &found).await.unwrap())
        .await;
    assert_eq!(
        world.keys(keys::BIRTHDAYS).await,
        [keys::birthday("03-03", &moved.id)]
    );
    world.at("2027-03-03T12:00:00Z");
    world.catch_up().await;
    assert_eq!(world.announced().await, [told("Moved", "2027-03-03", None)]);
}

#[tokio::test]
async fn another_time_zone_moves_the_day_and_repeats_none() {
    let mut world = World::new();
    world.at("2027-03-01T11:00:00Z");
    world.prefer("Pacific/Apia").await;
    world.born("Ada", "--03-02").await;
    world.born("Grace", "--03-03").await;
    world.catch_up().await;
    // It is 2 March there already.
    assert_eq!(world.due_at().await, "2027-03-02T11:00:00.000Z");
    world.at("2027-03-02T11:00:00Z");
    world.catch_up().await;
    assert_eq!(world.announced().await, [told("Grace", "2027-03-03", None)]);
    world.prefer("Pacific/Honolulu").await;
    world.catch_up().await;
    assert_eq!(world.due_at().await, "2027-03-04T10:00:00.000Z");
    world.at("2027-03-04T10:00:00Z");
    world.catch_up().await;
    assert_eq!(world.announced().await.len(), 1);
}
