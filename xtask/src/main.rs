//! The project's own commands: `cargo xtask test`, `cargo xtask containers`, `cargo xtask dependencies`.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

mod carddav;
mod containers;
mod dependencies;
mod ecs;
mod images;
mod instruments;
mod kubernetes;
mod observability;
mod packages;
mod python;
mod run;
mod sbom;
mod test;
mod uploads;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("test") => test::all(),
        Some("containers") => containers::all(),
        Some("dependencies") => dependencies::check(),
        Some("sbom") => sbom::print(&std::env::args().nth(2).unwrap_or_default()),
        Some("kubernetes") => kubernetes::check(),
        Some("ecs") => ecs::check(),
        Some("observability") => observability::check(),
        Some("carddav") => carddav::all(),
        Some("images") => images::all(),
        Some("uploads") => uploads::client(),
        _ => bail!(
            "cargo xtask test          everything: lints, dependency directions, unit, conformance and end-to-end tests\n\
             cargo xtask containers    the same conformance on Redis 8 and RabbitMQ 4, and the compose file's story\n\
             cargo xtask dependencies  only the dependency directions\n\
             cargo xtask sbom BINARY   the crates inside a binary, as CycloneDX\n\
             cargo xtask kubernetes    the objects of k8s/, against Kubernetes' schemas and our own rules\n\
             cargo xtask ecs           the templates of deploy/ecs/, by cfn-lint and our own rules\n\
             cargo xtask observability dashboards, alerts and the overlay that brings them, by promtool and our own rules\n\
             cargo xtask carddav       the CardDAV programs that tests and benchmarks run, from PyPI, into target/python\n\
             cargo xtask images        the programs and photographs that `bench images`, `image-service` and `image-http` compare with and take\n\
             cargo xtask uploads       the program for uploads in pieces that tests run, from PyPI, into target/python"
        ),
    }
}
