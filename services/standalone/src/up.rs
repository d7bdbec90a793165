use gateway::{Accounts, Gateway, root_key};
use process::Launch;

/// The four services on whatever backends the settings name; embedded ones by default.
pub async fn serve(mut launch: Launch) -> anyhow::Result<()> {
    let secrets_key = process::secrets_key(&launch.settings)?;
    launch.settings.secrets_key = Some(secrets_key.clone());
    let backends = launch.backends().await?;
    let accounts = Accounts {
        store: backends.store.clone(),
        blobs: backends.blobs.clone(),
    };
    let settings = &launch.settings;
    let root = root_key::establish(&*backends.store, settings.admin_key.as_ref()).await?;
    let services = vec![
        gateway::service(&accounts, &settings.gateway),
        phonebook::service(settings),
        image_resize::service(settings)?,
        notifier::service(settings)?,
    ];
    let (node, _) = launch.node(backends, services).await?;
    let gateway = Gateway::start(&settings.gateway, &node, &root, &secrets_key).await?;
    root_key::show(&root, gateway.address());
    launch
        .until_stopped(node, Some(Box::pin(gateway.stop())))
        .await
}
