use super::Entry;

/// Bytes of one document, well within a message of the bus.
const MAX_BYTES: usize = 3 << 19;

/// Deals entries out to pages, in order, and keeps those of one page. A page ends at its number of entries, or before at its
/// bytes, and so always at the same place.
#[derive(Debug)]
pub struct Pages {
    size: usize,
    wanted: usize,
    page: usize,
    count: usize,
    bytes: usize,
    kept: Vec<Entry>,
}

impl Pages {
    /// To keep the entries of page `wanted`, counted from 1.
    #[must_use]
    pub const fn new(size: usize, wanted: usize) -> Self {
        Self {
            size,
            wanted,
            page: 1,
            count: 0,
            bytes: 0,
            kept: Vec::new(),
        }
    }

    /// `false` for an entry behind the wanted page.
    #[must_use]
    pub fn offer(&mut self, entry: Entry) -> bool {
        let weight = entry.weight();
        if self.count == self.size || (self.count > 0 && self.bytes + weight > MAX_BYTES) {
            (self.page, self.count, self.bytes) = (self.page + 1, 0, 0);
        }
        if self.page > self.wanted {
            return false;
        }
        self.count += 1;
        self.bytes += weight;
        if self.page == self.wanted {
            self.kept.push(entry);
        }
        true
    }

    #[must_use]
    pub fn end(self) -> Vec<Entry> {
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Fields, Name, Phone, directory::Vendor};

    fn entry(name: &str, numbers: usize) -> Entry {
        let phone = |number: usize| Phone {
            number: (100 + number).to_string(),
            e164: None,
            kind: None,
            label: Some("\"".repeat(24)),
            primary: None,
        };
        let contact = Fields {
            name: Name {
                display: Some(name.into()),
                ..Name::default()
            },
            phones: (0..numbers).map(phone).collect(),
            ..Fields::default()
        };
        Vendor::Yealink.entries(&contact).remove(0)
    }

    fn page(wanted: usize, size: usize, total: usize) -> (Vec<String>, bool) {
        let mut pages = Pages::new(size, wanted);
        let all_fit = (1..=total).all(|place| pages.offer(entry(&place.to_string(), 1)));
        let names = pages.end().into_iter().map(|entry| entry.name).collect();
        (names, !all_fit)
    }

    #[test]
    fn pages_follow_each_other() {
        assert_eq!(page(1, 2, 3), (vec!["1".into(), "2".into()], true));
        assert_eq!(page(2, 2, 3), (vec!["3".into()], false));
        assert_eq!(page(2, 2, 2), (vec![], false));
    }

    #[test]
    fn heavy_entries_make_a_page_shorter() {
        let mut pages = Pages::new(2_000, 1);
        while pages.offer(entry("heavy", 50)) {}
        let kept = pages.end();
        assert!((1..2_000).contains(&kept.len()));
        assert!(kept.iter().map(Entry::weight).sum::<usize>() <= MAX_BYTES);
    }
}
