use super::*;
use ports::Timestamp;
use proptest::prelude::*;
use work::Step;

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn text(card: &Card) -> String {
    String::from_utf8(card.to_bytes().into_owned()).unwrap()
}

fn all_listed(card: &Card, listings: &[Listing]) -> Card {
    listed(card, listings, &HashSet::new())
}

fn friends() -> (Contact, Card) {
    let group = Group::new("Friends".into(), None, Timestamp::from_millis(0));
    let contact = contact(&group);
    let card = made(&contact).unwrap();
    (contact, card)
}

#[test]
fn a_made_card_is_as_apple_writes_it() {
    let (contact, card) = friends();
    let id = &contact.id;
    let expected = format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{id}\r\nREV:19700101T000000Z\r\nFN:Friends\r\nN:Friends;;;;\r\n\
         X-ADDRESSBOOKSERVER-KIND:group\r\nEND:VCARD\r\n"
    );
    assert_eq!(text(&card), expected);
    assert_eq!(card.kind(), vcard::Kind::Group);
}

#[test]
fn a_new_name_stands_where_the_old_one_was() {
    let (contact, card) = friends();
    let renamed = renamed(&contact.fields, "Crew");
    let edited = vcard::apply(&card, &contact.fields.document(), &renamed.document()).unwrap();
    assert_eq!(text(&edited), text(&card).replace("Friends", "Crew"));
    assert_eq!(name(&renamed), "Crew");
}

#[test]
fn members_are_known_with_and_without_their_scheme() {
    for (uri, id) in [
        ("urn:uuid:A-1", "A-1"),
        (" URN:UUID:A-1 ", "A-1"),
        ("A-1", "A-1"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("urn:uuid:", ""),
        ("urn:uuid: A-1", "A-1"),
        ("urn:uuid:URN:uuid: urn:uuid:A-1", "A-1"),
        ("ü", "ü"),
    ] {
        assert_eq!(member_id(uri), id);
    }
}

#[test]
fn listings_change_only_what_is_not_so() {
    let (_, card) = friends();
    let listing = |id: &str, uid: &str, is_member: bool| Listing {
        id: id.to_owned(),
        known_as: uid.to_owned(),
        member: is_member.then(|| uid.to_owned()),
    };
    let both = [
        listing("con_1", "a", true),
        listing("con_2", "urn:uuid:b", true),
    ];
    let full = all_listed(&card, &both);
    assert_eq!(members(&full), ["a", "b"]);
    assert_eq!(all_listed(&full, &both), full);
    let one = all_listed(
        &full,
        &[listing("con_1", "a", false), listing("con_3", "c", false)],
    );
    assert_eq!(members(&one), ["b"]);
    let renamed = Listing {
        member: Some("d".to_owned()),
        ..listing("con_1", "a", true)
    };
    assert_eq!(
        members(&all_listed(&full, std::slice::from_ref(&renamed))),
        ["b", "d"]
    );
    let others = HashSet::from(["a".to_owned()]);
    let kept = listed(&full, &[renamed], &others);
    assert_eq!(members(&kept), ["a", "b", "d"]);
    let by_id = all_listed(&card, &[listing("con_1", "con_1", true)]);
    let one = all_listed(&by_id, &[listing("con_1", "a", true)]);
    assert_eq!(members(&one), ["a"]);
    let swapped = [listing("con_1", "a", false), listing("con_5", "a", true)];
    assert_eq!(members(&all_listed(&full, &swapped)), ["a", "b"]);
    let namesakes = [
        listing("con_1", "c", true),
        listing("con_2", "urn:uuid:c", true),
    ];
    assert_eq!(all_listed(&card, &namesakes).members().count(), 1);
    let long = "x".repeat(card::MAX_CARD_BYTES);
    let more = [
        listing("con_2", "urn:uuid:b", false),
        listing("con_4", &long, true),
    ];
    assert_eq!(members(&all_listed(&full, &more)), ["a"]);
    let many: Vec<_> = (0..20_000)
        .map(|n| listing(&n.to_string(), &format!("{n:036}"), true))
        .collect();
    let full = all_listed(&card, &many);
    assert!(card::fits(&full.to_bytes()) && Card::parse(&full.to_bytes()).is_ok());
    assert!(members(&full).len() > 6_000);
}

#[test]
fn what_was_not_done_yet_is_still_to_do() {
    let before = texts(&["a", "b", "c"]);
    let unfinished = Work {
        join: [1, 2].into(),
        leave: texts(&["x", "d"]).into(),
    };
    let work = work(&before, &texts(&["d", "b"]), &unfinished);
    assert_eq!(work.join, [0, 1]);
    assert_eq!(work.leave, ["a", "c", "x"]);
}

proptest! {
    #[test]
    fn work_leads_from_one_list_to_the_other(before in list(), after in list(), pace in 1..5_usize) {
        let mut work = work(&before, &after, &Work::default());
        let mut now: HashSet<String> = before.into_iter().collect();
        while !work.is_empty() {
            let steps = work.next(&after, pace);
            let count = steps.len();
            for Step { member, joins } in steps {
                prop_assert_eq!(if joins { now.insert(member.to_owned()) } else { now.remove(member) }, true);
            }
            work.done(count);
        }
        prop_assert_eq!(now, after.into_iter().collect::<HashSet<_>>());
    }

    #[test]
    fn any_members_are_read(lines in proptest::collection::vec("(urn:uuid:| ){0,3}[ -~]{0,30}", 0..6)) {
        let lines: String = lines.iter().map(|line| format!("MEMBER:{line}\r\n")).collect();
        let text = format!("BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\n{lines}END:VCARD\r\n");
        let read = members(&Card::parse(text.as_bytes()).unwrap());
        prop_assert!(read.iter().all(|member| !member.is_empty() && member_id(member) == member));
    }
}

prop_compose! {
    fn list()(all in proptest::collection::btree_set("[a-f]", 0..6)) -> Vec<String> {
        all.into_iter().collect()
    }
}
