use tokio::signal::unix::{SignalKind, signal};

/// Waits for SIGINT or SIGTERM, and gives the reason to end.
pub async fn interrupted() -> anyhow::Error {
    match wait().await {
        Ok(()) => anyhow::anyhow!("interrupted"),
        Err(error) => error.into(),
    }
}

async fn wait() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
