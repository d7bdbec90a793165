//! Makes pictures smaller: the engine on files, several at once.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command's output is what it is for"
)]

mod picture;
mod plan;
mod target;

use crate::{cli::Resize, progress::Progress};
use anyhow::Context;
use picture::{Studio, resize};
use plan::Task;
use std::{
    num::NonZero,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

/// Does what can be done, names every picture that is refused, and fails if any was.
pub fn run(command: &Resize) -> anyhow::Result<()> {
    let tasks = plan::tasks(command)?;
    let inputs = tasks
        .iter()
        .filter_map(|task| task.input.canonicalize().ok());
    let studio = Studio {
        inputs: inputs.collect(),
        form: command.form.form()?,
        format: command.format,
        force: command.force,
        taken: Mutex::default(),
    };
    let refused = work(&tasks, &studio, threads(command, tasks.len()));
    println!("{} pictures, {refused} refused", tasks.len());
    anyhow::ensure!(refused == 0, "not every picture could be made");
    Ok(())
}

fn threads(command: &Resize, tasks: usize) -> usize {
    let processors = || thread::available_parallelism().map_or(1, NonZero::get);
    let jobs = command
        .jobs
        .map_or_else(processors, |jobs| usize::from(jobs.get()));
    jobs.min(tasks)
}

/// Gives how many tasks were refused.
fn work(tasks: &[Task], studio: &Studio, threads: usize) -> usize {
    let next = AtomicUsize::new(0);
    let (sender, outcomes) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || {
                while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome =
                        resize(task, studio).with_context(|| task.input.display().to_string());
                    // The receiver outlives all senders.
                    let _ = sender.send(outcome);
                }
            });
        }
        drop(sender);
        tell(outcomes, tasks.len())
    })
}

fn tell(outcomes: mpsc::Receiver<anyhow::Result<()>>, total: usize) -> usize {
    let (progress, mut refused) = (Progress::of("pictures"), 0);
    for (done, outcome) in (1..).zip(outcomes) {
        if let Err(reason) = outcome {
            refused += 1;
            progress.clear();
            eprintln!("{reason:#}");
        }
        progress.show(done, total as u64);
    }
    progress.finish();
    refused
}
