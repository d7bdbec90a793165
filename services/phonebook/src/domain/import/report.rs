use contracts::jobs::JobError;
use serde::{Deserialize, Serialize};

/// Faults and notes that are kept one by one; of the others only the number is.
const MAX_KEPT: usize = 100;
const MAX_DETAIL_CHARS: usize = 300;

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Created,
    Updated,
    /// Taken out of the bin.
    Restored,
    Unchanged,
    /// A group, whatever became of it.
    Group,
}

/// What became of a file so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    pub created: u64,
    pub updated: u64,
    pub restored: u64,
    pub unchanged: u64,
    pub refused: u64,
    pub groups: u64,
    pub errors: Vec<JobError>,
    pub notes: Vec<JobError>,
}

impl Report {
    /// Contacts of the file that are in the phonebook.
    #[must_use]
    pub const fn done(&self) -> u64 {
        self.created + self.updated + self.restored + self.unchanged
    }

    /// Entries that were not refused: contacts and groups.
    #[must_use]
    pub const fn taken(&self) -> u64 {
        self.done() + self.groups
    }

    /// Entries looked at: the index of the next one.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.taken() + self.refused
    }

    pub fn accept(&mut self, verdict: Verdict, notes: Vec<String>) {
        let index = self.seen();
        for note in notes {
            keep(&mut self.notes, index, &note);
        }
        match verdict {
            Verdict::Created => self.created += 1,
            Verdict::Updated => self.updated += 1,
            Verdict::Restored => self.restored += 1,
            Verdict::Unchanged => self.unchanged += 1,
            Verdict::Group => self.groups += 1,
        }
    }

    pub fn refuse(&mut self, reason: &str) {
        let index = self.seen();
        keep(&mut self.errors, index, reason);
        self.refused += 1;
    }

    /// The counts, for people.
    #[must_use]
    pub fn summary(&self) -> Vec<String> {
        let counts = [
            (self.created, "created"),
            (self.updated, "updated"),
            (self.restored, "restored"),
            (self.unchanged, "unchanged"),
            (self.groups, "as groups"),
            (self.refused, "refused"),
        ];
        let told = counts.into_iter().filter(|(count, _)| *count > 0);
        told.map(|(count, what)| format!("{count} {what}"))
            .collect()
    }
}

fn keep(list: &mut Vec<JobError>, index: u64, detail: &str) {
    if list.len() < MAX_KEPT {
        let detail = detail.chars().take(MAX_DETAIL_CHARS).collect();
        list.push(JobError { index, detail });
    }
}
