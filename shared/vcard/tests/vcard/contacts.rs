//! Cards as contacts, and contacts' edits as cards' edits.

use crate::corpus;
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value, json};
use vcard::{Card, Target, apply, create, document, normal};

fn value(text: &str) -> Value {
    document(&Card::parse(text.as_bytes()).unwrap()).value
}

fn notes(text: &str) -> Vec<String> {
    let card = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\n{text}\r\nEND:VCARD\r\n");
    let document = document(&Card::parse(card.as_bytes()).unwrap());
    document.notes.iter().map(ToString::to_string).collect()
}

#[test]
fn a_phone_s_card_as_a_contact() {
    assert_eq!(
        value(corpus::IOS),
        json!({
            "name": {"prefix": "Dr.", "given": "Jörg", "middle": "Karl Heinz", "family": "Müller", "suffix": "Jr.", "display": "Dr. Jörg Müller"},
            "nickname": "Jo",
            "organization": {"name": "Beispiel GmbH", "department": "Einkauf", "title": "Leiter"},
            "emails": [{"address": "jm@beispiel.example", "type": "work", "primary": true}, {"address": "alt@beispiel.example", "type": "other"}],
            "phones": [
                {"number": "+49 170 1234567", "type": "mobile", "primary": true},
                {"number": "+49 30 7654321", "label": "Ferienhaus"},
                {"number": "+49 30 1112223", "type": "fax"},
            ],
            "addresses": [{"street": "Hauptstr. 5\nHinterhaus", "city": "Berlin", "postal_code": "10115", "country": "Deutschland", "type": "home"}],
            "urls": ["https://beispiel.example/a,b"],
            "birthday": "--12-10", "anniversary": "2001-06-30",
            "notes": "Zeile 1\nZeile 2, mit Komma", "custom": {},
        })
    );
}

#[test]
fn other_cards_as_contacts() {
    assert_eq!(
        value(corpus::ANDROID),
        json!({
            "name": {"given": "Иван", "family": "Иванов"},
            "phones": [{"number": "+7 495 123-45-67", "type": "mobile", "primary": true}, {"number": "+7 495 765-43-21"}],
            "emails": [{"address": "ivan@example.com", "type": "home"}], "addresses": [], "urls": [],
            "notes": "one\ntwo; three", "custom": {},
        })
    );
    let groupware = value(corpus::GROUPWARE);
    assert_eq!(
        groupware["phones"][0],
        json!({"number": "+1-202-555-0100", "type": "mobile", "primary": true})
    );
    assert_eq!(groupware["phones"][1]["number"], "+1 202 555 0101,,9");
    assert_eq!(
        (&groupware["birthday"], &groupware["anniversary"]),
        (&json!("1906-12-09"), &json!("--06-15"))
    );
    assert_eq!(groupware["emails"][0].get("primary"), None);
    let office = value(corpus::OFFICE);
    assert_eq!(office["addresses"][0]["street"], "Große Straße 1\n2. Stock");
    assert_eq!(office["birthday"], Value::Null, "1970 was no leap year");
}

#[test]
fn what_does_not_fit_is_told() {
    assert_eq!(
        notes("BDAY:soon"),
        ["line 4: BDAY is no whole date, such as 1815-12-10 or --12-10"]
    );
    assert_eq!(
        notes("EMAIL:nobody"),
        ["line 4: EMAIL is no e-mail address"]
    );
    assert_eq!(
        notes(&format!("TEL:{}", "1".repeat(101))),
        ["line 4: TEL is longer than 100 characters"]
    );
    assert_eq!(
        notes("TITLE:a\r\nTITLE:b"),
        ["line 5: TITLE is not the first one"]
    );
    assert_eq!(
        notes("NOTE:a\u{7}b"),
        ["line 4: NOTE holds control characters"]
    );
    assert_eq!(
        notes("ADR:box;;street;;;;"),
        ["line 4: ADR has a post office box or an extended address"]
    );
    assert_eq!(
        notes(&"TEL:1\r\n".repeat(51)),
        ["line 54: TEL is one more than 50"]
    );
    assert_eq!(notes("not a line"), ["line 4:  is no property"]);
}

#[test]
fn documents_stay_within_a_contact_s_size() {
    let lines: String = (0..50)
        .map(|n| format!("X-SWITCHBOARD-CUSTOM:{n};{}\r\n", "😀".repeat(1_000)))
        .collect();
    let card = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\n{lines}END:VCARD\r\n");
    let document = document(&Card::parse(card.as_bytes()).unwrap());
    assert!(document.value.to_string().len() <= 192 << 10);
    assert_eq!(
        document.notes[0].reason,
        "makes the contact larger than 192 KiB"
    );
}

fn edit(text: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let card = Card::parse(text.as_bytes()).unwrap();
    let before = document(&card).value;
    let mut after = before.clone();
    change(&mut after);
    let edited = apply(&card, &before, &after).unwrap();
    assert_eq!(document(&edited).value, normal(&after).unwrap());
    let lines = |card: &Card| -> Vec<String> {
        let text = String::from_utf8(card.to_bytes().into_owned()).unwrap();
        text.lines().map(str::to_owned).collect()
    };
    let (old, new) = (lines(&card), lines(&edited));
    let gone = old
        .iter()
        .filter(|line| !new.contains(line))
        .map(|line| format!("-{line}"));
    let added = new
        .iter()
        .filter(|line| !old.contains(line))
        .map(|line| format!("+{line}"));
    gone.chain(added).collect()
}

#[test]
fn edits_are_minimal() {
    let changed = edit(corpus::IOS, |contact| {
        contact["phones"][1]["label"] = "Hütte".into();
    });
    assert_eq!(
        changed,
        ["-item2.X-ABLabel:Ferienhaus", "+item2.X-ABLabel:Hütte"]
            .map(str::to_owned)
            .as_slice()
    );
    let changed = edit(corpus::IOS, |contact| {
        contact["phones"][2]["type"] = "work".into();
    });
    assert_eq!(
        changed,
        [
            "-item3.TEL:+49 30 1112223",
            "-item3.X-ABLabel:_$!<HomeFAX>!$_",
            "+item3.TEL;TYPE=WORK:+49 30 1112223"
        ]
    );
    let changed = edit(corpus::IOS, |contact| {
        contact["phones"][0]["number"] = "+49 171 1".into();
    });
    assert_eq!(
        changed,
        [
            "-TEL;type=CELL;type=VOICE;type=pref:+49 170 1234567",
            "+TEL;TYPE=CELL,VOICE,pref:+49 171 1"
        ]
    );
    let changed = edit(corpus::IOS, |contact| {
        contact["name"]["given"] = "Georg".into();
    });
    assert_eq!(
        changed,
        [
            "-N:Müller;Jörg;Karl,Heinz;Dr.;Jr.",
            "+N:Müller;Georg;Karl,Heinz;Dr.;Jr."
        ]
    );
    let changed = edit(corpus::GROUPWARE, |contact| {
        contact["phones"][0]["number"] = "+1-202-555-0199".into();
    });
    assert_eq!(
        changed,
        [
            "-TEL;TYPE=\"cell,voice\";VALUE=uri;PREF=1:tel:+1-202-555-0100",
            "+TEL;TYPE=cell,voice;VALUE=uri;PREF=1:tel:+1-202-555-0199"
        ]
    );
    let changed = edit(corpus::WEB, |contact| {
        contact["addresses"][0]["city"] = "Shelbyville".into();
    });
    assert_eq!(
        changed,
        [
            "-ADR;TYPE=WORK:PO Box 7;Suite 4;1 Main St, Rear;Springfield;IL;62701;USA",
            "+ADR;TYPE=WORK:PO Box 7;Suite 4;1 Main St, Rear;Shelbyville;IL;62701;USA",
        ]
    );
    let changed = edit(corpus::IOS, |contact| {
        contact["birthday"] = "1970-01-02".into();
    });
    assert_eq!(
        changed,
        [
            "-BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-10",
            "+BDAY:1970-01-02"
        ]
    );
    let changed = edit(corpus::IOS, |contact| {
        contact["phones"].as_array_mut().unwrap().remove(1);
    });
    assert_eq!(
        changed,
        ["-item2.TEL:+49 30 7654321", "-item2.X-ABLabel:Ferienhaus"]
    );
    let changed = edit(corpus::IOS, |contact| {
        contact["phones"].as_array_mut().unwrap().swap(0, 1);
    });
    assert_eq!(changed, Vec::<String>::new(), "lines only move");
    let changed = edit(corpus::ROUTER, |contact| {
        contact["name"]["family"] = "Opa".into();
    });
    assert_eq!(changed, ["-N:Oma;;;;", "-FN:Oma", "+N:Opa;;;;", "+FN:Opa"]);
}

#[test]
fn labels_of_shared_groups_stay_with_the_others() {
    let card = "BEGIN:VCARD\nVERSION:3.0\nFN:x\ng.TEL:1\ng.TEL:2\ng.X-ABLabel:both\nEND:VCARD\n";
    edit(card, |contact| {
        contact["phones"][0]["label"] = "one".into();
    });
    edit(card, |contact| {
        contact["phones"][0]["label"] = Value::Null;
    });
    edit(card, |contact| {
        contact["phones"].as_array_mut().unwrap().remove(0);
    });
}

#[test]
fn labels_that_look_like_apple_s_own_are_texts() {
    let contact = json!({"phones": [{"number": "1", "label": "_$!<Mobile>!$_"}]});
    let card = create(&contact, Target::V3_0, "u", "20260102T030405Z").unwrap();
    assert_eq!(document(&card).value, normal(&contact).unwrap());
}

#[test]
fn new_cards_are_complete() {
    let contact = json!({
        "id": "con_1", "version": 3, "name": {"given": "Ada", "family": "Lovelace", "suffix": null},
        "phones": [{"number": "+44 20 7946 0018", "e164": "+442079460018", "type": "mobile", "label": "desk", "primary": true}],
        "emails": [{"address": "ada@example.com", "primary": false}], "birthday": "--12-10", "anniversary": "1835-07-08",
        "custom": {"key: with; all, \\ kinds\u{e4}": "and\r\na text"},
    });
    let four = create(&contact, Target::V4_0, "urn:uuid:1", "20260102T030405Z").unwrap();
    let text = String::from_utf8(four.to_bytes().into_owned()).unwrap();
    assert_eq!(
        text,
        "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:1\r\nREV:20260102T030405Z\r\nFN:Ada Lovelace\r\n\
        N:Lovelace;Ada;;;\r\nBDAY:--1210\r\nANNIVERSARY:18350708\r\nitem1.TEL;PREF=1;TYPE=cell:+44 20 7946 0018\r\n\
        item1.X-ABLabel:desk\r\nEMAIL:ada@example.com\r\n\
        X-SWITCHBOARD-CUSTOM:key: with\\; all\\, \\\\ kindsä;and\\na text\r\nEND:VCARD\r\n"
    );
    let three = create(&contact, Target::V3_0, "urn:uuid:1", "20260102T030405Z").unwrap();
    for card in [four, three] {
        assert_eq!(document(&card).value, normal(&contact).unwrap());
        assert!(document(&card).notes.is_empty());
    }
    assert!(create(&json!({"phones": 7}), Target::V3_0, "u", "r").is_err());
}

fn text(max: usize) -> impl Strategy<Value = String> {
    let any = vec(
        prop_oneof![
            6 => "[a-zA-Z0-9 ]", 2 => "[ -~]", 1 => "[\n\t\u{e4}\u{20ac}\u{1f600}]", 1 => select(vec![";", ",", "\\", "\\n", ":", "=", "\"", "^", "END:VCARD\n", "\r\n"]).prop_map(str::to_owned),
        ],
        1..max,
    );
    any.prop_map(|pieces| pieces.concat())
        .prop_filter("blank", |text| !text.trim().is_empty())
}

fn object(members: Vec<(&'static str, Option<Value>)>) -> Value {
    let present = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect::<Map<_, _>>())
}

fn words(max: usize) -> impl Strategy<Value = Option<Value>> {
    option::of(text(max).prop_map(Value::from))
}

fn one_of(words: &[&'static str]) -> impl Strategy<Value = Option<Value>> + use<> {
    option::of(select(words.to_vec()).prop_map(Value::from))
}

fn primary() -> impl Strategy<Value = Option<Value>> {
    option::of(any::<bool>().prop_map(Value::from))
}

fn phone() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        "\\+[0-9 ]{3,9}",
        select(vec!["1", "2", "3", "+49 170 1234567"]).prop_map(str::to_owned),
        text(20)
    ];
    let kind = one_of(&["mobile", "work", "home", "fax", "pager", "other"]);
    let label = option::of(
        prop_oneof![
            text(20),
            select(vec!["_$!<Mobile>!$_", "a", "Ferienhaus"]).prop_map(str::to_owned)
        ]
        .prop_map(Value::from),
    );
    (number, kind, label, primary()).prop_map(|(number, kind, label, primary)| {
        object(vec![
            ("number", Some(number.into())),
            ("type", kind),
            ("label", label),
            ("primary", primary),
        ])
    })
}

fn email() -> impl Strategy<Value = Value> {
    (
        select(vec!["a@example.com", "b,c@example.com", "d;e@x", "\"q\"@y"]),
        one_of(&["work", "home", "other"]),
        primary(),
    )
        .prop_map(|(address, kind, primary)| {
            object(vec![
                ("address", Some(address.into())),
                ("type", kind),
                ("primary", primary),
            ])
        })
}

fn place() -> impl Strategy<Value = Value> {
    (
        words(40),
        words(10),
        words(10),
        words(10),
        words(10),
        one_of(&["work", "home", "other"]),
    )
        .prop_map(|(street, city, region, code, country, kind)| {
            object(vec![
                ("street", street),
                ("city", city),
                ("region", region),
                ("postal_code", code),
                ("country", country),
                ("type", kind),
            ])
        })
}

fn name() -> impl Strategy<Value = Value> {
    (words(8), words(8), words(8), words(8), words(8), words(20)).prop_map(
        |(prefix, given, middle, family, suffix, display)| {
            object(vec![
                ("prefix", prefix),
                ("given", given),
                ("middle", middle),
                ("family", family),
                ("suffix", suffix),
                ("display", display),
            ])
        },
    )
}

fn company() -> impl Strategy<Value = Value> {
    (words(8), words(8), words(8)).prop_map(|(name, department, title)| {
        object(vec![
            ("name", name),
            ("department", department),
            ("title", title),
        ])
    })
}

fn day() -> impl Strategy<Value = Option<Value>> {
    one_of(&[
        "1815-12-10",
        "--02-29",
        "2000-02-29",
        "0001-01-01",
        "1604-12-10",
    ])
}

/// Such as the interface accepts.
fn names_somebody(contact: &Value) -> bool {
    let listed = |name: &str| !contact[name].as_array().unwrap().is_empty();
    let named = contact["name"]
        .as_object()
        .is_some_and(|name| !name.is_empty());
    named || contact["organization"].get("name").is_some() || listed("phones") || listed("emails")
}

fn contact() -> impl Strategy<Value = Value> {
    let lists = (
        vec(phone(), 0..5),
        vec(email(), 0..4),
        vec(place(), 0..3),
        vec(text(30), 0..3),
    );
    let custom = proptest::collection::btree_map("[ -~\u{e4}]{1,10}", "[ -~\n\u{e4}]{0,80}", 0..4);
    let some = (
        option::of(name()),
        option::of(company()),
        words(12),
        words(200),
        day(),
        day(),
    );
    (lists, custom, some)
        .prop_map(
            |(
                (phones, emails, addresses, urls),
                custom,
                (name, company, nickname, notes, birthday, anniversary),
            )| {
                object(vec![
                    ("phones", Some(phones.into())),
                    ("emails", Some(emails.into())),
                    ("addresses", Some(addresses.into())),
                    ("urls", Some(urls.into())),
                    ("custom", Some(json!(custom))),
                    ("name", name),
                    ("organization", company),
                    ("nickname", nickname),
                    ("notes", notes),
                    ("birthday", birthday),
                    ("anniversary", anniversary),
                ])
            },
        )
        .prop_filter("names nobody", names_somebody)
}

/// Cards with everything that a document reads, in all its odd forms.
fn any_card() -> impl Strategy<Value = Card> {
    let lines = vec![
        "FN:Some Body",
        "FN:",
        "N:Body;Some;A,B;;",
        "N:Body;Some",
        "NICKNAME:a,b",
        "NOTE:one",
        "NOTE:two",
        "ORG:Org;Dep;Sub",
        "ORG:Org",
        "TITLE:a",
        "TITLE:b",
        "TEL:1",
        "TEL;TYPE=home,fax:2",
        "TEL;TYPE=CELL;TYPE=pref:+49 170 1234567",
        "item1.TEL:3\r\nitem1.X-ABLabel:_$!<Mobile>!$_",
        "item2.TEL;TYPE=work:4\r\nitem2.X-ABLabel:Ferienhaus",
        "g.TEL:5\r\ng.EMAIL:g@x\r\ng.X-ABLabel:_$!<Work>!$_",
        "TEL;VALUE=uri;PREF=1:tel:+1-5",
        "EMAIL;TYPE=INTERNET,WORK;X-KEEP=1:a@example.com",
        "EMAIL:nobody",
        "EMAIL:d\\;e@x",
        "ADR;TYPE=home:box;;Street\\, 1;City;;;",
        "ADR:box;;;;;;",
        "item3.ADR:;;S;C;R;P;L\r\nitem3.X-ABADR:de\r\nitem3.X-ABLabel:_$!<Home>!$_",
        "URL:http://a/b,c",
        "URL;VALUE=uri:x",
        "BDAY:1815-12-10",
        "BDAY;VALUE=text:soon",
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-10",
        "ANNIVERSARY:20000229",
        "X-ANNIVERSARY:2000-02-28",
        "item9.X-ABDATE:2001-01-01\r\nitem9.X-ABLabel:_$!<Anniversary>!$_",
        "X-SWITCHBOARD-CUSTOM:a;b",
        "X-SWITCHBOARD-CUSTOM:a;c",
        "X-SWITCHBOARD-CUSTOM:",
        "X-OTHER;A=b:c\r\n d",
        "NOTE;ENCODING=QUOTED-PRINTABLE:a=\r\nb=3Bc",
        "PHOTO;ENCODING=b:AAEC\r\n",
        "TEL;ENCODING=QUOTED-PRINTABLE:open=\r\n",
        "no property",
        "CATEGORIES:a,b",
    ];
    (vec(select(lines), 0..14), select(vec!["2.1", "3.0", "4.0"])).prop_map(|(lines, version)| {
        let body: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        Card::parse(format!("BEGIN:VCARD\r\nVERSION:{version}\r\n{body}END:VCARD\r\n").as_bytes())
            .unwrap()
    })
}

/// What a contact has nothing to do with, byte for byte.
fn foreign(card: &Card) -> Vec<(String, Vec<u8>)> {
    let foreign = ["X-OTHER", "PHOTO", "CATEGORIES", "VERSION", "REV", "UID"];
    card.properties()
        .filter(|p| foreign.contains(&p.name()))
        .map(|p| (p.name().to_owned(), p.raw_value().to_vec()))
        .collect()
}

proptest! {
    #[test]
    fn a_card_says_what_was_applied(card in any_card(), contact in contact()) {
        let before = document(&card).value;
        let after = normal(&contact).unwrap();
        let edited = apply(&card, &before, &contact).unwrap();
        prop_assert_eq!(&document(&edited).value, &after);
        prop_assert_eq!(&Card::parse(&edited.to_bytes()).unwrap(), &edited);
        prop_assert_eq!(foreign(&edited), foreign(&card));
        let again = apply(&edited, &after, &after).unwrap();
        prop_assert_eq!(&again, &edited, "nothing changed");
        if names_somebody(&before) {
            let back = apply(&edited, &after, &before).unwrap();
            prop_assert_eq!(document(&back).value, before);
        }
    }

    #[test]
    fn one_field_touches_its_lines_alone(card in any_card(), contact in contact(), field in select(vec!["nickname", "notes", "birthday", "urls", "custom"])) {
        let before = document(&card).value;
        let mut after = before.clone();
        after[field] = normal(&contact).unwrap()[field].clone();
        let edited = apply(&card, &before, &after).unwrap();
        let names: &[&str] = match field {
            "nickname" => &["NICKNAME", "FN"],
            "notes" => &["NOTE"],
            "birthday" => &["BDAY"],
            "urls" => &["URL"],
            _ => &["X-SWITCHBOARD-CUSTOM"],
        };
        let others = |card: &Card| -> Vec<Vec<u8>> {
            card.properties().filter(|p| !names.contains(&p.name())).map(|p| p.raw_value().to_vec()).collect()
        };
        prop_assert_eq!(others(&edited), others(&card));
    }

    #[test]
    fn new_cards_say_what_the_contact_says(contact in contact(), four in any::<bool>()) {
        let target = if four { Target::V4_0 } else { Target::V3_0 };
        let card = create(&contact, target, "urn:uuid:1", "20260102T030405Z").unwrap();
        prop_assert_eq!(document(&card).value, normal(&contact).unwrap());
    }
}
