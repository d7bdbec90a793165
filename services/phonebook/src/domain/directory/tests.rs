//! Documents against the shapes that the vendors describe, and read back.

use super::*;
use crate::domain::{E164, Name, Phone};
use proptest::prelude::*;
use quick_xml::{Reader, events::Event, reader::Config};

const VENDORS: [Vendor; 4] = [
    Vendor::Yealink,
    Vendor::Cisco,
    Vendor::Snom,
    Vendor::Grandstream,
];

fn phone(number: &str, kind: &str) -> Phone {
    Phone {
        number: number.into(),
        e164: E164::parse(number, None).ok(),
        kind: Some(kind.into()),
        label: None,
        primary: None,
    }
}

fn contacts() -> Vec<Fields> {
    let ada = Fields {
        name: Name {
            given: Some("Ada".into()),
            family: Some("Lovelace".into()),
            ..Name::default()
        },
        phones: vec![
            phone("+44 20 7946 0018", "work"),
            phone("+44 20 7946 0019", "fax"),
            phone("+44 7700 900123", "mobile"),
        ],
        ..Fields::default()
    };
    let unreachable = Fields {
        nickname: Some("Nobody".into()),
        ..Fields::default()
    };
    let mut shop = unreachable.clone();
    shop.nickname = Some("Müller & <Söhne>".into());
    shop.phones = vec![phone("*72", "other")];
    vec![ada, unreachable, shop]
}

fn rendered(vendor: Vendor, page: usize, more: bool) -> String {
    let base = Base::of(Some("pbx.example"), Some("https"));
    let links = Links::new(&base, vendor, Some("a b"), page, more);
    let entries: Vec<Entry> = contacts().iter().flat_map(|c| vendor.entries(c)).collect();
    vendor.render(&entries, &links)
}

/// The document as the tests write it: indented, without its declaration.
fn assert_document(document: &str, expected: &str) {
    let body = document
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        .unwrap();
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().map(|line| line.trim().to_owned());
        lines.filter(|line| !line.is_empty()).collect()
    };
    assert_eq!(lines(body), lines(expected));
}

#[test]
fn yealink_has_all_numbers_in_one_entry() {
    assert_document(
        &rendered(Vendor::Yealink, 1, true),
        r#"
        <YealinkIPPhoneDirectory>
            <Title>Contacts</Title>
            <DirectoryEntry>
                <Name>Ada Lovelace</Name>
                <Telephone label="Work">+442079460018</Telephone>
                <Telephone label="Fax">+442079460019</Telephone>
                <Telephone label="Mobile">+447700900123</Telephone>
            </DirectoryEntry>
            <DirectoryEntry>
                <Name>Müller &amp; &lt;Söhne&gt;</Name>
                <Telephone label="Other">*72</Telephone>
            </DirectoryEntry>
            <MenuItem>
                <Name>More contacts</Name>
                <URL>https://pbx.example/v1/directory/yealink.xml?q=a%20b&amp;page=2</URL>
            </MenuItem>
        </YealinkIPPhoneDirectory>"#,
    );
}

#[test]
fn cisco_has_an_entry_for_each_number_and_keys() {
    assert_document(
        &rendered(Vendor::Cisco, 2, true),
        "
        <CiscoIPPhoneDirectory>
            <Title>Contacts</Title>
            <Prompt>Page 2</Prompt>
            <DirectoryEntry>
                <Name>Ada Lovelace (Work)</Name>
                <Telephone>+442079460018</Telephone>
            </DirectoryEntry>
            <DirectoryEntry>
                <Name>Ada Lovelace (Fax)</Name>
                <Telephone>+442079460019</Telephone>
            </DirectoryEntry>
            <DirectoryEntry>
                <Name>Ada Lovelace (Mobile)</Name>
                <Telephone>+447700900123</Telephone>
            </DirectoryEntry>
            <DirectoryEntry>
                <Name>Müller &amp; &lt;Söhne&gt;</Name>
                <Telephone>*72</Telephone>
            </DirectoryEntry>
            <SoftKeyItem>
                <Name>Dial</Name>
                <URL>SoftKey:Dial</URL>
                <Position>1</Position>
            </SoftKeyItem>
            <SoftKeyItem>
                <Name>Next</Name>
                <URL>https://pbx.example/v1/directory/cisco.xml?q=a%20b&amp;page=3</URL>
                <Position>2</Position>
            </SoftKeyItem>
            <SoftKeyItem>
                <Name>Search</Name>
                <URL>https://pbx.example/v1/directory/cisco.xml?search=true</URL>
                <Position>3</Position>
            </SoftKeyItem>
            <SoftKeyItem>
                <Name>Previous</Name>
                <URL>https://pbx.example/v1/directory/cisco.xml?q=a%20b&amp;page=1</URL>
                <Position>4</Position>
            </SoftKeyItem>
            <SoftKeyItem>
                <Name>EditDial</Name>
                <URL>SoftKey:EditDial</URL>
                <Position>5</Position>
            </SoftKeyItem>
            <SoftKeyItem>
                <Name>Exit</Name>
                <URL>SoftKey:Exit</URL>
                <Position>6</Position>
            </SoftKeyItem>
        </CiscoIPPhoneDirectory>",
    );
}

#[test]
fn cisco_asks_what_to_search_for() {
    let links = Links::new(&Base::default(), Vendor::Cisco, None, 1, false);
    assert_document(
        &Vendor::Cisco.search_form(&links).unwrap(),
        "
        <CiscoIPPhoneInput>
            <Title>Contacts</Title>
            <Prompt>Name or number</Prompt>
            <URL>/v1/directory/cisco.xml</URL>
            <InputItem>
                <DisplayName>Search</DisplayName>
                <QueryStringParam>q</QueryStringParam>
                <DefaultValue></DefaultValue>
                <InputFlags>A</InputFlags>
            </InputItem>
        </CiscoIPPhoneInput>",
    );
}

#[test]
fn snom_has_an_entry_for_each_number_and_function_keys() {
    let links = Links::new(&Base::default(), Vendor::Snom, None, 2, true);
    let shop = Vendor::Snom.entries(&contacts()[2]);
    assert_document(
        &Vendor::Snom.render(&shop, &links),
        "
        <SnomIPPhoneDirectory>
            <Title>Contacts</Title>
            <Prompt>Dial</Prompt>
            <DirectoryEntry>
                <Name>Müller &amp; &lt;Söhne&gt;</Name>
                <Telephone>*72</Telephone>
            </DirectoryEntry>
            <SoftKeyItem>
                <Name>F1</Name>
                <Label>Search</Label>
                <URL>/v1/directory/snom.xml?search=true</URL>
            </SoftKeyItem>
            <SoftKeyItem>
                <Name>F2</Name>
                <Label>Previous</Label>
                <URL>/v1/directory/snom.xml?page=1</URL>
            </SoftKeyItem>
            <SoftKeyItem>
                <Name>F4</Name>
                <Label>Next</Label>
                <URL>/v1/directory/snom.xml?page=3</URL>
            </SoftKeyItem>
        </SnomIPPhoneDirectory>",
    );
}

#[test]
fn grandstream_has_one_number_of_each_type() {
    assert_document(
        &rendered(Vendor::Grandstream, 1, true),
        r#"
        <AddressBook>
            <version>1</version>
            <Contact>
                <FirstName>Ada</FirstName>
                <LastName>Lovelace</LastName>
                <Phone type="Work">
                    <phonenumber>+442079460018</phonenumber>
                    <accountindex>0</accountindex>
                </Phone>
                <Phone type="Mobile">
                    <phonenumber>+447700900123</phonenumber>
                    <accountindex>0</accountindex>
                </Phone>
            </Contact>
            <Contact>
                <FirstName>Ada</FirstName>
                <LastName>Lovelace</LastName>
                <Phone type="Work">
                    <phonenumber>+442079460019</phonenumber>
                    <accountindex>0</accountindex>
                </Phone>
            </Contact>
            <Contact>
                <FirstName></FirstName>
                <LastName>Müller &amp; &lt;Söhne&gt;</LastName>
                <Phone type="Work">
                    <phonenumber>*72</phonenumber>
                    <accountindex>0</accountindex>
                </Phone>
            </Contact>
        </AddressBook>"#,
    );
}

#[test]
fn a_search_without_a_find_says_so() {
    let links = Links::new(&Base::default(), Vendor::Cisco, Some("x"), 1, false);
    for vendor in [Vendor::Cisco, Vendor::Snom] {
        assert!(vendor.render(&[], &links).contains("No contacts found"));
    }
}

#[test]
fn pages_stay_within_what_phones_take() {
    assert_eq!(VENDORS.map(Vendor::last_page), [10, 312, 100, 5]);
    for vendor in VENDORS {
        assert_eq!(Vendor::parse(vendor.name()), Some(vendor));
    }
    assert_eq!(Vendor::parse("Cisco"), None);
}

/// The texts of all elements of that name, as a strict parser reads them.
fn texts(document: &str, name: &str) -> Vec<String> {
    let mut reader = Reader::from_str(document);
    let Config {
        check_end_names, ..
    } = reader.config();
    assert!(*check_end_names);
    let (mut found, mut path) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                for attribute in start.attributes() {
                    attribute.unwrap();
                }
                let element = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
                if element == name {
                    found.push(String::new());
                }
                path.push(element);
            }
            Event::End(_) => _ = path.pop(),
            Event::Text(text) if path.last().is_some_and(|open| open == name) => {
                found.last_mut().unwrap().push_str(&text.decode().unwrap());
            }
            Event::GeneralRef(entity) if path.last().is_some_and(|open| open == name) => {
                let name = entity.decode().unwrap();
                let text = quick_xml::escape::resolve_predefined_entity(&name).unwrap();
                found.last_mut().unwrap().push_str(text);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(path.is_empty());
    found
}

proptest! {
    #[test]
    fn whatever_contacts_hold_reads_back(
        names in proptest::collection::vec("(?s:.{0,80})|[<>&'\"\\]\\[!a ]{0,40}", 1..4),
        label in "(?s:.{0,40})",
        query in "(?s:.{0,20})",
    ) {
        let contacts = names.iter().map(|name| Fields {
            name: Name { given: Some(name.clone()), ..Name::default() },
            phones: vec![Phone { label: Some(label.clone()), ..phone("+49 30 1234567", "work") }, phone("12", "work")],
            ..Fields::default()
        });
        let contacts: Vec<_> = contacts.collect();
        for vendor in VENDORS {
            let entries: Vec<_> = contacts.iter().flat_map(|contact| vendor.entries(contact)).collect();
            let links = Links::new(&Base::default(), vendor, Some(&query), 1, true);
            let document = vendor.render(&entries, &links);
            let shown: Vec<String> = match vendor {
                Vendor::Yealink => entries.iter().map(|entry| entry.name.clone()).chain(["More contacts".into()]).collect(),
                Vendor::Cisco | Vendor::Snom => entries.iter().map(Entry::labelled_name).collect(),
                Vendor::Grandstream => entries.iter().map(|entry| entry.given.clone()).collect(),
            };
            let element = if vendor == Vendor::Grandstream { "FirstName" } else { "Name" };
            let mut read = texts(&document, element);
            read.truncate(shown.len());
            prop_assert_eq!(read, shown);
            let numbers = if vendor == Vendor::Grandstream { "phonenumber" } else { "Telephone" };
            prop_assert_eq!(texts(&document, numbers).len(), 2 * contacts.len());
            prop_assert!(!document.chars().any(|c| c.is_control() && c != '\n'));
            let weight: usize = entries.iter().map(Entry::weight).sum();
            prop_assert!(document.len() <= weight + 2_000);
        }
    }
}
