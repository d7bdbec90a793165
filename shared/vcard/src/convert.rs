//! Cards in other versions.
//!
//! What the wanted version does not know is kept under a name with `X-`, and gets its own name back on the way back.
//!
//! | 4.0 | 3.0 |
//! | --- | --- |
//! | `KIND:group`, `MEMBER` | `X-ADDRESSBOOKSERVER-KIND`, `X-ADDRESSBOOKSERVER-MEMBER` |
//! | `KIND:org` | `X-ABShowAs:COMPANY` |
//! | `KIND:individual` | nothing: it is meant anyway |
//! | `ANNIVERSARY`, `GENDER`, `RELATED`, `LANG` and all others that 3.0 lacks | `X-` and the name |
//! | `BDAY:--1210` | `BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-10`; `ANNIVERSARY` likewise |
//! | `BDAY` that is no day, such as `1815` or a text | `X-BDAY` |
//! | `PHOTO`, `LOGO`, `SOUND`, `KEY` with a `data:` URI | `ENCODING=b`, the media type as `TYPE` |
//! | the same with another URI | `VALUE=uri` |
//! | `TEL;VALUE=uri:tel:…` | `TEL:…`; on the way back it stays a text |
//! | `GEO:geo:37.4,-122.1` | `GEO:37.4;-122.1` |
//! | `TZ;VALUE=utc-offset:-0500`, `TZ:Europe/Berlin` | `TZ:-05:00`, `TZ;VALUE=text:Europe/Berlin` |
//! | `PREF=1`, other ranks | `TYPE=pref`, `X-PREF` |
//! | `SORT-AS` | `SORT-STRING` |
//! | `ADR;LABEL=…` | `LABEL` |
//! | `ALTID`, `PID`, `MEDIATYPE` and other parameters | `X-ALTID`, `X-PID` … |
//! | a second `FN`, `N` or other property that may be there once | `X-FN` … |
//! | `X-NAME`, `X-MAILER`, `X-CLASS`, `X-AGENT` | `NAME`, `MAILER`, `CLASS`, `AGENT` (`RELATED;TYPE=agent` if it is a URI) |
//! | nothing | `PROFILE`, `TYPE=INTERNET`: they say nothing |
//!
//! From 2.1, texts lose quoted-printable and character sets, bare parameters get names, nested cards become texts.
//! Lines that are no properties stay behind. `FN` and `N` are added where the wanted version demands them.

mod common;
mod from_old;
mod names;
mod to_v3;
mod to_v4;

use crate::{
    card::Card,
    version::{Target, Version},
};

/// The card in the wanted version; the same bytes if it is in that already. What is written anew is UTF-8 with CR LF.
#[must_use]
pub fn convert(card: &Card, target: Target) -> Card {
    match (card.version(), target) {
        (Version::V3_0, Target::V3_0) | (Version::V4_0, Target::V4_0) => card.clone(),
        (Version::V4_0, Target::V3_0) => to_v3::convert(card),
        (Version::V3_0, Target::V4_0) => to_v4::convert(card),
        (Version::V2_1, Target::V3_0) => from_old::convert(card),
        (Version::V2_1, Target::V4_0) => to_v4::convert(&from_old::convert(card)),
    }
}
