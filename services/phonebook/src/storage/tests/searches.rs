//! Searches for several words, along whichever word they go.

use super::{World, named};
use crate::domain::Fields;
use std::collections::BTreeSet;

const WORDS: [&str; 5] = ["ann", "annika", "bo", "carl", "c"];

/// One for each way to put three of the words, the last one as the employer's name, and many called Ann.
fn people() -> Vec<Fields> {
    let mut people = Vec::new();
    for (first, second) in WORDS.iter().flat_map(|a| WORDS.map(|b| (*a, b))) {
        for employer in WORDS {
            let mut fields = named(&format!("{first} {second}"));
            fields.organization.name = Some(employer.to_owned());
            people.push(fields);
        }
    }
    let number = |n: u8| format!("Ann {}x", char::from(b'd' + n % 20));
    people.extend((0..80).map(|n| named(&number(n))));
    people
}

fn words(fields: &Fields) -> Vec<String> {
    let texts = [&fields.name.given, &fields.organization.name];
    let all = texts.into_iter().flatten();
    all.flat_map(|text| {
        text.to_lowercase()
            .split(' ')
            .map(str::to_owned)
            .collect::<Vec<_>>()
    })
    .collect()
}

/// Display name of each contact that has words which begin so, sorted.
fn expected(people: &[Fields], query: &str) -> Vec<String> {
    let matches = |fields: &&Fields| {
        let words = words(fields);
        let mut wanted = query.split(' ');
        wanted.all(|wanted| words.iter().any(|word| word.starts_with(wanted)))
    };
    let mut names: Vec<String> = people.iter().filter(matches).map(Fields::display).collect();
    names.sort();
    names
}

#[tokio::test]
async fn every_contact_is_found_once_whatever_the_page() {
    let world = World::new();
    let people = people();
    for fields in &people {
        world.create_with(fields.clone()).await;
    }
    let pairs = WORDS.iter().flat_map(|a| WORDS.map(|b| format!("{a} {b}")));
    let queries: BTreeSet<String> = pairs
        .chain(
            [
                "ann bo carl",
                "c an b",
                "ann dx",
                "dx ann",
                "bo nobody",
                "ex",
            ]
            .map(str::to_owned),
        )
        .collect();
    for query in queries {
        let whole = world.list(&query, 500).await;
        for limit in [7, 40] {
            assert_eq!(world.list(&query, limit).await, whole, "{query} by {limit}");
        }
        let mut found = whole;
        found.sort();
        assert_eq!(found, expected(&people, &query), "{query}");
    }
}

#[tokio::test]
async fn names_that_begin_as_typed_come_first() {
    let world = World::new();
    for given in [
        "Maria Anna Bo",
        "Anna Cora Bo",
        "Bo Anna",
        "Anna Bock",
        "Anna Bo",
        "Boris Annabel",
    ] {
        world.create(given).await;
    }
    for limit in [1, 3, 50] {
        assert_eq!(
            world.list("anna bo", limit).await,
            [
                "Anna Bo",
                "Anna Bock",
                "Bo Anna",
                "Anna Cora Bo",
                "Maria Anna Bo",
                "Boris Annabel"
            ],
            "by {limit}"
        );
    }
}
