//! The gateway as a process of its own.

use gateway::{Accounts, Gateway, root_key};
use std::process::ExitCode;

fn main() -> ExitCode {
    process::main("gateway", async |launch| {
        let secrets_key = process::secrets_key(&launch.settings)?;
        let backends = launch.backends().await?;
        let accounts = Accounts {
            store: backends.store.clone(),
            blobs: backends.blobs.clone(),
        };
        let root =
            root_key::establish(&*backends.store, launch.settings.admin_key.as_ref()).await?;
        let (node, _) = launch
            .node(
                backends,
                vec![gateway::service(&accounts, &launch.settings.gateway)],
            )
            .await?;
        let gateway = Gateway::start(&launch.settings.gateway, &node, &root, &secrets_key).await?;
        root_key::show(&root, gateway.address());
        launch
            .until_stopped(node, Some(Box::pin(gateway.stop())))
            .await
    })
}
