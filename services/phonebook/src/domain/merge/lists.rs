use super::notes::Lost;
use crate::domain::{Email, Phone};

pub fn unite<T: Clone + PartialEq>(merged: &mut Vec<T>, other: &[T]) {
    for value in other {
        if !merged.contains(value) {
            merged.push(value.clone());
        }
    }
}

/// Numbers are the same when they mean the same.
pub fn phones(merged: &mut Vec<Phone>, other: &[Phone], lost: &mut Lost) {
    entries(merged, other, "Phone", lost);
}

/// Addresses are the same whatever their case.
pub fn emails(merged: &mut Vec<Email>, other: &[Email], lost: &mut Lost) {
    entries(merged, other, "E-mail", lost);
}

/// A number or an address with what is said about it.
pub trait Entry: Clone {
    /// What makes two entries the same.
    fn identity(&self) -> String;
    fn value(&self) -> &str;
    fn about(&self) -> [Option<&String>; 2];
    fn fill_in(&mut self, from: &Self);
    fn primary(&mut self) -> &mut Option<bool>;
}

pub fn same<T: Entry>(one: &T, other: &T) -> bool {
    one.identity() == other.identity()
}

fn entries<T: Entry>(merged: &mut Vec<T>, other: &[T], what: &str, lost: &mut Lost) {
    for entry in other {
        let identity = entry.identity();
        let mut same = merged.iter_mut().filter(|has| has.identity() == identity);
        match settle(&mut same, entry) {
            Settled::Said => {}
            Settled::Differs => {
                let about: Vec<_> = entry.about().into_iter().flatten().cloned().collect();
                lost.add(
                    what,
                    format_args!("{} ({})", entry.value(), about.join(", ")),
                );
            }
            Settled::New => {
                let mut entry = entry.clone();
                // There is one that is called first, and it stays that.
                if merged.iter_mut().any(|has| *has.primary() == Some(true)) {
                    *entry.primary() = None;
                }
                merged.push(entry);
            }
        }
    }
}

enum Settled {
    New,
    Said,
    Differs,
}

/// Makes one of the same entries say what this one says, if none does and one can.
fn settle<'a, T: Entry + 'a>(same: &mut dyn Iterator<Item = &'a mut T>, entry: &T) -> Settled {
    let mut same: Vec<&mut T> = same.collect();
    if same.is_empty() {
        return Settled::New;
    }
    let wanted = entry.about();
    let says = |has: &T, silence: bool| {
        let pairs = has.about().into_iter().zip(wanted);
        pairs
            .into_iter()
            .all(|(has, wanted)| wanted.is_none() || has == wanted || (silence && has.is_none()))
    };
    if same.iter().any(|has| says(has, false)) {
        return Settled::Said;
    }
    match same.iter_mut().find(|has| says(has, true)) {
        Some(silent) => {
            silent.fill_in(entry);
            Settled::Said
        }
        None => Settled::Differs,
    }
}

impl Entry for Phone {
    fn identity(&self) -> String {
        let meaning = self.e164.as_ref().map(ToString::to_string);
        meaning.unwrap_or_else(|| self.number.trim().to_owned())
    }

    fn value(&self) -> &str {
        &self.number
    }

    fn about(&self) -> [Option<&String>; 2] {
        [self.kind.as_ref(), self.label.as_ref()]
    }

    fn fill_in(&mut self, from: &Self) {
        self.kind = self.kind.take().or_else(|| from.kind.clone());
        self.label = self.label.take().or_else(|| from.label.clone());
    }

    fn primary(&mut self) -> &mut Option<bool> {
        &mut self.primary
    }
}

impl Entry for Email {
    fn identity(&self) -> String {
        self.address.trim().to_lowercase()
    }

    fn value(&self) -> &str {
        &self.address
    }

    fn about(&self) -> [Option<&String>; 2] {
        [self.kind.as_ref(), None]
    }

    fn fill_in(&mut self, from: &Self) {
        self.kind = self.kind.take().or_else(|| from.kind.clone());
    }

    fn primary(&mut self) -> &mut Option<bool> {
        &mut self.primary
    }
}
