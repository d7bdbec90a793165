//! Cisco's directory object (Cisco Unified IP Phone Services Application Development Notes, release 7.1(3), OL-20949-01,
//! chapter 3, and release 9.1(1)): at most 32 entries, and soft keys that lead to more. The phone's parser knows only the
//! documented elements.

use super::{Entry, Links, form, xml::Xml};

pub const PAGE_SIZE: usize = 32;

pub fn render(entries: &[Entry], links: &Links) -> String {
    Xml::document("CiscoIPPhoneDirectory", |xml| {
        xml.text("Title", "Contacts");
        let prompt = if entries.is_empty() {
            "No contacts found".to_owned()
        } else {
            format!("Page {}", links.page)
        };
        xml.text("Prompt", &prompt);
        for entry in entries {
            for number in &entry.numbers {
                xml.element("DirectoryEntry", |xml| {
                    xml.text("Name", &entry.labelled_name());
                    xml.text("Telephone", &number.dial);
                });
            }
        }
        soft_keys(xml, links);
    })
}

/// Keys of our own take the phone's away, so those that are needed stand here as well. The first three or four show at once.
fn soft_keys(xml: &mut Xml, links: &Links) {
    let keys = [
        ("Dial", Some("SoftKey:Dial")),
        ("Next", links.next.as_deref()),
        ("Search", Some(links.search_form.as_str())),
        ("Previous", links.previous.as_deref()),
        ("EditDial", Some("SoftKey:EditDial")),
        ("Exit", Some("SoftKey:Exit")),
    ];
    let shown = keys.iter().filter_map(|(name, url)| Some((name, (*url)?)));
    for (position, (name, url)) in (1_u8..).zip(shown) {
        xml.element("SoftKeyItem", |xml| {
            xml.text("Name", name);
            xml.text("URL", url);
            xml.text("Position", &position.to_string());
        });
    }
}

pub fn search_form(links: &Links) -> String {
    Xml::document("CiscoIPPhoneInput", |xml| form::write(xml, links))
}
