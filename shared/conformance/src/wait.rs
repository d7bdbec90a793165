use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// How long a case waits for what must happen; generous, since only a failing case ever waits so long.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How long a case watches for what must not happen. Too short can only hide a fault, never invent one.
const QUIET: Duration = Duration::from_millis(150);

const POLL: Duration = Duration::from_millis(5);

/// Tries again until there is an answer.
///
/// # Panics
/// When the deadline passes first.
pub async fn eventually<T>(
    deadline: Duration,
    what: &str,
    mut attempt: impl AsyncFnMut() -> Option<T>,
) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = attempt().await {
            return answer;
        }
        assert!(
            started.elapsed() < deadline,
            "not within {deadline:?}: {what}"
        );
        sleep(POLL).await;
    }
}

/// Waits for the future, but not for ever.
///
/// # Panics
/// When [`PATIENCE`] runs out first.
pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"))
}

/// Watches for a moment that the future does not finish.
///
/// # Panics
/// When it does.
pub async fn stays_quiet<F: Future>(what: &str, future: F) {
    assert!(timeout(QUIET, future).await.is_err(), "{what}");
}
