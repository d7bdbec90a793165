use contracts::uploads::Received;
use ports::{Batch, Blobs, Event, Item, Result, Store, Tenant, Timestamp, TypeId, store};
use serde::Serialize;
use std::sync::Arc;

/// Read access to the store. Writing is what a returned batch is for.
#[derive(Clone)]
pub struct Reads(Arc<dyn Store>);

impl Reads {
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    pub async fn get(&self, tenant: &Tenant, key: &str) -> Result<Option<Item>> {
        self.0.get(tenant, key, store::Read::Strong).await
    }

    pub async fn batch_get(&self, tenant: &Tenant, keys: &[String]) -> Result<Vec<Option<Item>>> {
        self.0.batch_get(tenant, keys, store::Read::Strong).await
    }

    pub async fn query(&self, tenant: &Tenant, query: store::Query) -> Result<store::Page> {
        self.0.query(tenant, query).await
    }

    pub async fn index(&self, tenant: &Tenant, query: store::Query) -> Result<store::IndexPage> {
        self.0.index(tenant, query).await
    }

    pub(crate) fn whole(&self) -> Arc<dyn Store> {
        self.0.clone()
    }
}

/// What a handler or a route works with: whose request or event it is, reads, blobs, and the making of events.
#[derive(Clone)]
pub struct Invocation {
    pub tenant: Tenant,
    pub store: Reads,
    pub blobs: Arc<dyn Blobs>,
    /// The service's name.
    pub service: &'static str,
    /// Continues the trace of what caused this invocation.
    pub traceparent: Option<String>,
    /// When the invocation began.
    pub now: Timestamp,
}

impl Invocation {
    /// An event of this service for the tenant's log and every matching group.
    pub fn event(&self, event_type: &str, subject: &str, data: &impl Serialize) -> Result<Event> {
        let data = serde_json::to_vec(data).map_err(|e| {
            ports::Error::internal(format!("serialising {event_type}")).with_source(e)
        })?;
        Ok(Event {
            id: TypeId::new("evt").into(),
            event_type: event_type.to_owned(),
            source: format!("/{}", self.service),
            subject: subject.to_owned(),
            time: self.now,
            traceparent: self.traceparent.clone(),
            data: data.into(),
            to: None,
        })
    }

    /// A message for one service alone; it never appears in the tenant's log.
    pub fn message(
        &self,
        to: &str,
        event_type: &str,
        subject: &str,
        data: &impl Serialize,
    ) -> Result<Event> {
        Ok(Event {
            to: Some(to.to_owned()),
            ..self.event(event_type, subject, data)?
        })
    }
}

/// Takes over the bytes of a request's streamed body: from this commit on they belong to the committer.
pub fn adopt(batch: &mut Batch, upload: &Received) {
    let key = contracts::uploads::key(&upload.id);
    batch.expect(key.clone(), Some(upload.version)).delete(key);
}
