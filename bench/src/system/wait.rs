use anyhow::bail;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(50);

/// Asks until the answer is yes.
pub async fn until(
    what: &str,
    patience: Duration,
    mut ask: impl AsyncFnMut() -> bool,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + patience;
    while !ask().await {
        if Instant::now() > deadline {
            bail!("waited in vain for {what}");
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
