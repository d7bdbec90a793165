//! Imports against a real store, step by step.

mod ahead;
mod world;

use super::*;
use crate::{
    domain::{Contact, export, import::Dates},
    storage::{contacts, export as exports, groups, photos::extraction},
};
use futures_util::{StreamExt, stream};
use ports::{
    Store, Tenant,
    store::{Query, Read},
};
use proptest::prelude::*;
use std::{fmt::Write as _, sync::Arc};
use world::World;

fn card(number: usize) -> String {
    format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:urn:uuid:{number}\r\nN:Family{number};Given;;;\r\nFN:Given Family{number}\r\n\
         TEL;TYPE=WORK:+49 30 {:07}\r\nEMAIL:given{number}@example.com\r\nEND:VCARD\r\n",
        1_000_000 + number
    )
}

fn cards(count: usize) -> String {
    (0..count).map(card).collect()
}

#[tokio::test]
async fn two_thousand_cards_are_taken_in_once() {
    let world = World::new();
    let file = cards(2_000);
    let first = world
        .import_with(Form::Cards, file.as_bytes(), Options::default())
        .await;
    assert_eq!(first.job.state, State::Succeeded, "{:?}", first.job.errors);
    assert_eq!((first.job.done, first.job.total), (2_000, 2_000));
    assert_eq!(first.job.steps, ["2000 created"]);
    assert!(first.commits <= 2_000 / 15, "{} commits", first.commits);
    let before = world.contacts().await;
    assert_eq!(before.len(), 2_000);
    let export = world.export(export::Form::Json).await;
    let told: Vec<serde_json::Value> = serde_json::from_str(&export).unwrap();
    let views: Vec<_> = before.iter().map(Contact::view).collect();
    assert_eq!(told, views);

    let again = world
        .import_with(Form::Cards, file.as_bytes(), Options::default())
        .await;
    assert_eq!(again.job.steps, ["2000 unchanged"]);
    assert_eq!(world.contacts().await, before);
    assert!(again.commits < 20, "{} commits", again.commits);
}

#[tokio::test]
async fn a_step_that_runs_twice_has_one_effect() {
    let world = World::new();
    let (job, _) = world
        .begin(Form::Cards, cards(120).as_bytes(), Options::default())
        .await;
    let key = keys::import(&job);
    let mut steps = 0;
    while let Some(item) = world.get(&key).await {
        // One process dies before its commit, two others come to the same item.
        drop(
            resume(&world.ahead, &world.invocation, &item.value, None)
                .await
                .unwrap(),
        );
        let mut both = Vec::new();
        for _ in 0..2 {
            let outcome = resume(&world.ahead, &world.invocation, &item.value, None)
                .await
                .unwrap();
            let mut batch = outcome.batch;
            batch.expect(key.clone(), Some(item.version));
            both.push(world.commit(batch).await);
        }
        assert!(both[0].is_ok());
        assert_eq!(both[1].as_ref().unwrap_err().kind(), ports::Kind::Conflict);
        steps += 1;
    }
    assert!(steps > 3, "{steps} steps");
    assert_eq!(world.job(&job).await.done, 120);
    assert_eq!(world.contacts().await.len(), 120);
    assert_eq!(world.events().await, 120);
}

#[tokio::test]
async fn progress_shows_between_steps() {
    let world = World::new();
    let (job, _) = world
        .begin(Form::Cards, cards(500).as_bytes(), Options::default())
        .await;
    assert_eq!(world.job(&job).await.state, State::Queued);
    assert!(world.fire(&job).await);
    let running = world.job(&job).await;
    assert_eq!(running.state, State::Running);
    assert!(running.done > 0 && running.done < 100);
    assert!((450..=550).contains(&running.total), "{}", running.total);
}

#[tokio::test]
async fn what_is_wrong_is_told_and_the_rest_taken() {
    let world = World::new();
    let csv = "name.given,phones.0.number\r\nAda,+44 20 7946 0018\r\nEva,nonsense\r\n,\r\nZoe,030 123456\r\nIda,\r\n";
    let job = world.import(Form::Csv, csv).await;
    assert_eq!((job.state, job.done, job.total), (State::Succeeded, 2, 4));
    let told: Vec<_> = job
        .errors
        .iter()
        .map(|e| (e.index, e.detail.as_str()))
        .collect();
    assert_eq!(
        told[0],
        (1, "line 3: #/phones/0/number: is no phone number")
    );
    assert_eq!(told[1].0, 2);
    assert!(
        told[1]
            .1
            .starts_with("line 5: #/phones/0/number: needs a country")
    );

    let json = r#"[{"name": {"given": "Bob"}, "colour": "red"},
{"emails": [{"address": "x"}]}, 7, {"name": {"given": "Kim"}}]"#;
    let job = world.import(Form::Json, json).await;
    assert_eq!((job.done, job.total), (1, 4));
    let told: Vec<_> = job
        .errors
        .iter()
        .map(|e| (e.index, e.detail.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (0, "line 1: #/colour: is not a known field"),
            (1, "line 2: #/emails/0/address: is no e-mail address"),
            (2, "line 2: #: must be an object, not a number"),
        ]
    );

    let broken = format!(
        "{}BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\njunk\r\n{}",
        card(1),
        card(2)
    );
    let job = world.import(Form::Cards, &broken).await;
    assert_eq!((job.done, job.total), (2, 4), "{:?}", job.errors);
    assert_eq!(job.errors[0].detail, "line 9: the card has no VERSION");
    assert_eq!(job.errors[1].detail, "line 12: text outside of any card");
}

#[tokio::test]
async fn files_that_are_none_fail() {
    let world = World::new();
    for (form, file) in [
        (Form::Csv, ""),
        (Form::Csv, "colour,shoe size\r\nred,42\r\n"),
        (Form::Json, "{}"),
        (Form::Cards, "hello"),
    ] {
        let job = world.import(form, file).await;
        assert_eq!((job.state, job.done), (State::Failed, 0), "{file}");
        assert_eq!(job.errors.len(), 1);
    }
    let job = world.import(Form::Json, "[]").await;
    assert_eq!((job.state, job.total), (State::Succeeded, 0));
}

#[tokio::test]
async fn groups_alone_are_a_success() {
    let world = World::new();
    let group =
        "BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\nUID:choir\r\nFN:Choir\r\nEND:VCARD\r\n";
    let job = world.import(Form::Cards, &format!("{group}junk\r\n")).await;
    assert_eq!((job.state, job.errors.len()), (State::Succeeded, 1));
    assert_eq!((job.done, job.total), (0, 2));
    assert_eq!(job.steps, ["1 as groups", "1 refused"]);
}

#[tokio::test]
async fn cards_keep_odd_numbers_and_tell_of_them() {
    let world = World::new();
    let file = "BEGIN:VCARD\r\nVERSION:2.1\r\nN:;Voicemail\r\nTEL;CELL:*100#\r\nEND:VCARD\r\n";
    let job = world.import(Form::Cards, file).await;
    assert_eq!(job.done, 1);
    assert!(
        job.notes[0].detail.contains("#/phones/0/number"),
        "{:?}",
        job.notes
    );
    let all = world.contacts().await;
    assert_eq!(all[0].fields.phones[0].number, "*100#");
}

#[tokio::test]
async fn another_content_is_another_version_and_the_bin_gives_back() {
    let world = World::new();
    world.import(Form::Cards, &card(1)).await;
    let changed = card(1).replace("Given Family1", "Somebody Else");
    let job = world.import(Form::Cards, &changed).await;
    assert_eq!(job.steps, ["1 updated"]);
    let contact = world.contacts().await.remove(0);
    assert_eq!(
        (contact.version, contact.fields.display().as_str()),
        (2, "Somebody Else")
    );

    let found = contacts::find(&world.invocation, &contact.id)
        .await
        .unwrap()
        .unwrap();
    let batch = contacts::bin(&world.invocation, &found).await.unwrap();
    world.commit(batch).await.unwrap();
    let job = world.import(Form::Cards, &changed).await;
    assert_eq!(job.steps, ["1 restored"]);
    assert_eq!(world.contacts().await[0].id, contact.id);
}

#[tokio::test]
async fn what_was_edited_here_stays_when_the_same_file_comes() {
    let world = World::new();
    world.import(Form::Cards, &cards(3)).await;
    let id = world.contacts().await[0].id.clone();
    let found = contacts::find(&world.invocation, &id)
        .await
        .unwrap()
        .unwrap();
    let mut after = found.contact.next(world.invocation.now);
    after.fields.nickname = Some("Nick".to_owned());
    let changed = vec!["nickname".to_owned()];
    let batch = contacts::update(&world.invocation, &found, &after, changed)
        .await
        .unwrap();
    world.commit(batch).await.unwrap();
    let job = world.import(Form::Cards, &cards(3)).await;
    assert_eq!(job.steps, ["3 unchanged"]);
    let kept = world
        .contacts()
        .await
        .into_iter()
        .find(|c| c.id == id)
        .unwrap();
    assert_eq!((kept.version, kept.fields), (2, after.fields));
}

#[tokio::test]
async fn the_same_contact_twice_in_a_file_is_one() {
    let world = World::new();
    let other = card(1).replace("Given Family1", "Later");
    let file = format!("{}{}{other}{}", card(1), card(1), card(2));
    let job = world.import(Form::Cards, &file).await;
    assert_eq!(job.steps, ["2 created", "1 updated", "1 unchanged"]);
    assert_eq!(world.contacts().await.len(), 2);
}

#[tokio::test]
async fn a_known_contact_twice_in_a_file_ends_as_its_last_card_says() {
    let world = World::new();
    world.import(Form::Cards, &card(1)).await;
    let before = world.contacts().await.remove(0);
    let other = card(1).replace("Given Family1", "Later");
    let job = world.import(Form::Cards, &(other + &card(1))).await;
    assert_eq!(job.steps, ["2 updated"]);
    let after = world.contacts().await.remove(0);
    assert_eq!(after.fields, before.fields);
}

#[tokio::test]
async fn groups_are_found_or_made_by_name() {
    let world = World::new();
    let group = crate::domain::Group::new("Friends".to_owned(), None, world.invocation.now);
    let batch = groups::create(&world.invocation, &group).unwrap();
    world.commit(batch).await.unwrap();
    let csv = "name.given,groups\r\nAda,\"Friends\nChess\"\r\nEva,Chess\r\n";
    assert_eq!(world.import(Form::Csv, csv).await.done, 2);
    let all = world.contacts().await;
    let ada = all.iter().find(|c| c.fields.display() == "Ada").unwrap();
    let eva = all.iter().find(|c| c.fields.display() == "Eva").unwrap();
    assert!(ada.groups.contains(&group.id) && ada.groups.is_superset(&eva.groups));
    assert_eq!((ada.groups.len(), eva.groups.len()), (2, 1));
}

#[tokio::test]
async fn every_export_comes_back_elsewhere() {
    let world = World::new();
    let mut csv = "name.given,name.family,phones.0.number,groups,custom.locker\r\n".to_owned();
    for number in 0..300 {
        let _ = write!(
            csv,
            "Ada {number},Lovelace,030 {:07},Chess,{number}\r\n",
            1_000_000 + number
        );
    }
    let options = Options {
        region: Some("DE".to_owned()),
        ..Options::default()
    };
    let imported = world
        .import_with(Form::Csv, csv.as_bytes(), options.clone())
        .await;
    assert_eq!(imported.job.done, 300, "{:?}", imported.job.errors);
    let expected = world.documents().await;
    for (out, back) in [
        (export::Form::Json, Form::Json),
        (export::Form::Csv(contact_csv::Form::Own), Form::Csv),
        (export::Form::Cards(vcard::Target::V3_0), Form::Cards),
        (export::Form::Cards(vcard::Target::V4_0), Form::Cards),
    ] {
        let file = world.export(out).await;
        let other = World::new().neighbour();
        // A card does not say what a number means.
        let wanted = if back == Form::Cards {
            options.clone()
        } else {
            Options::default()
        };
        let imported = other.import_with(back, file.as_bytes(), wanted).await;
        let groups = (back == Form::Cards).then_some("1 as groups");
        let steps = |counts: &'static str| [counts].into_iter().chain(groups).collect::<Vec<_>>();
        assert_eq!(
            imported.job.steps,
            steps("300 created"),
            "{out:?}: {:?}",
            imported.job.errors
        );
        let there = other.documents().await;
        assert_eq!(there, expected, "{out:?}");
        let imported = world
            .import_with(
                back,
                file.as_bytes(),
                Options {
                    dates: Dates::DayFirst,
                    ..Options::default()
                },
            )
            .await;
        assert_eq!(imported.job.steps, steps("300 unchanged"), "{out:?}");
    }
}

#[tokio::test]
async fn cards_come_back_byte_for_byte() {
    const ADA: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:ada\r\nFN:Ada Lovelace\r\nN:Lovelace;Ada;;;\r\n\
        item1.X-COLOUR;x-shade=dark:mauve\r\nEND:VCARD\r\n";
    const BOB: &str = "BEGIN:VCARD\nVERSION:3.0\nfn:Bob\nuid:bob\nX-EMPTY:\nEND:VCARD\n";
    let world = World::new();
    let file = format!("{ADA}{BOB}");
    let job = world.import(Form::Cards, &file).await;
    assert_eq!((job.done, job.errors.len()), (2, 0));
    let sorted = |file: &str| {
        let mut cards: Vec<_> = file
            .split_inclusive("END:VCARD")
            .map(str::trim)
            .map(str::to_owned)
            .collect();
        cards.sort();
        cards
    };
    let form = export::Form::Cards(vcard::Target::V3_0);
    assert_eq!(sorted(&world.export(form).await), sorted(&file));
    // What only the card says is a change too.
    let other = file.replace("mauve", "teal");
    world.import(Form::Cards, &other).await;
    assert_eq!(sorted(&world.export(form).await), sorted(&other));
    // An edit of the contact is one of its card's lines.
    let ada = world
        .contacts()
        .await
        .into_iter()
        .find(|one| one.names.uid.as_deref() == Some("ada"));
    let found = contacts::find(&world.invocation, &ada.unwrap().id)
        .await
        .unwrap()
        .unwrap();
    let mut after = found.contact.next(world.invocation.now);
    after.fields.nickname = Some("Countess".into());
    let changed = after.changed_from(&found.contact);
    let edit = contacts::update(&world.invocation, &found, &after, changed)
        .await
        .unwrap();
    world.commit(edit).await.unwrap();
    let edited = world.export(form).await;
    assert!(
        edited.contains("item1.X-COLOUR;x-shade=dark:teal\r\n")
            && edited.contains("NICKNAME:Countess")
    );
}

#[tokio::test]
async fn pictures_in_cards_become_photos() {
    const PHOTO: &str = "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4CBhIHBpY3R1cmU=";
    let world = World::new();
    let file = |colour: &str, photo: &str| {
        format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:ada\r\nFN:Ada\r\nX-C:{colour}\r\n{photo}END:VCARD\r\n"
        )
    };
    let with = format!("{PHOTO}\r\n");
    world.import(Form::Cards, &file("teal", &with)).await;
    let contact = world.contacts().await.remove(0);
    let pending = contact.pending.expect("a photo in hand");
    assert!(contact.card_photo.is_some());
    let item = world.get(&keys::extraction(&pending.image_id)).await;
    assert!(item.unwrap().due_at.is_some());
    // The same picture again is no new one, and a file without one takes none away.
    for photo in [with.as_str(), ""] {
        world.import(Form::Cards, &file("mauve", photo)).await;
        let again = world.contacts().await.remove(0);
        assert_eq!(again.pending.as_ref(), Some(&pending), "{photo}");
    }
    world
        .import(Form::Cards, &file("mauve", &with.replace("BhIH", "BiIH")))
        .await;
    let other = world.contacts().await.remove(0).pending.unwrap();
    assert_ne!(other, pending);
    assert_eq!(world.jobs().await, ["contacts.import"; 4]);
}

#[tokio::test]
async fn nobody_waits_for_a_picture_that_the_file_takes_back() {
    let world = World::new();
    let card = |more: &str| {
        format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:ada\r\nFN:Ada\r\n{more}END:VCARD\r\n")
    };
    let with = card("PHOTO;ENCODING=b;TYPE=JPEG:/9j/4CBhIHBpY3R1cmU=\r\n");
    world.import(Form::Cards, &(with + &card(""))).await;
    let contact = world.contacts().await.remove(0);
    let pending = contact.pending.expect("a photo in hand");
    let key = keys::extraction(&pending.image_id);
    while let Some(item) = world.get(&key).await {
        let step = extraction::resume(&world.invocation, &pending.image_id, &item.value).await;
        world.commit(step.unwrap()).await.unwrap();
    }
    assert_eq!(world.contacts().await.remove(0).pending, None);
}

#[tokio::test]
async fn cards_that_name_nobody_come_back_as_the_same_contacts() {
    let world = World::new();
    let file = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nTEL:*100#\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nVERSION:2.1\r\nN:Bob\r\nUID:\r\nTEL;CELL:030 1\r\nX-COLOUR:mauve\r\nEND:VCARD\r\n\
        BEGIN:VCARD\nVERSION:2.1\nUID:eva\nN;ENCODING=QUOTED-PRINTABLE:=45va\nEND:VCARD";
    world.import(Form::Cards, file).await;
    let before = world.contacts().await;
    let forms = [vcard::Target::V3_0, vcard::Target::V4_0].map(export::Form::Cards);
    for form in forms.into_iter().chain([export::Form::Json]) {
        let exported = world.export(form).await;
        let back = match form {
            export::Form::Json => Form::Json,
            _ => Form::Cards,
        };
        let job = world.import(back, &exported).await;
        assert_eq!(job.steps, ["3 unchanged"], "{exported}");
        assert_eq!(world.contacts().await, before);
    }
    // The id is the name of a card that has none, so that an edited one is known again.
    let exported = world
        .export(forms[0])
        .await
        .replace("FN:Ada", "FN:Ada King");
    let job = world.import(Form::Cards, &exported).await;
    assert_eq!(job.steps, ["1 updated", "2 unchanged"]);
    assert_eq!(world.contacts().await.len(), 3);
}

#[tokio::test]
async fn line_breaks_of_another_kind_are_no_change() {
    let world = World::new();
    let csv = "name.given,notes,phones.0.number\r\nAda,\"one\r\ntwo\",030 1234567\r\n";
    let lenient = |region: &str| Options {
        region: (!region.is_empty()).then(|| region.to_owned()),
        lenient: true,
        ..Options::default()
    };
    world
        .import_with(Form::Csv, csv.as_bytes(), lenient(""))
        .await;
    let exported = world.export(export::Form::Cards(vcard::Target::V3_0)).await;
    let imported = world
        .import_with(Form::Cards, exported.as_bytes(), lenient(""))
        .await;
    assert_eq!(imported.job.steps, ["1 unchanged"]);
    // What a number means is one.
    let imported = world
        .import_with(Form::Cards, exported.as_bytes(), lenient("DE"))
        .await;
    assert_eq!(imported.job.steps, ["1 updated"]);
    let ada = world.contacts().await.remove(0);
    assert_eq!(ada.fields.notes.as_deref(), Some("one\r\ntwo"));
    assert_eq!(
        ada.fields.phones[0].e164.as_ref().unwrap().to_string(),
        "+49301234567"
    );
}

#[tokio::test]
async fn the_first_birthday_starts_the_reminders() {
    let world = World::new();
    let card = |more: &str| format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada{more}\r\nEND:VCARD\r\n");
    world.import(Form::Cards, &card("")).await;
    assert!(world.get(keys::DAILY).await.is_none());
    world
        .import(Form::Cards, &card("\r\nBDAY:1815-12-10"))
        .await;
    assert!(world.get(keys::DAILY).await.is_some());
}

#[tokio::test]
async fn an_export_of_nothing_is_a_file() {
    let world = World::new();
    assert_eq!(
        world
            .export(export::Form::Json)
            .await
            .split_whitespace()
            .collect::<String>(),
        "[]"
    );
    assert_eq!(
        world.export(export::Form::Cards(vcard::Target::V3_0)).await,
        ""
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_bytes_end_in_a_final_job(
        files in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..300),
                "\\[?(\\{\"(name|phones|id|groups)\": ?(\"x\"|\\[\\]|7|\\{\"given\": \"a\"\\})\\},?){0,4}\\]?".prop_map(String::into_bytes),
                "(BEGIN:VCARD\r\n(VERSION:3.0\r\n)?(FN:[a-z]{0,3}\r\n|UID:[ab]\r\n|TEL:[0-9+]{0,5}\r\n){0,3}(END:VCARD\r\n)?){0,4}".prop_map(String::into_bytes),
                "(First Name|name.given|Phone 1 - Value),[a-z]{0,4}\r\n([a-z\"]{0,3},[0-9]{0,3}\r\n){0,4}".prop_map(String::into_bytes),
            ],
            1..4,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            for file in files {
                for form in [Form::Cards, Form::Csv, Form::Json] {
                    let job = world.import_with(form, &file, Options::default()).await.job;
                    assert_eq!(job.done + job.errors.len() as u64, job.total.max(job.errors.len() as u64));
                }
            }
        });
    }
}
