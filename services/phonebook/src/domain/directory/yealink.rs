//! Yealink's remote phone book (SIP-T2/T4/T5 Series IP Phones Administrator's Guide, "Remote Phone Book"): the root's name
//! ends in `IPPhoneDirectory`, an entry has a name and any number of `Telephone`s, and a `MenuItem` opens another document of
//! the kind. To search, the phone asks again with what was typed in the place of `#SEARCH` in its address.

use super::{Entry, Links, xml::Xml};

/// The phone reads a whole document before it shows it. The guide names no limit for that, but 1,000 contacts for the phone's
/// own book.
pub const PAGE_SIZE: usize = 1_000;

pub fn render(entries: &[Entry], links: &Links) -> String {
    Xml::document("YealinkIPPhoneDirectory", |xml| {
        xml.text("Title", "Contacts");
        for entry in entries {
            xml.element("DirectoryEntry", |xml| write(xml, entry));
        }
        if let Some(next) = &links.next {
            xml.element("MenuItem", |xml| {
                xml.text("Name", "More contacts");
                xml.text("URL", next);
            });
        }
    })
}

fn write(xml: &mut Xml, entry: &Entry) {
    xml.text("Name", &entry.name);
    for number in &entry.numbers {
        let label = (!number.label.is_empty()).then_some(("label", number.label.as_str()));
        xml.text_with("Telephone", label, &number.dial);
    }
}
