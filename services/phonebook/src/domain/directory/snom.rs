//! Snom's minibrowser (Snom Service Hub, "XML Minibrowser", "Main Subtags"; Snom User Wiki, "Minibrowser"): a directory of
//! names and numbers, with soft keys on F1 to F4. The declaration tells the parser the encoding, which is to be UTF-8.

use super::{Entry, Links, form, xml::Xml};

/// Entries can be chosen by their number in the list up to 100 (Snom User Wiki, "Speedselect").
pub const PAGE_SIZE: usize = 100;

pub fn render(entries: &[Entry], links: &Links) -> String {
    Xml::document("SnomIPPhoneDirectory", |xml| {
        let title = if entries.is_empty() {
            "No contacts found"
        } else {
            "Contacts"
        };
        xml.text("Title", title);
        xml.text("Prompt", "Dial");
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

fn soft_keys(xml: &mut Xml, links: &Links) {
    let keys = [
        ("F1", "Search", Some(&links.search_form)),
        ("F2", "Previous", links.previous.as_ref()),
        ("F4", "Next", links.next.as_ref()),
    ];
    for (key, label, url) in keys {
        if let Some(url) = url {
            xml.element("SoftKeyItem", |xml| {
                xml.text("Name", key);
                xml.text("Label", label);
                xml.text("URL", url);
            });
        }
    }
}

pub fn search_form(links: &Links) -> String {
    Xml::document("SnomIPPhoneInput", |xml| form::write(xml, links))
}
