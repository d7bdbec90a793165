//! Contacts as items of the store: how they are read, and the batches that change them.

pub mod books;
pub mod cards;
pub mod chain;
pub mod changes;
pub mod contacts;
pub mod duplicates;
pub mod export;
pub mod group_cards;
pub mod groups;
pub mod history;
pub mod imports;
pub mod jobs;
pub mod keys;
pub mod merges;
pub mod page;
pub mod photos;
pub mod portraits;
pub mod preferences;
pub mod purge;
pub mod reminders;
pub mod resources;

pub use contacts::Found;

#[cfg(test)]
mod tests;
