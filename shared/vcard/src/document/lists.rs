//! Lists of properties brought from what they are to what they shall be.

use super::arrange;
use crate::card::{Edits, Piece};

/// A list as a card has it, and as it shall be.
pub struct Change<'l, T> {
    pub places: &'l [usize],
    pub old: &'l [T],
    pub new: &'l [T],
}

impl<T: PartialEq> Change<'_, T> {
    /// Entries that stay keep their lines. `write` says what stands for an entry that is new or differs from the old
    /// one; `drop` is told of every old one that is gone.
    pub fn make(
        &self,
        edits: &mut Edits,
        same: impl Fn(&T, &T) -> bool,
        mut write: impl FnMut(&mut Edits, Option<(usize, &T)>, &T) -> Vec<Piece>,
        mut drop: impl FnMut(&mut Edits, usize),
    ) {
        let sources = arrange::sources(self.old, self.new, same);
        let staying = arrange::staying(&sources);
        for (index, place) in self.places.iter().enumerate() {
            edits.remove(*place);
            if !sources.contains(&Some(index)) {
                drop(edits, *place);
            }
        }
        // Before the first entry that stays, what is new waits for it.
        let mut waiting = Vec::new();
        let mut anchor = None;
        for ((entry, source), stays) in self.new.iter().zip(&sources).zip(staying) {
            let present = source.and_then(|index| self.places.get(index).zip(self.old.get(index)));
            let pieces = match present {
                Some((place, old)) if old == entry => vec![Piece::Kept(*place)],
                Some((place, old)) => write(edits, Some((*place, old)), entry),
                None => write(edits, None, entry),
            };
            if let Some((place, _)) = present.filter(|_| stays) {
                anchor = Some(*place);
                waiting.extend(pieces);
                edits.put(*place, std::mem::take(&mut waiting));
            } else if let Some(place) = anchor {
                edits.insert_after(place, pieces);
            } else {
                waiting.extend(pieces);
            }
        }
        if let Some(first) = self.places.first().filter(|_| anchor.is_none()) {
            edits.put(*first, waiting);
        } else {
            edits.add_all(waiting);
        }
    }
}
