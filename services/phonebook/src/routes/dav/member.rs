use super::{Call, Refusal, collections, place};
use crate::{
    domain::{Contact, card},
    storage::{cards, portraits},
};
use bytes::Bytes;
use dav::{
    AddressDataRequest, CardVersion, Condition, Href, Property, Response, Selection, Value, prop,
};
use ports::{Error, Result};
use runtime::Ctx;
use vcard::{Card, Photo, Target};

/// The type of every card, with the encoding that most have.
pub const CONTENT_TYPE: &str = "text/vcard; charset=utf-8";

/// A contact as a card in its book.
pub struct Member {
    pub contact: Contact,
    /// As an address book wrote it; `None`: none has.
    pub written: Option<Bytes>,
    /// What the written card does not hold, as far as it was looked for.
    portrait: Option<Photo>,
}

impl Member {
    /// Without its portrait.
    pub const fn new(contact: Contact, written: Option<Bytes>) -> Self {
        Self {
            contact,
            written,
            portrait: None,
        }
    }

    /// With what was found when its portrait was looked for.
    pub fn with_portrait(self, portrait: Option<Photo>) -> Self {
        Self { portrait, ..self }
    }

    /// With all that its card shows.
    pub async fn whole(ctx: &Ctx, contact: Contact) -> Result<Self> {
        let written = cards::of(ctx, &contact).await?;
        let mut member = Self::new(contact, written);
        member.portray(ctx).await?;
        Ok(member)
    }

    /// Looks for the portrait. Portraits are large, and come from elsewhere: only who shows them looks for them.
    pub async fn portray(&mut self, ctx: &Ctx) -> Result<()> {
        if self.portrait.is_none() {
            self.portrait = portraits::of(ctx, &self.contact).await?;
        }
        Ok(())
    }

    /// The card as it was written; one that has to be made, in this version. Both with the portrait.
    pub fn card(&self, target: Target) -> Result<Card> {
        let id = &self.contact.id;
        let written = self.written.as_ref();
        let written = written.map(|bytes| cards::parse(id, bytes)).transpose()?;
        card::shown(&self.contact, written, self.portrait.as_ref(), target)
            .map_err(|e| Error::internal(format!("making a card of {id}")).with_source(e))
    }

    /// Without any conversion, as GET gives it.
    pub fn bytes(&self) -> Result<Bytes> {
        match (&self.written, &self.portrait) {
            (Some(bytes), None) => Ok(bytes.clone()),
            _ => Ok(self.card(Target::V3_0)?.to_bytes().into_owned().into()),
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

    fn shows_portraits(&self) -> bool {
        let wants_photos = |data: &AddressDataRequest| {
            let mut wanted = data.properties.iter().flatten().peekable();
            wanted.peek().is_none() || wanted.any(|one| is_photo(&one.name))
        };
        self.measures() || self.data.is_some_and(wants_photos)
    }

    /// Are portraits wanted for their sizes alone? Then an answer has room for many of them; of those that are shown, a
    /// few fill a part.
    pub fn only_measures(&self) -> bool {
        self.measures() && self.data.is_none()
    }

    pub async fn response(&self, call: &Call, book: &Href, mut member: Member) -> Result<Response> {
        if self.shows_portraits() {
            member.portray(&call.ctx).await?;
        }
        let contact = &member.contact;
        let mut all: Vec<Property> = vec![
            (prop::GETETAG, Value::text(contact.card_etag().to_string())).into(),
            (prop::RESOURCETYPE, Value::Empty).into(),
            (prop::GETCONTENTTYPE, Value::text(CONTENT_TYPE)).into(),
            (prop::DISPLAYNAME, Value::text(contact.fields.display())).into(),
            (prop::GETCONTENTLENGTH, self.length(&member)?).into(),
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

/// Does a client mean the photo? It may name a group as well.
pub fn is_photo(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name);
    name.eq_ignore_ascii_case("PHOTO")
}

/// Where a contact's card is.
pub fn href(book: &str, contact: &Contact) -> Href {
    place::book(book).member(contact.resource())
}
