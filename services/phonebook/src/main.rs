//! The phonebook as a process of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    process::main("phonebook", async |launch| {
        let services = vec![phonebook::service(&launch.settings)];
        let (node, _) = launch.node(launch.backends().await?, services).await?;
        launch.until_stopped(node, None).await
    })
}
