use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

const MOTO: &str = "5.2.5";

/// The Python of an environment that has moto; made when it is missing, by one process at a time.
pub fn with_moto() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../python");
    let environment = target.join(format!("moto-{MOTO}"));
    fs::create_dir_all(&target).expect("a folder below target");
    let lock = File::create(target.join("moto.lock")).expect("a lock file");
    lock.lock().expect("the lock");
    // Written last, so that an interrupted installation is not taken for a whole one.
    let complete = environment.join("complete");
    if !complete.exists() {
        install(&environment);
        fs::write(&complete, "").expect("the mark is written");
    }
    environment.join("bin/python")
}

/// moto's S3 and its server; the extra `server` would bring every other service's needs.
fn install(environment: &Path) {
    let folder = environment.display().to_string();
    run(
        "python3",
        &["-m", "venv", "--clear", &folder],
        "python3 with the module venv (Debian: python3-venv)",
    );
    let moto = format!("moto[s3]=={MOTO}");
    run(
        &format!("{folder}/bin/pip"),
        &[
            "install",
            "--quiet",
            &moto,
            "flask>=3,<4",
            "flask-cors>=6,<7",
        ],
        "PyPI, or a mirror that pip is told of",
    );
}

fn run(program: &str, arguments: &[&str], needed: &str) {
    let done = Command::new(program).args(arguments).status();
    assert!(
        done.as_ref().is_ok_and(ExitStatus::success),
        "the tests of S3 need {needed}: {program} {} gave {done:?}",
        arguments.join(" ")
    );
}
