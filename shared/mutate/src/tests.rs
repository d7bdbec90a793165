use super::*;
use std::collections::HashSet;

fn samples() -> Vec<Vec<u8>> {
    vec![
        b"one\ntwo\nthree\n".to_vec(),
        b"four\r\nfive".to_vec(),
        Vec::new(),
    ]
}

fn all_from(seed: u64) -> Vec<Vec<u8>> {
    let (samples, words) = (samples(), ["six", "seven\n"]);
    let mutator = Mutator {
        samples: &samples,
        words: &words,
    };
    let case = |seed| mutator.mutated(&mut Dice::new(seed));
    (seed..seed + 300).map(case).collect()
}

#[test]
fn a_seed_gives_the_same_again_and_another_something_else() {
    assert_eq!(all_from(7), all_from(7));
    let different: HashSet<_> = all_from(7).into_iter().collect();
    assert!(different.len() > 200, "{} of 300", different.len());
}

#[test]
fn nothing_to_begin_with_is_no_fault() {
    let mut lengths = Vec::new();
    Campaign::new("nothing", &[], &[]).run(|_, bytes| lengths.push(bytes.len()));
    assert!(lengths.iter().any(|length| *length > 0));
}

#[test]
fn what_fails_is_told_and_left_in_a_file() {
    let name = format!("broken-{}", std::process::id());
    let mut failed = Vec::new();
    let hunt = || {
        Campaign::new(&name, &samples(), &[]).run(|_, bytes| {
            failed = bytes.to_vec();
            assert!(bytes.len() < 20, "a promise is broken");
        });
    };
    let panic = catch_unwind(AssertUnwindSafe(hunt)).expect_err("a panic");
    assert_eq!(panic.downcast_ref(), Some(&"a promise is broken"));
    let files = std::fs::read_dir(std::env::temp_dir()).expect("a folder");
    let is_ours = |path: &PathBuf| path.display().to_string().contains(&name);
    let mut left = files.map(|file| file.expect("a file").path());
    let left = left.find(is_ours).expect("the case's bytes");
    assert_eq!(std::fs::read(&left).expect("a file"), failed);
    std::fs::remove_file(left).expect("a file");
}
