use std::{io, time::Duration};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::JoinHandle,
};

/// For as long as there is a process.
const ALWAYS: Duration = Duration::from_hours(100 * 365 * 24);

/// Threads that do nothing but pictures, and stay: an allocator keeps some of a picture's memory for each thread that had
/// one, so that those which come and go, or that do other things as well, would keep more of it with every hour.
pub struct Threads {
    handle: Handle,
    /// Gone when this is dropped.
    runtime: Option<Runtime>,
}

impl Threads {
    /// Each is started when it is needed first.
    pub fn new(most: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .thread_name("pictures")
            .max_blocking_threads(most)
            .thread_keep_alive(ALWAYS)
            .build()?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    pub fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        self.handle.spawn_blocking(work)
    }
}

impl Drop for Threads {
    /// Without waiting for the work in hand, which nobody waits for any more.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
