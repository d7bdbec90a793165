//! The notifier as a process of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    process::main("notifier", async |mut launch| {
        launch.settings.secrets_key = Some(process::secrets_key(&launch.settings)?);
        let services = vec![notifier::service(&launch.settings)?];
        let (node, _) = launch.node(launch.backends().await?, services).await?;
        launch.until_stopped(node, None).await
    })
}
