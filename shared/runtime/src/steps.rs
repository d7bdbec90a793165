//! Requests that do more than one commit holds: each step is committed once, however often the request runs.

use crate::{
    marker::Marker,
    requests::{MAX_RUNS, turns},
    trace,
};
use ports::{
    Batch, Error, Kind, Result, Store, Tenant, Timestamp,
    store::{Put, Read},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};
use web::{Problem, ProblemKind};

/// Where the steps of one request leave what they answered.
pub struct Steps {
    store: Arc<dyn Store>,
    tenant: Tenant,
    marker: Marker,
    kept: Duration,
    is_dry_run: bool,
}

impl Steps {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        tenant: Tenant,
        marker: Marker,
        time_left: Duration,
        is_dry_run: bool,
    ) -> Self {
        Self {
            store,
            tenant,
            kept: marker.kept(time_left),
            marker,
            is_dry_run,
        }
    }

    /// Runs the step and commits its batch with its answer, or gives the answer of the time when that was done. The
    /// step runs anew when a condition of its batch fails. The first is number 0. A dry run commits nothing.
    pub async fn run<T: Serialize + DeserializeOwned>(
        &self,
        number: usize,
        step: impl AsyncFn() -> Result<(Batch, T), Problem>,
    ) -> Result<T, Problem> {
        let key = self.marker.step(number);
        let mut turns = turns();
        for _ in 0..MAX_RUNS {
            if let Some(item) = self.store.get(&self.tenant, &key, Read::Strong).await? {
                let read = serde_json::from_slice(&self.marker.unseal(&item.value)?);
                return Ok(read.map_err(|e| Error::internal("reading a step").with_source(e))?);
            }
            let (effects, answer) = step().await?;
            if self.is_dry_run {
                return Ok(answer);
            }
            let value = serde_json::to_vec(&answer)
                .map_err(|e| Error::internal("serialising a step").with_source(e))?;
            let mut batch = Batch::new();
            batch.expect(key.clone(), None).put_item(Put {
                key: key.clone(),
                value: self.marker.seal(&value),
                expires_at: Some(Timestamp::now() + self.kept),
                due_at: None,
            });
            batch.merge(effects);
            match trace::commit(&*self.store, &self.tenant, batch).await {
                Ok(_) => return Ok(answer),
                Err(error) if error.kind() == Kind::Conflict => {
                    tokio::time::sleep(turns.step()).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        let detail = "others kept changing the same thing; try again";
        Err(Problem::new(ProblemKind::Conflict, detail).header("retry-after", "1"))
    }
}
