//! What can be told of an entry without the store. That is most of the work, and can be done ahead.

use crate::{
    domain::{
        E164, Index, Phone, Region, book,
        import::{At, Content, Draft, Entry, Name, Options, digest, id},
    },
    input::{self, Numbers, Written},
};
use serde_json::Value;
use std::sync::OnceLock;
use vcard::Card;
use web::{Faults, Problem};

/// How the entries of a file are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub options: Options,
    /// Where numbers without `+` are dialled, when the options say nothing.
    pub fallback: Option<Region>,
}

/// One entry of a file.
#[derive(Debug)]
pub struct Prepared {
    /// The line that it begins on, from 1.
    pub line: u64,
    /// Where to go on behind it.
    pub next: At,
    /// Or what is wrong with it.
    pub said: Result<Said, String>,
}

/// What an entry says.
#[derive(Debug)]
pub struct Said {
    content: Content,
    line: u64,
    /// What the file calls the contact.
    pub name: Name,
    /// The contact's id, unless the phonebook has one by that name.
    pub id: String,
    /// The same when the same file comes again.
    pub digest: String,
    draft: OnceLock<Draft>,
    new: OnceLock<Result<(Written, Index), Problem>>,
}

impl Reading {
    /// Said by the options.
    pub fn region(&self) -> Option<Region> {
        self.options.region.as_deref().and_then(Region::parse)
    }

    /// Reads a draft as a contact that has these numbers already.
    pub fn written(&self, draft: &Draft, mut known: Vec<Phone>) -> Result<Written, Problem> {
        known.extend(told_numbers(&draft.document));
        let numbers = Numbers {
            region: self.region(),
            fallback: self.fallback,
            lenient: self.options.lenient,
            known: &known,
        };
        input::contact(&draft.document, &numbers, Faults::new())
    }
}

impl Prepared {
    pub fn of(entry: Entry, reading: &Reading) -> Self {
        let line = entry.line;
        Self {
            line,
            next: entry.next,
            said: entry
                .content
                .map(|content| Said::of(content, line, reading)),
        }
    }
}

impl Said {
    fn of(content: Content, line: u64, reading: &Reading) -> Self {
        let options = &reading.options;
        let book = options.book.as_deref().unwrap_or(book::DEFAULT);
        let (name, source) = (content.name(), content.source());
        Self {
            line,
            id: id(&name, book, &source),
            digest: digest(options.region.as_deref(), &source),
            name,
            draft: OnceLock::new(),
            new: OnceLock::new(),
            content,
        }
    }

    /// The card, if it is about a group of contacts.
    pub fn group_card(&self) -> Option<&Card> {
        self.content.group_card()
    }

    /// The entry as a contact; worked out once.
    pub fn draft(&self) -> &Draft {
        self.draft.get_or_init(|| self.content.read(self.line))
    }

    /// What a contact that is new is to hold, and what it is found by, or every fault of the entry; worked out once.
    pub fn as_new(&self, reading: &Reading) -> &Result<(Written, Index), Problem> {
        self.new.get_or_init(|| {
            let written = reading.written(self.draft(), Vec::new())?;
            let index = Index::of(&written.fields);
            Ok((written, index))
        })
    }
}

/// Numbers whose meaning the document tells, as our own exports do: it holds wherever the number is dialled.
fn told_numbers(document: &Value) -> Vec<Phone> {
    let phones = document.get("phones").and_then(Value::as_array);
    let told = phones.into_iter().flatten().filter_map(|phone| {
        let text = |name| phone.get(name).and_then(Value::as_str);
        Some(Phone {
            number: text("number")?.to_owned(),
            e164: Some(E164::parse(text("e164")?, None).ok()?),
            kind: None,
            label: None,
            primary: None,
        })
    });
    told.collect()
}
