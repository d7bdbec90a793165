//! `switchboard`: the whole system in one process, and the commands that speak to a running one.

mod up;

use std::process::ExitCode;

fn main() -> ExitCode {
    let command = std::env::args().nth(1);
    let outcome = match command.as_deref() {
        None | Some("up" | "serve") => process::run("switchboard", process::Log::Text, up::serve),
        Some("healthcheck") => process::healthcheck(),
        Some("config") => process::show_config(),
        Some(other) => Err(anyhow::anyhow!(
            "{other} is no command; there are up, healthcheck and config"
        )),
    };
    process::exit_code("switchboard", outcome)
}
