//! `kill -9` at a random moment: whatever was acknowledged is there afterwards, and whatever was not settled comes again.

#![allow(clippy::expect_used)] // in the helpers of tests, too

use bytes::Bytes;
use embedded::{Embedded, open};
use ports::{
    Batch, Bus, Event, Store, Tenant, Timestamp,
    store::{MAX_PAGE, Query, Read},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::{BufRead, BufReader, Write, stdout},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::time::timeout;

/// Tells the child process where to write.
const FOLDER: &str = "EMBEDDED_KILL_TEST_FOLDER";
const RUNS: usize = 3;
const LINES_BEFORE_KILL: usize = 1_500;
const PATIENCE: Duration = Duration::from_secs(20);

fn tenant() -> Tenant {
    Tenant::parse("tenant").expect("a tenant")
}

/// Says something to the parent, at once and in one piece.
fn say(line: &str) {
    let mut out = stdout().lock();
    writeln!(out, "{line}").expect("the parent listens");
    out.flush().expect("the parent listens");
}

fn event(subject: &str) -> Event {
    Event {
        id: format!("evt-{subject}"),
        event_type: "thing.happened.v1".into(),
        source: "/test".into(),
        subject: subject.into(),
        time: Timestamp::now(),
        traceparent: None,
        data: Bytes::from(format!("{{\"subject\":\"{subject}\"}}")),
        to: None,
    }
}

/// The process that is killed. Run as an ordinary test it has nothing to do.
#[test]
fn child_writes_until_it_is_killed() {
    let Some(folder) = env::var_os(FOLDER) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let Embedded { store, bus } = open(Path::new(&folder)).expect("the folder opens");
        bus.declare_group("group", 1).await.expect("declared");
        let run = store.now().await.expect("a clock").as_micros();
        for task in 0..16 {
            let store = Arc::clone(&store);
            tokio::spawn(async move { commit_forever(&*store, &format!("{run}-{task}")).await });
        }
        let consumer = Arc::clone(&bus);
        tokio::spawn(async move { settle_some(&*consumer).await });
        publish_forever(&*bus, run).await;
    });
}

async fn commit_forever(store: &impl Store, name: &str) {
    for number in 0.. {
        let subject = format!("{name}-{number}");
        let mut batch = Batch::new();
        batch
            .put(format!("things/{subject}"), subject.clone())
            .index(format!("things/by-subject/{subject}"))
            .stamp("things/changed/", format!("/{subject}"))
            .event(event(&subject));
        let committed = store.commit(&tenant(), batch).await.expect("committed");
        say(&format!("commit {subject} {}", committed.version));
    }
}

async fn publish_forever(bus: &impl Bus, run: u64) {
    for number in 0.. {
        let message = format!("{run}-{number:09}");
        let sent = bus.publish("group", 0, vec![message.clone().into()]).await;
        sent.expect("published");
        say(&format!("message {message}"));
    }
}

/// Settles a hundred messages, and holds on to as many as it may have from then on.
async fn settle_some(bus: &impl Bus) {
    let mut intake = bus.subscribe("group", 0, 16).await.expect("subscribed");
    for _ in 0..100 {
        let delivery = intake.next().await.expect("a message");
        let message = String::from_utf8_lossy(&delivery.body).into_owned();
        say(&format!("settle {message}"));
        delivery.ack.done();
    }
    std::future::pending::<()>().await;
}

/// What the child said before it died.
#[derive(Default)]
struct Said {
    commits: BTreeMap<String, u64>,
    messages: BTreeSet<String>,
    settled: BTreeSet<String>,
}

impl Said {
    fn hear(&mut self, line: &str) {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["commit", subject, version] => {
                let version = version.parse().expect("a version");
                self.commits.insert(subject.to_owned(), version);
            }
            ["message", message] => {
                self.messages.insert(message.to_owned());
            }
            ["settle", message] => {
                self.settled.insert(message.to_owned());
            }
            _ => {} // the test harness's own lines
        }
    }

    fn run_and_kill(&mut self, folder: &Path) {
        let mut child = Command::new(env::current_exe().expect("this test"))
            .args(["--exact", "child_writes_until_it_is_killed", "--nocapture"])
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the child starts");
        let pipe = child.stdout.take().expect("piped");
        for (number, line) in BufReader::new(pipe).split(b'\n').enumerate() {
            if number == LINES_BEFORE_KILL {
                child.kill().expect("killed");
            }
            // What was in the pipe when the child died was acknowledged, too.
            self.hear(&String::from_utf8_lossy(&line.expect("readable")));
        }
        let status = child.wait().expect("it ends");
        assert!(!status.success(), "the child was to be killed");
    }
}

#[test]
fn what_was_acknowledged_survives() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut said = Said::default();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for _ in 0..RUNS {
        said.run_and_kill(folder.path());
        let Embedded { store, bus } = open(folder.path()).expect("the folder opens again");
        runtime.block_on(async {
            check_items(&*store, &said).await;
            check_index(&*store, &said).await;
            check_log(&*store, &said).await;
            check_messages(&*bus, &said).await;
            bus.close().await;
        });
    }
}

async fn check_items(store: &impl Store, said: &Said) {
    assert!(!said.commits.is_empty());
    for (subject, version) in &said.commits {
        let key = format!("things/{subject}");
        let item = store.get(&tenant(), &key, Read::Strong).await;
        let item = item.expect("readable").expect("the commit is there");
        assert_eq!(
            (&item.value[..], item.version),
            (subject.as_bytes(), *version)
        );
    }
    let mut batch = Batch::new();
    batch.put("things/afterwards", "x");
    let committed = store.commit(&tenant(), batch).await.expect("committed");
    let newest = said.commits.values().max().expect("commits");
    assert!(
        committed.version > *newest,
        "versions grow across a restart"
    );
}

async fn check_index(store: &impl Store, said: &Said) {
    let listed = listing(store, "things/by-subject/").await;
    let changed = listing(store, "things/changed/").await;
    for (subject, version) in &said.commits {
        assert!(listed.contains(&format!("things/by-subject/{subject}")));
        let stamp = ports::store::stamp(*version);
        assert!(changed.contains(&format!("things/changed/{stamp}/{subject}")));
    }
    assert_eq!(listed.len(), changed.len(), "a commit is whole");
}

async fn listing(store: &impl Store, prefix: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut after = None;
    loop {
        let query = Query {
            prefix: prefix.to_owned(),
            after,
            limit: MAX_PAGE,
            ..Query::default()
        };
        let page = store.index(&tenant(), query).await.expect("readable");
        keys.extend(page.keys);
        after = page.next;
        if after.is_none() {
            return keys;
        }
    }
}

async fn check_log(store: &impl Store, said: &Said) {
    let mut after = 0;
    let mut logged = BTreeMap::new();
    loop {
        let page = store
            .read_log(&tenant(), after, MAX_PAGE)
            .await
            .expect("readable");
        let Some(last) = page.events.last() else {
            break;
        };
        after = last.sequence;
        let outbox = store.read_outbox(tenant().shard(), page.events[0].sequence - 1, MAX_PAGE);
        assert_eq!(outbox.await.expect("readable"), page.events);
        for recorded in page.events {
            assert!(!recorded.erased);
            logged.insert(recorded.event.subject, recorded.sequence);
        }
    }
    for commit in &said.commits {
        assert_eq!(
            logged.get(commit.0),
            Some(commit.1),
            "the event of {}",
            commit.0
        );
    }
}

async fn check_messages(bus: &impl Bus, said: &Said) {
    let mut unsettled = said
        .messages
        .difference(&said.settled)
        .collect::<BTreeSet<_>>();
    let mut intake = bus.subscribe("group", 0, 10_000).await.expect("subscribed");
    let mut received: Vec<(String, _)> = Vec::new();
    while !unsettled.is_empty() {
        let delivery = timeout(PATIENCE, intake.next())
            .await
            .expect("comes in time");
        let delivery = delivery.expect("the intake is open");
        let message = String::from_utf8_lossy(&delivery.body).into_owned();
        assert!(delivery.redelivered, "it may have been given before");
        if let Some((last, _)) = received.last() {
            assert!(*last < message, "{message} came after {last}");
        }
        unsettled.remove(&message);
        received.push((message, delivery.ack)); // kept, so that nothing is given twice
    }
}
