//! The specifications and the suites say the same: each rule names cases, and each case proves a rule.

use std::{collections::BTreeSet, fs, path::Path};

struct Port {
    name: &'static str,
    cases: &'static [&'static str],
}

const PORTS: [Port; 3] = [
    Port {
        name: "store",
        cases: crate::store::CASES,
    },
    Port {
        name: "bus",
        cases: crate::bus::CASES,
    },
    Port {
        name: "blobs",
        cases: crate::blobs::CASES,
    },
];

impl Port {
    fn spec(&self) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/specs");
        let path = folder.join(format!("{}.md", self.name));
        fs::read_to_string(path).expect("the specification is there")
    }

    /// The cases that a piece of the specification names: `[store: one, another]`.
    fn named<'s>(&self, text: &'s str) -> Vec<&'s str> {
        let mark = format!("[{}: ", self.name);
        let lists = text.split(&mark).skip(1);
        lists
            .filter_map(|rest| rest.split_once(']'))
            .flat_map(|(list, _)| list.split(',').map(str::trim))
            .collect()
    }

    /// The functions of the suite's modules that look like cases.
    fn written(&self) -> BTreeSet<String> {
        let argument = match self.name {
            "store" => "(t: Sandbox)",
            "bus" => "(bus: Arc<dyn Bus>)",
            _ => "(blobs: Arc<dyn Blobs>)",
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let files = fs::read_dir(folder.join(self.name)).expect("the suite's folder");
        files
            .map(|file| fs::read_to_string(file.expect("a file").path()).expect("text"))
            .flat_map(|source| cases_in(&source, argument))
            .collect()
    }
}

fn cases_in(source: &str, argument: &str) -> Vec<String> {
    let functions = source.split("pub async fn ").skip(1);
    functions
        .filter_map(|rest| rest.split_once(argument))
        .map(|(name, _)| name)
        .filter(|name| !name.contains(|c: char| !c.is_ascii_lowercase() && c != '_'))
        .map(str::to_owned)
        .collect()
}

/// A rule is an item of a list, over as many lines as it takes.
fn rules(spec: &str) -> impl Iterator<Item = &str> {
    spec.split("\n\n")
        .filter(|paragraph| paragraph.starts_with("- "))
        .flat_map(|list| list.split("\n- "))
}

#[test]
fn every_case_that_a_specification_names_exists() {
    for port in PORTS {
        for case in port.named(&port.spec()) {
            assert!(port.cases.contains(&case), "{}: no {case}", port.name);
        }
    }
}

#[test]
fn every_case_proves_a_rule() {
    for port in PORTS {
        let spec = port.spec();
        let named: BTreeSet<&str> = rules(&spec).flat_map(|rule| port.named(rule)).collect();
        for case in port.cases {
            assert!(named.contains(case), "{}.md has no {case}", port.name);
        }
    }
}

#[test]
fn every_rule_names_a_case() {
    for port in PORTS {
        let spec = port.spec();
        let mut musts = spec.matches("MUST").count();
        for rule in rules(&spec) {
            musts -= rule.matches("MUST").count();
            let bare = rule.contains("MUST") && port.named(rule).is_empty();
            assert!(!bare, "{}.md proves nothing of: {rule}", port.name);
        }
        // The two of the sentence that explains the word.
        assert_eq!(musts, 2, "{}.md has a MUST outside the rules", port.name);
    }
}

#[test]
fn every_case_is_in_its_list_once() {
    for port in PORTS {
        let listed: BTreeSet<String> = port.cases.iter().map(ToString::to_string).collect();
        assert_eq!(listed.len(), port.cases.len(), "a case is listed twice");
        assert_eq!(listed, port.written(), "{}", port.name);
    }
}
