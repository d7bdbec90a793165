use crate::domain::Fields;
use std::fmt::Display;

/// Values of one contact that found no room, as lines of notes.
#[derive(Debug, Default)]
pub struct Lost(Vec<String>);

impl Lost {
    pub fn add(&mut self, what: &str, value: impl Display) {
        let line = format!("{what}: {value}");
        if !self.0.contains(&line) {
            self.0.push(line);
        }
    }

    /// The notes with what they do not tell yet, below a line that says whom it is from.
    pub fn note(mut self, notes: Option<String>, from: &Fields) -> Option<String> {
        let notes = notes.or_else(|| from.notes.clone());
        self.0.extend(from.notes.clone());
        let told = notes.as_deref().unwrap_or_default();
        self.0.retain(|line| !holds(told, line));
        if self.0.is_empty() {
            return notes;
        }
        let block = format!("Merged from {}:\n{}", from.display(), self.0.join("\n"));
        match notes {
            Some(notes) => Some(format!("{notes}\n\n{block}")),
            None => Some(block),
        }
    }
}

/// Do whole lines of the notes say this?
pub fn holds(notes: &str, lines: &str) -> bool {
    format!("\n{notes}\n").contains(&format!("\n{lines}\n"))
}
