use super::bits::Cursor;

/// Codes of up to this many bits are found in one step, with the magnitudes that follow them as far as there is room.
const BITS: u32 = 10;
/// As many bits are looked at when coefficients are taken by twos, or passed over.
const WIDE: u32 = 11;
const LENGTHS: usize = 16;

/// A code with what it says, packed so that a table stays small: bits 0 to 4 are those to take, 8 to 14 the step to the
/// coefficient that is told, 16 to 31 its value. If that did not fit, bits 24 to 27 are the magnitude's, and bit 7 is set.
#[derive(Debug, Clone, Copy, Default)]
struct Entry(u32);

const WITHOUT_VALUE: u32 = 1 << 7;

/// Two coefficients that follow each other. A single one is there twice, with no step between.
#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    /// None if not even one lies in the bits.
    bits: u8,
    steps: [u8; 2],
    values: [i8; 2],
}

/// Several coefficients that are passed over at once.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    bits: u8,
    step: u8,
    /// The step that must not lead beyond the last coefficient, or the codes are not all of this block.
    reach: u8,
}

/// How far an end of block leads: beyond any coefficient.
const END: u32 = 64;
/// Place of a block's last coefficient.
pub const LAST: usize = 63;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Dc,
    Ac,
}

/// A Huffman table (sections C.2 and F.2.2.3) with shortcuts.
#[derive(Clone)]
pub struct Table {
    class: Class,
    /// By the next bits: the coefficient whose code lies in them.
    whole: Vec<Entry>,
    /// By the next bits: two coefficients, if they lie in them. Empty for DC.
    pairs: Vec<Pair>,
    /// By the next bits: as many coefficients as lie in them as a whole. Empty for DC.
    runs: Vec<Run>,
    /// By length: the first code that is longer, shifted to 16 bits.
    limits: [u32; LENGTHS],
    /// By length: what to add to a code to get its symbol's place, modulo 2^16.
    offsets: [u16; LENGTHS],
    symbols: Vec<u8>,
}

impl Table {
    /// From the number of codes of each length and the symbols in their order. Nothing if there are more codes than can be.
    pub fn new(class: Class, counts: &[u8; LENGTHS], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            class,
            whole: vec![Entry::default(); 1 << BITS],
            pairs: Vec::new(),
            runs: Vec::new(),
            limits: [0; LENGTHS],
            offsets: [0; LENGTHS],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut place) = (0_u32, 0_usize);
        for (length, count) in (1..).zip(counts) {
            let room = 1 << length;
            let index = length as usize - 1;
            *table.offsets.get_mut(index)? = (place as u16).wrapping_sub(code as u16);
            for symbol in symbols.get(place..place + usize::from(*count))? {
                table.shortcut(code, length, *symbol);
                code += 1;
            }
            if code > room {
                return None;
            }
            *table.limits.get_mut(index)? = code << (16 - length);
            place += usize::from(*count);
            code <<= 1;
        }
        if class == Class::Dc && symbols.iter().any(|size| *size > 11) {
            return None;
        }
        table.join();
        Some(table)
    }

    /// Enters a code at every place that begins with it.
    fn shortcut(&mut self, code: u32, length: u32, symbol: u8) {
        let (size, step) = (u32::from(symbol & 15), self.step(symbol));
        if length + size > BITS {
            let entry = Entry(size << 24 | step << 8 | WITHOUT_VALUE | length);
            return self.enter(code, length, entry);
        }
        for magnitude in 0..1_u32 << size {
            let value = extend(magnitude, size) as u16;
            let entry = Entry(u32::from(value) << 16 | step << 8 | (length + size));
            self.enter(code << size | magnitude, length + size, entry);
        }
    }

    fn enter(&mut self, bits: u32, length: u32, entry: Entry) {
        let Some(free) = BITS.checked_sub(length) else {
            return;
        };
        let first = (bits << free) as usize;
        let same = self.whole.get_mut(first..first + (1 << free));
        same.unwrap_or_default().fill(entry);
    }

    fn step(&self, symbol: u8) -> u32 {
        match (self.class, symbol >> 4, symbol & 15) {
            (Class::Dc, ..) => 0,
            (Class::Ac, 0..15, 0) => END,
            (Class::Ac, run, _) => u32::from(run) + 1,
        }
    }

    fn join(&mut self) {
        if self.class == Class::Dc {
            return;
        }
        let all = || 0..1_usize << WIDE;
        self.pairs = all().map(|bits| self.pair(bits)).collect();
        self.runs = all().map(|bits| self.run(bits)).collect();
    }

    /// The coefficient that lies as a whole in as many of the bits as are left behind the first ones.
    fn told(&self, bits: usize, used: u32) -> Option<Entry> {
        let rest = bits << used & ((1 << WIDE) - 1);
        let entry = *self.whole.get(rest >> (WIDE - BITS))?;
        let fits = entry.bits() != 0 && used + entry.bits() + entry.more() <= WIDE;
        fits.then_some(entry)
    }

    fn pair(&self, bits: usize) -> Pair {
        let small = |entry: &Entry| entry.more() == 0 && i8::try_from(entry.value()).is_ok();
        let Some(first) = self.told(bits, 0).filter(small) else {
            return Pair::default();
        };
        let single = Pair {
            bits: first.bits() as u8,
            steps: [first.step() as u8, 0],
            values: [first.value() as i8; 2],
        };
        match self.told(bits, first.bits()).filter(small) {
            Some(second) if first.step() != END => Pair {
                bits: (first.bits() + second.bits()) as u8,
                steps: [first.step() as u8, second.step() as u8],
                values: [first.value() as i8, second.value() as i8],
            },
            _ => single,
        }
    }

    fn run(&self, bits: usize) -> Run {
        let mut run = Run::default();
        while let Some(entry) = self.told(bits, run.bits.into()) {
            if u32::from(run.step) + entry.step() >= 2 * END {
                break;
            }
            run.bits += (entry.bits() + entry.more()) as u8;
            run.reach = run.step + entry.step().min(END) as u8;
            run.step += entry.step() as u8;
            if entry.step() == END {
                // The end itself only has to begin inside the block.
                run.reach = run.step - END as u8 + 1;
                break;
            }
        }
        run
    }

    /// Takes the next coefficient: the step to it and its value.
    #[inline(always)]
    pub fn next(&self, cursor: &mut Cursor, bytes: &[u8]) -> Option<(usize, i16)> {
        cursor.refill(bytes);
        let entry = *self.whole.get(cursor.peek(BITS))?;
        if entry.bits() == 0 {
            return self.long(cursor);
        }
        cursor.take(entry.bits());
        let value = match entry.more() {
            0 => entry.value(),
            size => magnitude(cursor, size),
        };
        Some((entry.step() as usize, value))
    }

    /// Takes one or two coefficients behind the one at `from`, hands them on with their places, and gives the last place.
    #[inline(always)]
    pub fn two(
        &self,
        cursor: &mut Cursor,
        bytes: &[u8],
        from: usize,
        mut keep: impl FnMut(usize, i16),
    ) -> Option<usize> {
        cursor.refill(bytes);
        let pair = *self.pairs.get(cursor.peek(WIDE))?;
        let first = from + usize::from(pair.steps[0]);
        // Behind a block's last coefficient the next block begins.
        if pair.bits != 0 && (first < LAST || pair.steps[1] == 0) {
            cursor.take(pair.bits.into());
            let second = first + usize::from(pair.steps[1]);
            keep(first, pair.values[0].into());
            keep(second, pair.values[1].into());
            return Some(second);
        }
        let (step, value) = self.next(cursor, bytes)?;
        keep(from + step, value);
        Some(from + step)
    }

    /// Passes over coefficients behind the one at `from`, and gives where that leads.
    #[inline(always)]
    pub fn pass(&self, cursor: &mut Cursor, bytes: &[u8], from: usize) -> Option<usize> {
        cursor.refill(bytes);
        let run = *self.runs.get(cursor.peek(WIDE))?;
        if run.bits != 0 && from + usize::from(run.reach) < END as usize {
            cursor.take(run.bits.into());
            return Some(from + usize::from(run.step));
        }
        let (step, _) = self.next(cursor, bytes)?;
        Some(from + step)
    }

    #[cold]
    #[inline(never)]
    fn long(&self, cursor: &mut Cursor) -> Option<(usize, i16)> {
        let next = cursor.peek(16) as u32;
        let index = self.limits.iter().position(|limit| next < *limit)?;
        let length = index as u32 + 1;
        let code = (next >> (16 - length)) as u16;
        let place = code.wrapping_add(*self.offsets.get(index)?);
        let symbol = *self.symbols.get(usize::from(place))?;
        cursor.take(length);
        let size = u32::from(symbol & 15);
        let value = if size == 0 {
            0
        } else {
            magnitude(cursor, size)
        };
        Some((self.step(symbol) as usize, value))
    }
}

impl Entry {
    #[inline(always)]
    const fn bits(self) -> u32 {
        self.0 & 31
    }

    /// Bits of a magnitude that has to be read besides.
    #[inline(always)]
    const fn more(self) -> u32 {
        if self.0 & WITHOUT_VALUE == 0 {
            0
        } else {
            self.0 >> 24
        }
    }

    #[inline(always)]
    const fn step(self) -> u32 {
        self.0 >> 8 & 127
    }

    #[inline(always)]
    const fn value(self) -> i16 {
        (self.0 >> 16) as i16
    }
}

#[inline(always)]
const fn magnitude(cursor: &mut Cursor, size: u32) -> i16 {
    let magnitude = cursor.peek(size);
    cursor.take(size);
    extend(magnitude as u32, size)
}

/// Magnitudes that begin with a zero are negative (section F.2.2.1).
const fn extend(magnitude: u32, size: u32) -> i16 {
    if size == 0 {
        return 0;
    }
    let magnitude = magnitude as i32;
    if magnitude < 1 << (size - 1) {
        (magnitude + 1 - (1 << size)) as i16
    } else {
        magnitude as i16
    }
}
