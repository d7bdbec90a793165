//! Byte ranges (RFC 9110, section 14): one range of `bytes`; anything else is answered whole, as the standard allows.

use std::ops::Range;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    Part(Range<u64>),
    /// 416: no byte of the content is asked for.
    Unsatisfiable,
}

#[must_use]
pub fn parse(header: Option<&str>, size: u64) -> Wanted {
    let Some((first, last)) = header
        .and_then(|h| h.trim().strip_prefix("bytes="))
        .and_then(|spec| spec.split_once('-'))
    else {
        return Wanted::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    match (number(first), number(last)) {
        (Some(first), None) if last.is_empty() => part(first, size, size),
        (Some(first), Some(last)) if first <= last => {
            part(first, last.saturating_add(1).min(size), size)
        }
        (None, Some(suffix)) if first.is_empty() => part(size.saturating_sub(suffix), size, size),
        _ => Wanted::Whole,
    }
}

fn part(start: u64, end: u64, size: u64) -> Wanted {
    if start >= size || start >= end {
        Wanted::Unsatisfiable
    } else {
        Wanted::Part(start..end)
    }
}

fn number(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges_as_the_standard_reads_them() {
        let read = |header| parse(Some(header), 100);
        assert_eq!(read("bytes=0-9"), Wanted::Part(0..10));
        assert_eq!(read("bytes=90-"), Wanted::Part(90..100));
        assert_eq!(read("bytes=-5"), Wanted::Part(95..100));
        assert_eq!(read("bytes=-500"), Wanted::Part(0..100));
        assert_eq!(read("bytes=50-5000"), Wanted::Part(50..100));
        assert_eq!(read("bytes=100-"), Wanted::Unsatisfiable);
        assert_eq!(read("bytes=-0"), Wanted::Unsatisfiable);
        for whole in [
            "bytes=5-2",
            "lines=1-2",
            "bytes=a-b",
            "bytes=0-1,5-6",
            "bytes=-",
            "",
        ] {
            assert_eq!(read(whole), Wanted::Whole, "{whole}");
        }
    }

    proptest! {
        #[test]
        fn a_part_lies_inside(header in "bytes=[0-9]{0,25}-[0-9]{0,25}", size in 0u64..1000) {
            if let Wanted::Part(range) = parse(Some(&header), size) {
                prop_assert!(range.start < range.end && range.end <= size);
            }
        }
    }
}
