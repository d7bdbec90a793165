//! `switchboard`: the whole system in one process, the commands that speak to a running one, and the picture engine by itself.

mod cli;
mod progress;
mod remote;
mod resize;
mod up;

use clap::Parser;
use cli::{Cli, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        None | Some(Command::Up) => process::run("switchboard", process::Log::Text, up::serve),
        Some(Command::Healthcheck) => process::healthcheck(),
        Some(Command::Config) => process::show_config(),
        Some(Command::Resize(command)) => resize::run(&command),
        Some(Command::Remote(command)) => remote::run(command),
    };
    process::exit_code("switchboard", outcome)
}
