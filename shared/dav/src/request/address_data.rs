use super::{MAX_PROPERTIES, RequestError, bad_attribute, required_attribute};
use crate::{
    CardVersion,
    name::{CARDDAV, DAV},
    xml::{Element, excerpt},
};

/// How cards are wanted (RFC 6352, section 10.4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressDataRequest {
    /// None when the client does not say. The standard then means 3.0, most clients mean whatever is stored.
    pub version: Option<CardVersion>,
    /// Only these properties of each card; none for whole cards.
    pub properties: Option<Vec<WantedProperty>>,
}

/// A property that a card is to be given with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedProperty {
    /// With its group if only that one is meant, as in `X-ABC.TEL`. To be compared without regard to case.
    pub name: String,
    /// Only the name and the parameters, not the value.
    pub no_value: bool,
}

impl AddressDataRequest {
    /// What the `prop` of a report says about `address-data`, if it names it.
    pub(super) fn find(root: &Element) -> Result<Option<Self>, RequestError> {
        let data = root
            .first(DAV, "prop")
            .and_then(|prop| prop.first(CARDDAV, "address-data"));
        data.map(Self::read).transpose()
    }

    fn read(element: &Element) -> Result<Self, RequestError> {
        check_type(element)?;
        let version = match element.attribute("version") {
            Some(text) => Some(version(text)?),
            None => None,
        };
        Ok(Self {
            version,
            properties: wanted(element)?,
        })
    }
}

fn check_type(element: &Element) -> Result<(), RequestError> {
    let Some(text) = element.attribute("content-type") else {
        return Ok(());
    };
    let essence = text.split(';').next().unwrap_or_default().trim();
    // The second is what vCard 2.1 was known as.
    let known = [CardVersion::CONTENT_TYPE, "text/x-vcard"];
    if known
        .iter()
        .any(|known| essence.eq_ignore_ascii_case(known))
    {
        return Ok(());
    }
    Err(RequestError::UnsupportedAddressData(excerpt(text)))
}

fn version(text: &str) -> Result<CardVersion, RequestError> {
    CardVersion::parse(text.trim())
        .ok_or_else(|| RequestError::UnsupportedAddressData(format!("version {}", excerpt(text))))
}

fn wanted(element: &Element) -> Result<Option<Vec<WantedProperty>>, RequestError> {
    if element.first(CARDDAV, "allprop").is_some() {
        return Ok(None);
    }
    let wanted: Vec<_> = element
        .all(CARDDAV, "prop")
        .map(wanted_property)
        .collect::<Result<_, _>>()?;
    if wanted.len() > MAX_PROPERTIES {
        return Err(RequestError::TooManyProperties(element.name.clone()));
    }
    Ok((!wanted.is_empty()).then_some(wanted))
}

fn wanted_property(element: &Element) -> Result<WantedProperty, RequestError> {
    let no_value = match element.attribute("novalue") {
        None | Some("no") => false,
        Some("yes") => true,
        Some(other) => return Err(bad_attribute(element, "novalue", other)),
    };
    Ok(WantedProperty {
        name: required_attribute(element, "name")?.to_owned(),
        no_value,
    })
}
