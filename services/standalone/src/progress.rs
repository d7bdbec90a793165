//! How far a command is, on one line of a terminal.

#![expect(
    clippy::print_stderr,
    reason = "a terminal is told on standard error, where it spoils no output"
)]

use std::io::IsTerminal;

/// A line that is drawn again and again; nothing where nobody watches.
pub struct Progress {
    shows: bool,
    what: &'static str,
}

impl Progress {
    /// `what` is counted.
    pub fn of(what: &'static str) -> Self {
        Self {
            shows: std::io::stderr().is_terminal(),
            what,
        }
    }

    pub fn show(&self, done: u64, total: u64) {
        if self.shows {
            eprint!("\r{}", bar(done, total, self.what));
        }
    }

    /// Makes room for a message.
    pub fn clear(&self) {
        if self.shows {
            eprint!("\r\x1b[K");
        }
    }

    pub fn finish(&self) {
        if self.shows {
            eprintln!();
        }
    }
}

fn bar(done: u64, total: u64, what: &str) -> String {
    const WIDTH: u64 = 30;
    let filled = done.min(total).saturating_mul(WIDTH);
    let filled = filled.checked_div(total).unwrap_or(0);
    let bar: String = (0..WIDTH)
        .map(|place| if place < filled { '#' } else { '.' })
        .collect();
    format!("[{bar}] {done} of {total} {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_how_far_it_is() {
        let half = bar(10, 20, "contacts");
        assert_eq!(half, "[###############...............] 10 of 20 contacts");
        assert!(bar(0, 0, "pictures").ends_with("0 of 0 pictures"));
    }
}
