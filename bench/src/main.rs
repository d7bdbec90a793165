//! Load, disturbances under load, and a comparison with a peer, for a Switchboard that runs or that this tool starts itself.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing what was measured is the purpose"
)]

mod carddav;
mod clock;
mod commands;
mod contacts;
mod directory;
mod hostile;
mod http;
mod images;
mod latencies;
mod load;
mod measurement;
mod people;
mod photo;
mod signals;
mod sink;
mod soak;
mod system;
mod table;
mod upload;
mod usage;
mod webhooks;

use clap::Parser;
use std::process::ExitCode;

/// The allocator of the services, because their engine is measured in here.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One thread makes all the load, so that on a small machine most of the processor is left to what is measured.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let commands = commands::Commands::parse();
    let keeps_on = commands.minds_signals();
    // When a signal comes the run is dropped, and with it everything that it has started.
    let outcome = tokio::select! {
        outcome = commands.run() => outcome,
        interrupted = signals::interrupted(), if !keeps_on => Err(interrupted),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
