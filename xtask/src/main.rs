//! The project's own commands: `cargo xtask test`, `cargo xtask containers`, `cargo xtask dependencies`.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

mod containers;
mod dependencies;
mod packages;
mod run;
mod test;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("test") => test::all(),
        Some("containers") => containers::all(),
        Some("dependencies") => dependencies::check(),
        _ => bail!(
            "cargo xtask test          everything: lints, dependency directions, unit, conformance and end-to-end tests\n\
             cargo xtask containers    the same conformance on Redis 8 and RabbitMQ 4, and the compose file's story\n\
             cargo xtask dependencies  only the dependency directions"
        ),
    }
}
