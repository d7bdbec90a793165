/// Text for one line of a small screen: without controls, marks that turn the direction of text, and characters that XML
/// forbids (XML 1.0, section 2.2), white space as single spaces, cut after `max` characters.
pub fn line(text: &str, max: usize) -> String {
    let shown: String = text
        .chars()
        .filter(|c| c.is_whitespace() || !is_hidden(*c))
        .collect();
    let spaced = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = spaced.chars().take(max).collect();
    cut.trim_end().to_owned()
}

/// Zero-width joiners stay: words of Persian and of Indic scripts need them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_fits() {
        assert_eq!(line("  Ada\r\n\tLovelace ", 99), "Ada Lovelace");
        assert_eq!(line("a\u{202e}b\u{0}c\u{ffff}d\u{2067}", 99), "abcd");
        assert_eq!(line("Ada Lovelace", 4), "Ada");
        assert_eq!(line("\u{1b}\u{200f}", 9), "");
        assert_eq!(line("می\u{200c}خواهم", 99), "می\u{200c}خواهم");
    }
}
