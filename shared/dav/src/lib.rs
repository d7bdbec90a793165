//! WebDAV and CardDAV as values: what clients ask for, read out of bytes nobody vouches for, and what servers answer.
//!
//! RFC 4918 (WebDAV), 5689 (extended MKCOL), 6352 (CardDAV), 6578 (sync), 8144 (preferences), and of 3253, 3744 and
//! 5397 what address books need. No sockets, no HTTP types, no store: a route reads a body, looks things up, and answers.
//!
//! ```
//! use dav::{Href, Multistatus, Preferences, Propfind, Value, prop};
//!
//! // 1. Read. An empty body asks for everything; the number is the most bytes that are read.
//! let body = br#"<propfind xmlns="DAV:"><prop><displayname/><getetag/></prop></propfind>"#;
//! let request = match Propfind::read(body, 64 * 1024) {
//!     Ok(request) => request,
//!     Err(error) => {
//!         println!("{} with the body {}", error.status().code(), error.to_body());
//!         return;
//!     }
//! };
//!
//! // 2. Say what the resource has. The selection picks what was asked for, and names what there is not.
//! let book = Href::root().collection("dav").collection("contacts");
//! let properties = vec![
//!     (prop::DISPLAYNAME, Value::text("Contacts")).into(),
//!     (prop::RESOURCETYPE, Value::address_book()).into(),
//! ];
//! let response = request.selection.answer(book, properties);
//!
//! // 3. Answer, in as many pieces as it takes.
//! let mut answer = Multistatus::new(Preferences::default());
//! answer.push(&response);
//! let body = answer.take() + &answer.finish();
//! assert!(body.contains("<D:displayname>Contacts</D:displayname>"));
//! assert!(body.contains("<D:getetag/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status>"));
//! ```
//!
//! [`Report`] reads the reports: queries with a [`Filter`] that cards are held against, multigets with [`Href`]s, and
//! syncs. [`Proppatch`] and [`Mkcol`] read changes. [`Condition`] is what the standards call an error. Text is escaped on
//! the way out and resolved on the way in; nobody else has to think of XML.

pub mod filter;
mod headers;
mod href;
mod name;
mod request;
mod response;
mod value;
pub mod xml;

pub use filter::{CardProperties, CardProperty, Collation, Filter};
pub use headers::{BadDepth, Depth, Preferences};
pub use href::{BadHref, Href, MAX_HREF};
pub use name::{BadName, CALENDARSERVER, CARDDAV, DAV, PropName, prop};
pub use request::{
    AddressDataRequest, AddressbookMultiget, AddressbookQuery, Change, MAX_PROPERTIES, Mkcol,
    PrincipalPropertySearch, PropertySearch, Propfind, Proppatch, Report, RequestError, Selection,
    SyncCollection, WantedProperty,
};
pub use response::{
    Condition, Multistatus, Propstat, Response, Status, error_body, principal_search_property_set,
};
pub use value::{CardVersion, Privilege, Property, ReportKind, ResourceType, Value};
