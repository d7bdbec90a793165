use super::{Links, xml::Xml};

/// The body of a form that asks for `q`; Snom took it over from Cisco. `A`: letters and digits.
pub fn write(xml: &mut Xml, links: &Links) {
    xml.text("Title", "Contacts");
    xml.text("Prompt", "Name or number");
    xml.text("URL", &links.directory);
    xml.element("InputItem", |xml| {
        xml.text("DisplayName", "Search");
        xml.text("QueryStringParam", "q");
        xml.text("DefaultValue", "");
        xml.text("InputFlags", "A");
    });
}
