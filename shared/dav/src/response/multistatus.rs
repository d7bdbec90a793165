use super::{Condition, Outcome, Propstat, Response, Status};
use crate::{Preferences, value::write_href, xml::Writer};

const ROOT: &str = "D:multistatus";

/// The body of a 207 answer (RFC 4918, section 13), written piece by piece: push responses, take what there is, push
/// more, finish. The pieces one after the other are the document, so an answer of any length needs the memory of one
/// page.
///
/// Text that XML 1.0 can not hold, such as a control character in a card, is given with U+FFFD in its place.
#[derive(Debug)]
pub struct Multistatus {
    out: Writer,
    minimal: bool,
}

impl Multistatus {
    /// Begins a body as the caller prefers it: a minimal one says nothing about properties that do not exist.
    #[must_use]
    pub fn new(preferences: Preferences) -> Self {
        Self {
            out: Writer::document(ROOT),
            minimal: preferences.minimal,
        }
    }

    pub fn push(&mut self, response: &Response) {
        let minimal = self.minimal;
        self.out.element("D:response", |out| {
            write_href(&response.href, out);
            match &response.outcome {
                Outcome::Status(status) => write_status(*status, out),
                Outcome::Properties(groups) => write_groups(groups, minimal, out),
            }
            write_condition(response.condition.as_ref(), out);
        });
    }

    /// The bytes that are ready.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.out.len()
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes what is ready.
    #[must_use]
    pub fn take(&mut self) -> String {
        self.out.take()
    }

    /// The rest of the body.
    #[must_use]
    pub fn finish(self) -> String {
        self.out.finish(ROOT)
    }

    /// The rest of the body of a sync-collection report, with the token for the next one (RFC 6578, section 6.4).
    #[must_use]
    pub fn finish_with_token(mut self, token: &str) -> String {
        self.out.leaf("D:sync-token", &[], token);
        self.finish()
    }
}

pub(super) fn write_groups(groups: &[Propstat], minimal: bool, out: &mut Writer) {
    let told = |group: &&Propstat| !minimal || group.status != Status::NotFound;
    let mut told = groups.iter().filter(told).peekable();
    if told.peek().is_none() {
        write_group(&Propstat::new(Status::Ok, Vec::new()), out);
    }
    told.for_each(|group| write_group(group, out));
}

fn write_group(group: &Propstat, out: &mut Writer) {
    out.element("D:propstat", |out| {
        out.element("D:prop", |out| {
            for property in &group.properties {
                property.write(out);
            }
        });
        write_status(group.status, out);
        write_condition(group.condition.as_ref(), out);
    });
}

fn write_status(status: Status, out: &mut Writer) {
    out.leaf("D:status", &[], status.line());
}

fn write_condition(condition: Option<&Condition>, out: &mut Writer) {
    if let Some(condition) = condition {
        out.element("D:error", |out| condition.write(out));
    }
}
