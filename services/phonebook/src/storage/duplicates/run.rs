use super::{super::keys, MAX_SHOWN};

/// Neighbours with one term.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    pub term: String,
    /// No more than one above what is shown.
    pub ids: Vec<String>,
}

impl Run {
    pub fn is_full(&self) -> bool {
        self.ids.len() > MAX_SHOWN
    }

    /// Behind every key of the term: '0' is the character after '/', which follows the term.
    pub fn end(&self, prefix: &str) -> String {
        format!("{prefix}{}0", self.term)
    }
}

/// Adds the key's contact to the run of its term; gives the run that ends with it, if one does.
pub fn step(run: &mut Option<Run>, prefix: &str, key: &str) -> Option<Run> {
    let (term, id) = key.strip_prefix(prefix)?.rsplit_once('/')?;
    let id = keys::contact_id(id);
    match run {
        Some(run) if run.term == term => {
            if !run.is_full() {
                run.ids.push(id);
            }
            None
        }
        _ => run.replace(Run {
            term: term.to_owned(),
            ids: vec![id],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_with_one_term_are_a_run() {
        let mut run = None;
        let keys = ["p/a/1", "p/a/2", "p/b/1", "q", "p/b c /2"];
        let ended: Vec<Run> = keys
            .iter()
            .filter_map(|key| step(&mut run, "p/", key))
            .collect();
        let ended: Vec<_> = ended
            .iter()
            .map(|run| (run.term.as_str(), run.ids.len()))
            .collect();
        assert_eq!(ended, [("a", 2), ("b", 1)]);
        assert_eq!(run.unwrap().end("p/"), "p/b c 0");
    }

    #[test]
    fn a_run_holds_one_more_than_is_shown() {
        let mut run = None;
        for number in 0..100 {
            assert_eq!(step(&mut run, "p/", &format!("p/a/{number}")), None);
        }
        assert_eq!(run.unwrap().ids.len(), MAX_SHOWN + 1);
    }
}
