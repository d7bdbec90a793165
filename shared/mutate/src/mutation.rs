//! How samples are broken.

use crate::Dice;
use std::ops::Range;

/// Bytes of a mutated sample.
const MOST_BYTES: usize = 256 << 10;
const MOST_MUTATIONS: usize = 6;
const MOST_REPETITIONS: usize = 2_000;
/// Of which something is in every format of text.
const MARKS: &[u8] =
    b"\0\t\n\r\x0b\x1f \"&'()*+,-./09:;<=>?@A[\\]^_`{|}~\x7f\x80\xbf\xc3\xe2\xed\xf0\xfe\xff";

pub struct Mutator<'a> {
    pub samples: &'a [Vec<u8>],
    pub words: &'a [&'a str],
}

type Mutation = fn(&Mutator<'_>, &mut Dice, &mut Vec<u8>);

const ALL: &[Mutation] = &[
    |_, dice, bytes| flip(dice, bytes),
    |_, dice, bytes| mark(dice, bytes),
    insert,
    word,
    word,
    cut_out,
    cut_off,
    splice,
    splice,
    repeat,
    swap,
    drop_line,
    double_line,
    foreign_line,
    foreign_line,
    refold,
    huge,
];

impl Mutator<'_> {
    /// A sample after some mutations.
    pub fn mutated(&self, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.sample(dice).to_vec();
        for _ in 0..dice.number(1..=MOST_MUTATIONS) {
            if let Some(mutation) = dice.pick(ALL) {
                mutation(self, dice, &mut bytes);
            }
            bytes.truncate(MOST_BYTES);
        }
        bytes
    }

    fn sample(&self, dice: &mut Dice) -> &[u8] {
        dice.pick(self.samples)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

fn place(dice: &mut Dice, bytes: &[u8]) -> usize {
    dice.number(0..=bytes.len())
}

/// A short piece more often than a long one.
fn piece(dice: &mut Dice, bytes: &[u8]) -> Range<usize> {
    let start = place(dice, bytes);
    let longest = if dice.chance(0.8) { 24 } else { bytes.len() };
    let length = dice.number(0..=longest);
    start..(start + length).min(bytes.len())
}

/// Where a line is, its end with it.
fn line(dice: &mut Dice, bytes: &[u8]) -> Range<usize> {
    let at = place(dice, bytes);
    let is_end = |byte: &u8| *byte == b'\n';
    let start = bytes[..at]
        .iter()
        .rposition(is_end)
        .map_or(0, |end| end + 1);
    let end = bytes[at..].iter().position(is_end);
    start..end.map_or(bytes.len(), |end| at + end + 1)
}

fn put(bytes: &mut Vec<u8>, at: usize, piece: impl IntoIterator<Item = u8>) {
    bytes.splice(at..at, piece);
}

fn flip(dice: &mut Dice, bytes: &mut [u8]) {
    let at = place(dice, bytes);
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << dice.number(0..=7);
    }
}

fn mark(dice: &mut Dice, bytes: &mut [u8]) {
    let at = place(dice, bytes);
    if let (Some(byte), Some(mark)) = (bytes.get_mut(at), dice.pick(MARKS)) {
        *byte = *mark;
    }
}

fn insert(_: &Mutator<'_>, dice: &mut Dice, bytes: &mut Vec<u8>) {
    let at = place(dice, bytes);
    let count = dice.number(1..=4);
    let marks: Vec<u8> = (0..count)
        .filter_map(|_| dice.pick(MARKS))
        .copied()
        .collect();
    put(bytes, at, marks);
}

fn word(of: &Mutator<'_>, dice: &mut Dice, bytes: &mut Vec<u8>) {
    let at = place(dice, bytes);
    if let Some(word) = dice.pick(of.words) {
        put(bytes, at, word.bytes());
    }
}

fn cut_out(_: &Mutator<'_>, dice: &mut Dice, bytes: &mut Vec<u8>) {
    let piece = piece(dice, bytes);
    bytes.drain(piece);
}

fn cut_off(_: &Mutator<'_>, dice: &mut Dice, bytes: &mut Vec<u8>) {
    let at = place(dice, bytes);
    bytes.truncate(at);
}

/// Goes on as another sample does.
fn splice(of: &Mutator<'_>, dice: &mut Dice, bytes: &mut Vec<u8>) {
    let other = of.sample(dice);
    let from = piece(dice, other).start;
    let at = place(dice, bytes);
    if dice.chance(0.5) {
        bytes.truncate(at);
    }
    put(bytes, at, other[from..].iter().copied());
}

fn repeat(_: &Mutator<'_>, dice: &mut Dice, bytes: &mut Vec<u8>) {
    let piece = if dice.chance(0.5) {
        line(dice, bytes)
    } else {
        piece(dice, bytes)
    };
    let most = (MOST_BYTES / piece.len().max(1)).min(MOST_REPETITIONS);
    // Few more often than many: many make all else slow.
    let most = if dice.chance(0.8) { most.min(12) } else { most };
    let count = dice.number(0..=most);
    put(bytes, piece.end, bytes[piece].repeat(count));
}

fn swap(_: &Mutator<'_>, dice: &mut Dice, bytes: &mut Vec<u8>) {
    let taken = line(dice, bytes);
    let taken: Vec<u8> = bytes.drain(taken).collect();
    let at = line(dice, bytes).start;
    put(bytes, at, taken);
}

fn drop_line(_: &Mutator<'_>, dice: &mut Dice, bytes: &mut Vec<u8>) {
    let line = line(dice, bytes);
    bytes.drain(line);
}

fn double_line(_: &Mutator<'_>, dice: &mut Dice, bytes: &mut Vec<u8>) {
    let line = line(dice, bytes);
    put(bytes, line.end, bytes[line].to_vec());
}

/// A line of another sample.
fn foreign_line(of: &Mutator<'_>, dice: &mut Dice, bytes: &mut Vec<u8>) {
    let other = of.sample(dice);
    let foreign = line(dice, other);
    let at = line(dice, bytes).start;
    put(bytes, at, other[foreign].iter().copied());
}

/// Breaks a line, or joins it to the next.
fn refold(_: &Mutator<'_>, dice: &mut Dice, bytes: &mut Vec<u8>) {
    let at = place(dice, bytes);
    let breaks = ["\r\n ", "\n\t", "=\r\n", "\r", "\n"];
    let broken = dice.pick(&breaks).copied().unwrap_or_default();
    if dice.chance(0.7) {
        put(bytes, at, broken.bytes());
    } else if let end @ 1.. = line(dice, bytes).end {
        bytes.remove(end - 1);
    }
}

/// One byte or word so often that only a bound ends it.
fn huge(of: &Mutator<'_>, dice: &mut Dice, bytes: &mut Vec<u8>) {
    if dice.chance(0.7) {
        return;
    }
    let at = place(dice, bytes);
    let mark = [*dice.pick(MARKS).unwrap_or(&b'9')];
    let word = dice.pick(of.words).map(|word| word.as_bytes());
    let piece = word.filter(|_| dice.chance(0.5)).unwrap_or(&mark);
    let length = dice.number(1..=MOST_BYTES / 2);
    put(bytes, at, piece.repeat(length / piece.len().max(1)));
}
