//! Image resizing as a process of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    process::main("image-resize", async |launch| {
        let services = vec![image_resize::service(&launch.settings)?];
        let (node, _) = launch.node(launch.backends().await?, services).await?;
        launch.until_stopped(node, None).await
    })
}
