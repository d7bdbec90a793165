use super::{Call, Refusal, collections, place};
use crate::{
    domain::{Contact, card},
    storage::cards,
};
use bytes::Bytes;
use dav::{
    AddressDataRequest, CardVersion, Condition, Href, Property, Response, Selection, Value, prop,
};
use ports::{Error, Result};
use vcard::{Card, Target};

/// The type of every card, with the encoding that most have.
pub const CONTENT_TYPE: &str = "text/vcard; charset=utf-8";

/// A contact as a card in its book.
pub struct Member {
    pub contact: Contact,
    /// As an address book wrote it; `None`: none has.
    pub written: Option<Bytes>,
}

impl Member {
    /// The card as it was written; one that has to be made, in this version.
    pub fn card(&self, target: Target) -> Result<Card> {
        let id = &self.contact.id;
        match &self.written {
            Some(bytes) => cards::parse(id, bytes),
            None => card::made(&self.contact, target)
                .map_err(|e| Error::internal(format!("making a card of {id}")).with_source(e)),
        }
    }

    /// Without any conversion, as GET gives it.
    pub fn bytes(&self) -> Result<Bytes> {
        match &self.written {
            Some(bytes) => Ok(bytes.clone()),
            None => Ok(self.card(Target::V3_0)?.to_bytes().into_owned().into()),
        }
    }
}

/// What a request wants to know of each card.
pub struct Asked<'a> {
    pub selection: &'a Selection,
    pub data: Option<&'a AddressDataRequest>,
}

impl<'a> Asked<'a> {
    /// Of 2.1 only those cards are given that are stored so.
    pub fn new(
        selection: &'a Selection,
        data: Option<&'a AddressDataRequest>,
    ) -> std::result::Result<Self, Refusal> {
        if data.is_some_and(|data| data.version == Some(CardVersion::V21)) {
            let detail = "cards are given as 3.0 or 4.0, or as they were written";
            return Err(Refusal::condition(Condition::SupportedAddressData, detail));
        }
        Ok(Self { selection, data })
    }

    /// Cards are many and large: they are read when somebody wants to see something of them.
    pub fn needs_cards(&self) -> bool {
        self.data.is_some() || self.measures()
    }

    fn measures(&self) -> bool {
        matches!(self.selection, Selection::All { .. })
            || self.selection.names(&prop::GETCONTENTLENGTH)
    }

    pub fn response(&self, call: &Call, book: &Href, member: &Member) -> Result<Response> {
        let contact = &member.contact;
        let mut all: Vec<Property> = vec![
            (prop::GETETAG, Value::text(contact.card_etag().to_string())).into(),
            (prop::RESOURCETYPE, Value::Empty).into(),
            (prop::GETCONTENTTYPE, Value::text(CONTENT_TYPE)).into(),
            (prop::DISPLAYNAME, Value::text(contact.fields.display())).into(),
            (prop::GETCONTENTLENGTH, self.length(member)?).into(),
        ];
        if let Some(data) = self.data {
            let target = data.version.and_then(card::target);
            let card = member.card(target.unwrap_or(Target::V3_0))?;
            let (version, text) = card::as_text(&card, data);
            all.push((prop::ADDRESS_DATA, Value::Card { version, text }).into());
        }
        all.extend(collections::times(
            Some(contact.created_at),
            Some(contact.updated_at),
        ));
        all.extend(collections::common(call));
        let href = book.member(contact.resource());
        Ok(self.selection.answer(href, all))
    }

    fn length(&self, member: &Member) -> Result<Value> {
        if !self.measures() {
            return Ok(Value::Empty);
        }
        Ok(Value::Number(member.bytes()?.len() as u64))
    }
}

/// Where a contact's card is.
pub fn href(book: &str, contact: &Contact) -> Href {
    place::book(book).member(contact.resource())
}
