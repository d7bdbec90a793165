//! What is uploaded, by the throw of dice: from the same seed always the same.

use super::{
    bombs::bombs,
    samples::{Family, families},
};
use mutate::{Campaign, Dice};

/// What is told of a picture that is something else.
const OTHER_TYPES: [&str; 8] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/avif",
    "image/svg+xml",
    "image/heic",
    "application/octet-stream",
    "text/html",
];
/// What is no picture, whatever is told of it.
const OTHER_FILES: [&[u8]; 9] = [
    b"",
    b"\xFF\xD8\xFF",
    b"GIF89a",
    b"RIFF\xFF\xFF\xFF\xFFWEBP",
    b"\0\0\0\x20ftypavif",
    b"BM\x36\0\x0C\0",
    b"%PDF-1.7\n",
    b"PK\x03\x04\x14\0",
    b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>",
];

/// How a file is meant to hurt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Mutated,
    CutShort,
    Mislabelled,
    Bomb,
    /// No file, but a form that is asked of one that got through.
    Form,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mutated => "mutated",
            Self::CutShort => "cut short",
            Self::Mislabelled => "mislabelled",
            Self::Bomb => "bomb",
            Self::Form => "form of one that got through",
        }
    }
}

/// A file to upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shot {
    pub kind: Kind,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

pub struct Arsenal {
    families: [Family; 5],
    bombs: Vec<(&'static str, Vec<u8>)>,
}

impl Arsenal {
    pub fn gather() -> anyhow::Result<Self> {
        let families = families()?;
        Ok(Self {
            bombs: bombs(&families)?,
            families,
        })
    }

    /// The nth of the pictures that nothing is wrong with, with its media type.
    #[must_use]
    pub fn good(&self, n: usize) -> Option<(&'static str, &[u8])> {
        let family = self.families.get(n % self.families.len())?;
        let sample = family.samples.first()?;
        Some((family.media_type, sample))
    }

    #[must_use]
    pub fn shot(&self, dice: &mut Dice) -> Shot {
        match dice.number(0..=99) {
            0..10 => self.cut_short(dice),
            10..20 => self.mislabelled(dice),
            20..30 => self.bomb(dice),
            _ => self.mutated(dice),
        }
    }

    fn family(&self, dice: &mut Dice) -> &Family {
        let [first, ..] = &self.families;
        dice.pick(&self.families).unwrap_or(first)
    }

    fn mutated(&self, dice: &mut Dice) -> Shot {
        let family = self.family(dice);
        let campaign = Campaign::new(Kind::Mutated.name(), &family.samples, family.words);
        Shot {
            kind: Kind::Mutated,
            media_type: family.media_type,
            bytes: campaign.mutated(dice),
        }
    }

    fn cut_short(&self, dice: &mut Dice) -> Shot {
        let family = self.family(dice);
        let mut bytes = dice.pick(&family.samples).cloned().unwrap_or_default();
        bytes.truncate(dice.number(0..=bytes.len()));
        Shot {
            kind: Kind::CutShort,
            media_type: family.media_type,
            bytes,
        }
    }

    fn mislabelled(&self, dice: &mut Dice) -> Shot {
        let family = self.family(dice);
        let bytes = if dice.chance(0.5) {
            dice.pick(&family.samples).cloned()
        } else {
            dice.pick(&OTHER_FILES).map(|file| file.to_vec())
        };
        Shot {
            kind: Kind::Mislabelled,
            media_type: dice.pick(&OTHER_TYPES).copied().unwrap_or_default(),
            bytes: bytes.unwrap_or_default(),
        }
    }

    fn bomb(&self, dice: &mut Dice) -> Shot {
        let bomb = dice.pick(&self.bombs).cloned();
        let (media_type, bytes) = bomb.unwrap_or_default();
        Shot {
            kind: Kind::Bomb,
            media_type,
            bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_seed_gives_the_same_again_and_all_kinds_come() {
        let arsenal = Arsenal::gather().unwrap();
        let shots = |seeds: std::ops::Range<u64>| -> Vec<Shot> {
            seeds
                .map(|seed| arsenal.shot(&mut Dice::new(seed)))
                .collect()
        };
        let all = shots(0..200);
        assert!(all[..20] == shots(0..20));
        let kinds: BTreeSet<_> = all.iter().map(|shot| shot.kind).collect();
        assert_eq!(kinds.len(), 4);
        let formats: BTreeSet<_> = all.iter().map(|shot| shot.media_type).collect();
        assert!(formats.len() >= 8);
    }
}
