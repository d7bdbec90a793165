//! The items of an AVIF file (ISO/IEC 23008-12, section 6): the picture, its alpha, and what is told of them.

use super::boxes::{Boxes, Cursor, IsoBox};

const ALPHA: [&[u8]; 2] = [
    b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0",
    b"urn:mpeg:hevc:2015:auxid:1\0",
];
/// More are in no picture.
const MOST_ITEMS: usize = 256;
const MOST_EXTENTS: usize = 64;

/// What the box `meta` says.
pub struct Items<'a> {
    file: &'a [u8],
    meta: Boxes<'a>,
    pub primary: usize,
}

/// A property of an item.
pub type Property<'a> = IsoBox<'a>;

impl<'a> Items<'a> {
    pub fn read(file: &'a [u8]) -> Option<Self> {
        let mut meta = Cursor(Boxes(file).get(b"meta")?);
        meta.version()?;
        let meta = Boxes(meta.0);
        let mut primary = Cursor(meta.get(b"pitm")?);
        let (version, _) = primary.version()?;
        Some(Self {
            file,
            primary: primary.number(if version == 0 { 2 } else { 4 })?,
            meta,
        })
    }

    pub fn kind(&self, item: usize) -> Option<[u8; 4]> {
        let mut cursor = Cursor(self.meta.get(b"iinf")?);
        let (version, _) = cursor.version()?;
        cursor.take(if version == 0 { 2 } else { 4 })?;
        let entries = Boxes(cursor.0).take(MOST_ITEMS);
        let mut kinds = entries.filter_map(|entry| {
            let mut cursor = Cursor(entry.data);
            let (version, _) = cursor.version()?;
            let id = cursor.number(if version < 3 { 2 } else { 4 })?;
            cursor.take(2)?;
            (id == item).then(|| cursor.kind())?
        });
        kinds.next()
    }

    /// The item that holds the alpha of another one.
    pub fn alpha(&self, of: usize) -> Option<usize> {
        let mut cursor = Cursor(self.meta.get(b"iref")?);
        let (version, _) = cursor.version()?;
        let width = if version == 0 { 2 } else { 4 };
        let references = Boxes(cursor.0).take(MOST_ITEMS);
        let auxiliaries = references.filter(|reference| &reference.kind == b"auxl");
        let mut alphas = auxiliaries.filter_map(|reference| {
            let mut cursor = Cursor(reference.data);
            let (from, count) = (cursor.number(width)?, cursor.number(2)?);
            let refers = (0..count).any(|_| cursor.number(width) == Some(of));
            (refers && self.is_alpha(from)).then_some(from)
        });
        alphas.next()
    }

    fn is_alpha(&self, item: usize) -> bool {
        let kind = self.property(item, b"auxC");
        kind.and_then(|data| data.get(4..))
            .is_some_and(|name| ALPHA.iter().any(|alpha| name.starts_with(alpha)))
    }

    pub fn property(&self, item: usize, kind: &[u8; 4]) -> Option<&'a [u8]> {
        let mut properties = self.properties(item);
        properties
            .find(|property| &property.kind == kind)
            .map(|property| property.data)
    }

    /// In the order in which they are to be applied.
    pub fn properties(&self, item: usize) -> impl Iterator<Item = Property<'a>> {
        let iprp = self.meta.get(b"iprp").map(Boxes);
        let all = iprp.as_ref().and_then(|iprp| iprp.get(b"ipco"));
        let all: Vec<IsoBox<'a>> = Boxes(all.unwrap_or_default()).take(MOST_ITEMS).collect();
        let associations = iprp.and_then(|iprp| associations(iprp.get(b"ipma")?, item));
        let indices = associations.unwrap_or_default().into_iter();
        indices.filter_map(move |index| all.get(index.checked_sub(1)?).copied())
    }

    /// The item's bytes; `None` when the file ends before they do.
    pub fn data(&self, item: usize) -> Option<Vec<u8>> {
        let mut location = locate(self.meta.get(b"iloc")?, item)?;
        let source = match location.construction {
            0 => self.file,
            1 => self.meta.get(b"idat")?,
            _ => return None,
        };
        let mut data = Vec::new();
        for (start, length) in location.extents.drain(..) {
            let bytes = source.get(start..)?;
            let bytes = if length == 0 {
                bytes
            } else {
                bytes.get(..length)?
            };
            // Extents that overlap would make much of little.
            if data.len() + bytes.len() > self.file.len() {
                return None;
            }
            data.extend_from_slice(bytes);
        }
        Some(data)
    }
}

/// Numbers of the item's properties, from 1 (section 9.3.1).
fn associations(ipma: &[u8], item: usize) -> Option<Vec<usize>> {
    let mut cursor = Cursor(ipma);
    let (version, flags) = cursor.version()?;
    let items = cursor.number(4)?.min(MOST_ITEMS);
    for _ in 0..items {
        let id = cursor.number(if version == 0 { 2 } else { 4 })?;
        let count = cursor.number(1)?;
        let (width, mask) = if flags & 1 == 0 {
            (1, 0x7F)
        } else {
            (2, 0x7FFF)
        };
        let indices = (0..count).map(|_| Some(cursor.number(width)? & mask));
        let indices: Vec<usize> = indices.collect::<Option<_>>()?;
        if id == item {
            return Some(indices);
        }
    }
    None
}

struct Location {
    construction: usize,
    /// Starts and lengths.
    extents: Vec<(usize, usize)>,
}

/// ISO/IEC 14496-12, section 8.11.3.
fn locate(iloc: &[u8], item: usize) -> Option<Location> {
    let mut cursor = Cursor(iloc);
    let (version, _) = cursor.version()?;
    let widths = cursor.number(2)?;
    let width = |place: usize| widths >> place & 15;
    let (offsets, lengths, bases) = (width(12), width(8), width(4));
    let indices = if version == 0 { 0 } else { width(0) };
    let id = if version < 2 { 2 } else { 4 };
    let items = cursor.number(id)?.min(MOST_ITEMS);
    for _ in 0..items {
        let found = cursor.number(id)?;
        let construction = if version == 0 {
            0
        } else {
            cursor.number(2)? & 15
        };
        cursor.take(2)?;
        let base = cursor.number(bases)?;
        let count = cursor.number(2)?;
        if count > MOST_EXTENTS {
            return None;
        }
        let extents = (0..count).map(|_| {
            cursor.take(indices)?;
            let start = base.checked_add(cursor.number(offsets)?)?;
            Some((start, cursor.number(lengths)?))
        });
        let extents = extents.collect::<Option<_>>()?;
        if found == item {
            return Some(Location {
                construction,
                extents,
            });
        }
    }
    None
}
