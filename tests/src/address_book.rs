//! Address book programs that people use, from PyPI: vdirsyncer, which keeps a folder of cards and a book on a server alike,
//! and khard, which shows and edits the cards of such a folder. `cargo xtask test` installs them.

use crate::Client;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, process::Command};

/// As `cargo xtask carddav` names their environments.
const VDIRSYNCER: &str = "vdirsyncer-0.21.0/bin/vdirsyncer";
const KHARD: &str = "khard-0.22.0/bin/khard";
/// The book that everybody has.
const BOOK: &str = "book_00000000000000000000000000";
const PATIENCE: Duration = Duration::from_secs(120);

/// A folder of cards that belongs together with the tenant's own book.
pub struct AddressBook {
    folder: TempDir,
    client: Client,
}

/// What a program did.
#[derive(Debug)]
pub struct Run {
    pub succeeded: bool,
    /// Everything that it said.
    pub said: String,
}

impl AddressBook {
    /// An empty folder, and what vdirsyncer finds on the server when it is told no more than its address.
    pub async fn discover(client: &Client) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let book = Self {
            folder,
            client: client.clone(),
        };
        book.resolve_conflicts_by("");
        book.vdirsyncer("discover").await.expect();
        assert!(book.cards_folder().is_dir(), "the book is found");
        book
    }

    /// `a wins` prefers the folder, `b wins` the server, nothing leaves both as they are.
    pub fn resolve_conflicts_by(&self, rule: &str) {
        let rule = match rule {
            "" => String::new(),
            rule => format!("conflict_resolution = \"{rule}\"\n"),
        };
        let place = self.folder.path().display();
        let (url, key) = (&self.client.url, self.client.key());
        let text = format!(
            "[general]\nstatus_path = \"{place}/status/\"\n\n\
             [pair book]\na = \"folder\"\nb = \"server\"\ncollections = [\"from b\"]\nimplicit = \"create\"\n{rule}\n\
             [storage folder]\ntype = \"filesystem\"\npath = \"{place}/cards/\"\nfileext = \".vcf\"\n\n\
             [storage server]\ntype = \"carddav\"\nurl = \"{url}/\"\nusername = \"anybody\"\npassword = \"{key}\"\n"
        );
        fs::write(self.vdirsyncer_settings(), text).expect("settings");
    }

    /// Makes both sides alike.
    pub async fn sync(&self) -> Run {
        self.vdirsyncer("sync").await
    }

    /// The cards by their files' names, with simple ends of lines.
    #[must_use]
    pub fn cards(&self) -> BTreeMap<String, String> {
        let entries = fs::read_dir(self.cards_folder()).expect("the folder of the cards");
        let card = |path: PathBuf| {
            let text = fs::read_to_string(&path).expect("a card");
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), text.replace("\r\n", "\n"))
        };
        entries
            .map(|entry| card(entry.expect("an entry").path()))
            .collect()
    }

    /// The card with this name or number somewhere in it, and its file's name. It has to be the only one.
    #[must_use]
    pub fn card(&self, part: &str) -> (String, String) {
        let cards = self.cards().into_iter();
        let found: Vec<_> = cards.filter(|(_, card)| card.contains(part)).collect();
        assert_eq!(found.len(), 1, "one card with {part}: {found:?}");
        found.into_iter().next().expect("a card")
    }

    pub fn write(&self, name: &str, card: &str) {
        let card = card.replace('\n', "\r\n");
        fs::write(self.cards_folder().join(name), card).expect("a card");
    }

    pub fn remove(&self, name: &str) {
        fs::remove_file(self.cards_folder().join(name)).expect("a card");
    }

    /// Runs khard on the folder; `said` is what somebody types.
    pub async fn khard(&self, arguments: &[&str], said: &str) -> String {
        let settings = self.folder.path().join("khard.conf");
        let cards = self.cards_folder();
        let text = format!(
            "[addressbooks]\n[[book]]\npath = {}\n[general]\ndefault_action = list\n[vcard]\npreferred_version = 3.0\n",
            cards.display()
        );
        fs::write(&settings, text).expect("settings");
        let mut command = command(KHARD);
        command.arg("-c").arg(settings).args(arguments);
        run(command, said).await.expect()
    }

    /// A file with a contact as khard's users write it.
    #[must_use]
    pub fn draft(&self, text: &str) -> String {
        let path = self.folder.path().join("draft.yaml");
        fs::write(&path, text).expect("a draft");
        path.display().to_string()
    }

    async fn vdirsyncer(&self, what: &str) -> Run {
        let mut command = command(VDIRSYNCER);
        command.args(["--verbosity", "DEBUG", "--config"]);
        command.arg(self.vdirsyncer_settings()).arg(what);
        run(command, "").await
    }

    fn vdirsyncer_settings(&self) -> PathBuf {
        self.folder.path().join("vdirsyncer.conf")
    }

    fn cards_folder(&self) -> PathBuf {
        self.folder.path().join("cards").join(BOOK)
    }
}

impl Run {
    /// What it said, if it succeeded; otherwise a panic that shows it.
    pub fn expect(self) -> String {
        assert!(self.succeeded, "{}", self.said);
        self.said
    }
}

fn command(program: &str) -> Command {
    let environments = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python");
    let program = environments.join(program);
    assert!(
        program.exists(),
        "{} is missing; install it: cargo xtask carddav",
        program.display()
    );
    Command::new(program)
}

async fn run(mut command: Command, said: &str) -> Run {
    command.stdin(Stdio::piped()).kill_on_drop(true);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A program that asks nothing may have closed it.
    let _ = stdin.write_all(said.as_bytes()).await;
    drop(stdin);
    let ended = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = ended.expect("an end in time").expect("its output");
    let all = [output.stdout, output.stderr].concat();
    Run {
        succeeded: output.status.success(),
        said: String::from_utf8_lossy(&all).into_owned(),
    }
}
