use ports::Result;
use std::time::Duration;
use tokio::{runtime::Builder, time::timeout};

/// A case that has not ended by then hangs.
const LONGEST_CASE: Duration = Duration::from_secs(120);

/// Runs one case on a runtime of its own.
///
/// # Panics
/// When the case fails or hangs.
pub fn run(case: impl Future<Output = Result<()>>) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let outcome = runtime.block_on(async { timeout(LONGEST_CASE, case).await });
    runtime.shutdown_background();
    outcome
        .expect("the case hangs")
        .expect("no operation of the case fails");
}

/// One `#[test]` for each case, named after it.
#[doc(hidden)]
#[macro_export]
macro_rules! expand_tests {
    ($make:path, $port:ident: $($theme:ident { $($case:ident)* })*) => { $($(
        #[test]
        fn $case() {
            $crate::run(async {
                $crate::$port::play(
                    $make().await,
                    stringify!($case),
                    $crate::$port::$theme::$case,
                )
                .await
            });
        }
    )*)* };
}

/// The cases' names in a slice.
#[doc(hidden)]
#[macro_export]
macro_rules! expand_names {
    ($port:ident: $($theme:ident { $($case:ident)* })*) => { &[$($(stringify!($case)),*),*] };
}
