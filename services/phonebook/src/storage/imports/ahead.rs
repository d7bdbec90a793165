//! The next step's part of a file, read while the commit of this step is on its way.
//!
//! It only saves time: what this process has not read ahead, it reads when the step comes.

use super::{
    Import,
    prepared::Reading,
    slice::{self, Failure, Slice},
};
use ports::Tenant;
use runtime::Invocation;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::task::JoinHandle;

/// Most imports that a process reads ahead for. With more of them, the one that waits longest is read for in its step.
const MOST: usize = 4;

/// What is being read ahead in this process.
#[derive(Default)]
pub struct Ahead(Mutex<Vec<Read>>);

struct Read {
    tenant: Tenant,
    import: Import,
    reading: Reading,
    slice: JoinHandle<Result<Slice, Failure>>,
}

impl Read {
    fn is_of(&self, invocation: &Invocation, import: &Import) -> bool {
        self.tenant == invocation.tenant && self.import.id == import.id
    }
}

impl Ahead {
    /// Begins to read for the import's next step, for which something is left from this one. `has_news` tells that this
    /// one's entries were not all known.
    pub fn begin(
        &self,
        invocation: &Invocation,
        import: &Import,
        reading: &Reading,
        left: Slice,
        has_news: bool,
    ) {
        let own = (invocation.clone(), import.clone(), reading.clone());
        let read = Read {
            tenant: invocation.tenant.clone(),
            import: import.clone(),
            reading: reading.clone(),
            slice: tokio::spawn(async move {
                let (invocation, import, reading) = own;
                slice::read(&invocation, &import, &reading, left, has_news).await
            }),
        };
        let mut all = self.all();
        all.retain(|read| !read.is_of(invocation, import));
        if all.len() == MOST {
            all.remove(0);
        }
        all.push(read);
    }

    /// The step's part of the file.
    pub async fn slice(
        &self,
        invocation: &Invocation,
        import: &Import,
        reading: &Reading,
    ) -> Result<Slice, Failure> {
        if let Some(read) = self.take(invocation, import)
            && read.import.at == import.at
            && read.reading == *reading
            && let Ok(Ok(slice)) = read.slice.await
        {
            return Ok(slice);
        }
        slice::read(invocation, import, reading, Slice::default(), false).await
    }

    /// What was read for the import, be it for this step or for one that was never committed.
    fn take(&self, invocation: &Invocation, import: &Import) -> Option<Read> {
        let mut all = self.all();
        let at = all.iter().position(|read| read.is_of(invocation, import))?;
        Some(all.remove(at))
    }

    fn all(&self) -> MutexGuard<'_, Vec<Read>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
