use memchr::memchr;

/// Unstuffed bytes that are made ready at a time; they stay in the processor's nearest cache.
const WINDOW: usize = 16 * 1024;
/// More bytes than the blocks of a unit can take: ten of 64 coefficients, each a code of 16 bits and a magnitude of 15.
const UNIT: usize = 10 * 64 * 4;
/// Bits that a code and its magnitude take together, at most.
const SYMBOL: u32 = 32;

/// Bits that were read ahead, the next one on top.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cursor {
    bits: u64,
    count: u32,
    at: usize,
}

/// The bytes of an entropy-coded segment, without the zeros that follow each 0xFF (section B.1.1.5).
pub struct Bits<'a> {
    /// What has not been unstuffed yet: the rest of the file.
    rest: &'a [u8],
    window: Vec<u8>,
    /// Where the window's own bytes end; behind them are zeros.
    end: usize,
    /// A marker, or the file's end, follows the window.
    last: bool,
    pub cursor: Cursor,
}

impl<'a> Bits<'a> {
    pub fn new(rest: &'a [u8]) -> Self {
        Self {
            rest,
            window: Vec::with_capacity(WINDOW + 2 * UNIT),
            end: 0,
            last: false,
            cursor: Cursor::default(),
        }
    }

    /// Makes sure of the bits of one unit. False when more was read than there is.
    pub fn prepare(&mut self) -> bool {
        if !self.last && self.cursor.at + UNIT > self.end {
            self.advance();
        }
        self.cursor.at * 8 <= self.end * 8 + self.cursor.count as usize
    }

    /// Goes on behind the restart marker that must come now. False when another one, or nothing, comes.
    pub fn restart(&mut self) -> bool {
        while !self.last {
            self.cursor.at = self.end;
            self.advance();
        }
        let marker = self.rest.iter().position(|byte| *byte != 0xFF);
        let Some((0xD0..=0xD7, rest)) = marker.and_then(|at| self.rest.get(at..)?.split_first())
        else {
            return false;
        };
        *self = Self {
            window: std::mem::take(&mut self.window),
            ..Self::new(rest)
        };
        self.window.clear();
        true
    }

    fn advance(&mut self) {
        let used = self.cursor.at.min(self.end);
        self.window.truncate(self.end);
        self.window.drain(..used);
        self.cursor.at -= used;
        while self.window.len() < WINDOW && !self.last {
            self.unstuff();
        }
        self.end = self.window.len();
        // A unit that is cut short reads zeros; that it was short is found out before the next.
        self.window.resize(self.end + UNIT, 0);
    }

    /// Takes what comes up to the next 0xFF, and that if it stands for itself.
    fn unstuff(&mut self) {
        let room = WINDOW - self.window.len();
        let near = self.rest.get(..room).unwrap_or(self.rest);
        let Some(at) = memchr(0xFF, near) else {
            self.last = near.len() == self.rest.len();
            self.window.extend_from_slice(near);
            self.rest = self.rest.get(near.len()..).unwrap_or_default();
            return;
        };
        let (plain, marker) = near.split_at(at);
        self.window.extend_from_slice(plain);
        self.rest = self.rest.get(plain.len()..).unwrap_or_default();
        match self.rest.get(1) {
            Some(0) => {
                self.window.extend(marker.first());
                self.rest = self.rest.get(2..).unwrap_or_default();
            }
            _ => self.last = true,
        }
    }

    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        &self.window
    }
}

impl Cursor {
    /// Makes sure of the bits of one symbol.
    #[inline(always)]
    pub fn refill(&mut self, bytes: &[u8]) {
        if self.count >= SYMBOL {
            return;
        }
        let next = bytes
            .get(self.at..)
            .and_then(<[u8]>::first_chunk)
            .map_or(0, |chunk| u64::from_be_bytes(*chunk));
        let taken = (63 - self.count) / 8;
        // Bits beyond the bytes that are taken come again next time, at the same place.
        self.bits |= next >> self.count;
        self.at += taken as usize;
        self.count += taken * 8;
    }

    /// The next bits as a number, without taking them; at least one and at most 32.
    #[inline(always)]
    pub const fn peek(&self, bits: u32) -> usize {
        (self.bits >> (64 - bits)) as usize
    }

    #[inline(always)]
    pub const fn take(&mut self, bits: u32) {
        self.bits <<= bits;
        self.count -= bits;
    }
}
