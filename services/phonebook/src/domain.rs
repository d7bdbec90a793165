//! What a contact is and means: values in, values out.

pub mod accept;
pub mod birthday;
pub mod book;
pub mod calendar;
pub mod card;
pub mod contact;
pub mod date;
pub mod directory;
pub mod export;
pub mod fields;
pub mod fold;
pub mod graft;
pub mod group;
pub mod group_card;
pub mod import;
pub mod index;
pub mod merge;
pub mod merge_patch;
pub mod phone;
pub mod photo;
pub mod search;
pub mod sync;

pub use book::Book;
pub use calendar::{Day, Zone};
pub use contact::Contact;
pub use date::PartialDate;
pub use fields::{Address, Email, Fields, Name, Organization, Phone};
pub use group::Group;
pub use index::Index;
pub use phone::{E164, Region};
pub use photo::{Form, Pending, Photo};
pub use search::Search;
