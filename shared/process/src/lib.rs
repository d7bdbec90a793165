//! What every binary's `main` has in common: the three commands, the start in its order, the stop in its order.

mod command;
mod launch;
mod secrets_key;

pub use command::{Command, healthcheck, parse, show_config};
pub use launch::{Launch, Stop};
pub use secrets_key::secrets_key;
pub use telemetry::Log;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs a service's binary: `serve` (the default), `healthcheck` or `config`.
pub fn main(name: &'static str, serve: impl AsyncFnOnce(Launch) -> anyhow::Result<()>) -> ExitCode {
    let outcome = match parse(std::env::args().nth(1).as_deref()) {
        Some(Command::Serve) => run(name, Log::Json, serve),
        Some(Command::Healthcheck) => healthcheck(),
        Some(Command::Config) => show_config(),
        None => Err(anyhow::anyhow!("usage: {name} [serve|healthcheck|config]")),
    };
    exit_code(name, outcome)
}

/// Settings, telemetry and a runtime; then whatever `serve` does, to its end.
pub fn run(
    name: &'static str,
    log: Log,
    serve: impl AsyncFnOnce(Launch) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let settings = settings::load()?;
    // One TLS stack for webhooks, broker and store; a second installation of the same is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let telemetry = telemetry::init(name, log)?;
    // Public requests and routes have threads of their own; these carry what goes on between them.
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()?;
    let render = telemetry.render();
    let served = runtime.block_on(serve(Launch::new(name, settings, render)));
    telemetry.shutdown();
    served
}

pub fn exit_code(name: &str, outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(
                clippy::print_stderr,
                reason = "the last word of a process that could not do its work"
            )]
            {
                eprintln!("{name}: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
