//! Load, and a comparison with a peer, for a Switchboard that runs or that this tool starts itself.
#![expect(
    clippy::print_stdout,
    reason = "printing what was measured is the purpose"
)]

mod commands;
mod contacts;
mod http;
mod latencies;
mod load;
mod measurement;
mod photo;
mod sink;
mod system;
mod table;
mod upload;
mod usage;
mod webhooks;

use clap::Parser;

/// One thread makes all the load, so that on a small machine most of the processor is left to what is measured.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let commands = commands::Commands::parse();
    // On an interrupt the run is dropped, and with it everything that it has started.
    tokio::select! {
        outcome = commands.run() => outcome,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
    }
}
