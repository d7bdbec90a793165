//! Edits that touch only what is edited.

use super::Card;
use crate::{
    draft::Draft,
    limits::Limits,
    physical::{self, cut},
    scan::{self, Entry, Layout, Shape},
};
use std::collections::BTreeMap;

/// What is to stand in a card after an edit.
#[derive(Debug, Clone)]
pub enum Piece {
    /// The property at this position, byte for byte.
    Kept(usize),
    New(Draft),
}

/// Edits to be made at once, in one pass over the card.
#[derive(Debug, Default)]
pub struct Edits {
    replaced: BTreeMap<usize, Vec<Piece>>,
    added: Vec<Piece>,
}

impl Edits {
    pub fn put(&mut self, position: usize, pieces: Vec<Piece>) {
        self.replaced.insert(position, pieces);
    }

    pub fn replace(&mut self, position: usize, draft: Draft) {
        self.put(position, vec![Piece::New(draft)]);
    }

    pub fn remove(&mut self, position: usize) {
        self.put(position, Vec::new());
    }

    /// After what stands at the position now.
    pub fn insert_after(&mut self, position: usize, pieces: Vec<Piece>) {
        let present = self
            .replaced
            .entry(position)
            .or_insert_with(|| vec![Piece::Kept(position)]);
        present.extend(pieces);
    }

    /// At the end of the card.
    pub fn add(&mut self, draft: Draft) {
        self.added.push(Piece::New(draft));
    }

    pub fn add_all(&mut self, pieces: Vec<Piece>) {
        self.added.extend(pieces);
    }

    pub fn is_empty(&self) -> bool {
        self.replaced.is_empty() && self.added.is_empty()
    }
}

impl Card {
    /// Writes the draft over the property at this position; nothing happens where there is none.
    pub fn replace(&mut self, position: usize, draft: Draft) {
        let mut edits = Edits::default();
        edits.replace(position, draft);
        *self = self.edited(&edits);
    }

    pub fn remove(&mut self, position: usize) {
        let mut edits = Edits::default();
        edits.remove(position);
        *self = self.edited(&edits);
    }

    /// Writes the draft before the end of the card.
    pub fn add(&mut self, draft: Draft) {
        let mut edits = Edits::default();
        edits.add(draft);
        *self = self.edited(&edits);
    }

    /// Writes the draft over the first property of its name, or adds it.
    pub fn set(&mut self, draft: Draft) {
        let name = draft.name.to_ascii_uppercase();
        let first = self.first(&name).map(|property| property.position());
        match first {
            Some(position) => self.replace(position, draft),
            None => self.add(draft),
        }
    }

    pub(crate) fn edited(&self, edits: &Edits) -> Self {
        if edits.is_empty() {
            return self.clone();
        }
        let mut writer = Writer::new(self);
        let mut done = 0;
        for (position, entry) in self.layout.entries.iter().enumerate() {
            writer.gap(done, entry.start);
            match edits.replaced.get(&position) {
                Some(pieces) => writer.pieces(pieces),
                None => writer.keep(entry),
            }
            done = entry.end;
        }
        writer.gap(done, self.layout.body_end);
        writer.pieces(&edits.added);
        writer.finish()
    }
}

/// Builds the bytes of the edited card, and its layout with them.
struct Writer<'c> {
    card: &'c Card,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

impl<'c> Writer<'c> {
    fn new(card: &'c Card) -> Self {
        Self {
            card,
            bytes: Vec::with_capacity(card.bytes.len() + 256),
            entries: Vec::with_capacity(card.layout.entries.len() + 4),
        }
    }

    fn gap(&mut self, start: usize, end: usize) {
        self.bytes
            .extend_from_slice(cut(&self.card.bytes, start, end));
    }

    fn pieces(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Kept(position) => {
                    if let Some(entry) = self.card.entry(*position) {
                        self.keep(entry);
                    }
                }
                Piece::New(draft) => {
                    let line_end = self.card.layout.line_end;
                    let written = draft.write(self.card.version, line_end);
                    self.push(&written.bytes, Some(written.colon), written.shape);
                }
            }
        }
    }

    fn keep(&mut self, entry: &Entry) {
        let lines = cut(&self.card.bytes, entry.start, entry.end);
        let colon = entry.colon.map(|colon| colon - entry.start);
        self.push(lines, colon, entry.shape);
    }

    fn push(&mut self, lines: &[u8], colon: Option<usize>, shape: Shape) {
        if self.would_swallow(lines) {
            let line_end = self.card.layout.line_end;
            self.bytes.extend_from_slice(line_end.as_bytes());
            if let Some(last) = self.entries.last_mut() {
                last.end = self.bytes.len();
            }
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(lines);
        self.entries.push(Entry {
            start,
            colon: colon.map(|colon| start + colon),
            end: self.bytes.len(),
            line: 0,
            shape,
        });
    }

    /// A property may end as if it went on: with a soft line break, or with base64 that nothing ends. Lines that were
    /// not its neighbours before must not become part of it.
    fn would_swallow(&self, lines: &[u8]) -> bool {
        let Some(last) = self
            .entries
            .last()
            .filter(|last| last.end == self.bytes.len())
        else {
            return false;
        };
        let before = cut(&self.bytes, last.start, last.end);
        match last.shape {
            Shape::QuotedPrintable => physical::lines(before, 0).last().is_some_and(|line| {
                physical::before_soft_break(cut(before, line.start, line.end)).is_some()
            }),
            Shape::Base64 => {
                !has_ended(&self.bytes, last)
                    && physical::line_at(lines, 0, 0, true)
                        .is_some_and(|line| physical::is_base64(cut(lines, line.start, line.end)))
            }
            Shape::Plain | Shape::Nested => false,
        }
    }

    /// Where the properties are now is for a scan to say: blank lines and halves of line ends that have come to stand
    /// behind others may belong to these. One without bounds finds a card in whatever was one.
    fn finish(mut self) -> Card {
        let body_end = self.bytes.len();
        self.gap(self.card.layout.body_end, self.card.bytes.len());
        let layout = scan::scan(&self.bytes, &Limits::NONE).unwrap_or(Layout {
            entries: self.entries,
            body_end,
            line_end: self.card.layout.line_end,
        });
        let mut card = Card {
            bytes: self.bytes,
            wide: self.card.wide,
            layout,
            version: self.card.version,
        };
        card.version = card.read_version().unwrap_or(self.card.version);
        card
    }
}

/// Has a blank line ended this base64 already?
fn has_ended(bytes: &[u8], entry: &Entry) -> bool {
    let value = cut(bytes, entry.colon.unwrap_or(entry.start), entry.end);
    let mut more = physical::lines(value, 0).skip(1);
    more.any(|line| physical::is_blank(cut(value, line.start, line.end)))
}
