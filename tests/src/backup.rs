//! Copies of what holds a stopped system's state, and systems that start on them, as docs/operations.md describes it.

use crate::{RabbitMq, Redis, System, wait::eventually_within};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// Of an embedded system its data folder, of one on servers what Redis and RabbitMQ have on disk and the blobs.
pub struct Backup {
    folder: TempDir,
    broker: Option<Broker>,
}

/// Quorum queues can only be read by the node that wrote them, and where it wrote them.
struct Broker {
    node: String,
    folder: PathBuf,
}

impl System {
    /// Ends every process of ours. Messages that nobody has dealt with stay in the broker.
    pub async fn stop(&mut self) {
        for process in &mut self.processes {
            assert_eq!(process.terminate().await, Some(0), "{}", process.program);
        }
    }

    /// Ends every process of ours when the broker has no message left.
    pub async fn run_dry(&mut self) {
        for gateway in self.of("gateway") {
            assert_eq!(gateway.terminate().await, Some(0));
        }
        let rabbitmq = self.rabbitmq.as_ref().expect("RabbitMQ");
        loop {
            let processes = self.processes.iter_mut();
            let others = processes.filter(|process| process.program != "gateway");
            let mut others: Vec<_> = others.collect();
            eventually_within(PATIENCE, "empty queues", async || {
                (rabbitmq.waiting() == 0).then_some(())
            })
            .await;
            for process in &mut others {
                assert_eq!(process.terminate().await, Some(0));
            }
            // Something may have been published between the look and the end.
            if rabbitmq.waiting() == 0 {
                return;
            }
            for process in &mut others {
                process.restart().await;
            }
        }
    }

    /// Ends the servers too and copies what they leave. Nothing of the stopped system remains.
    pub async fn back_up(mut self) -> Backup {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["data", "blobs"] {
            copy(&self.folder.path().join(name), &folder.path().join(name));
        }
        let mut broker = None;
        if let (Some(redis), Some(rabbitmq)) = (&mut self.redis, &mut self.rabbitmq) {
            copy(redis.stop().await, &folder.path().join("redis"));
            let written = rabbitmq.stop().await.to_owned();
            copy(&written, &folder.path().join("rabbitmq"));
            broker = Some(Broker {
                node: rabbitmq.node.clone(),
                folder: written,
            });
        }
        Backup { folder, broker }
    }
}

impl Backup {
    /// `switchboard` on the copied data folder.
    pub async fn restore_embedded(&self) -> System {
        System::embedded_on(self.copied("data", "data"), &[]).await
    }

    /// The four services on new servers: Redis with the copied data, RabbitMQ with none.
    pub async fn restore_on_an_empty_broker(&self, more: &[(&str, &str)]) -> System {
        let redis = Redis::start_on(self.copied("redis", "."));
        let servers = tokio::join!(redis, RabbitMq::start());
        System::on(servers, self.copied("blobs", "blobs"), &[], 1, more).await
    }

    /// The four services on new servers that both have their data.
    pub async fn restore_with_messages(&self, more: &[(&str, &str)]) -> System {
        let broker = self.broker.as_ref().expect("a copy of RabbitMQ");
        let folder = again(&broker.folder);
        copy(&self.folder.path().join("rabbitmq"), folder.path());
        let servers = tokio::join!(
            Redis::start_on(self.copied("redis", ".")),
            RabbitMq::start_on(folder, broker.node.clone())
        );
        System::on(servers, self.copied("blobs", "blobs"), &[], 1, more).await
    }

    /// A new folder with a part of the backup in it.
    fn copied(&self, part: &str, place: &str) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        copy(&self.folder.path().join(part), &folder.path().join(place));
        folder
    }
}

/// A folder that was there before.
fn again(path: &Path) -> TempDir {
    let (parent, name) = (path.parent(), path.file_name());
    let mut builder = tempfile::Builder::new();
    builder.prefix(name.expect("a name")).rand_bytes(0);
    builder
        .tempdir_in(parent.expect("a parent"))
        .expect("the folder, gone with its server")
}

/// All files below `from`, if it is there.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).into_iter().flatten() {
        let entry = entry.expect("an entry");
        let place = to.join(entry.file_name());
        fs::create_dir_all(to).expect("a folder");
        if entry.file_type().expect("its type").is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).expect("a copy");
        }
    }
}
