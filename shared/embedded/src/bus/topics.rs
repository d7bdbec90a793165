//! Broadcasts: handed to whoever listens, lost where nobody keeps up.

use bytes::Bytes;
use ports::bus::Intake;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::mpsc;

/// Broadcasts that a slow listener can fall behind before it loses some.
const BUFFER: usize = 1_024;

#[derive(Default)]
pub(super) struct Topics(Mutex<HashMap<String, Vec<mpsc::Sender<Bytes>>>>);

impl Topics {
    pub(super) fn send(&self, topic: &str, body: &Bytes) {
        if let Some(listeners) = self.lock().get(topic) {
            for listener in listeners {
                let _ = listener.try_send(body.clone()); // lost if there is no room
            }
        }
    }

    pub(super) fn listen(topics: &Arc<Self>, topic: &str) -> Intake<Bytes> {
        let (sender, receiver) = mpsc::channel(BUFFER);
        let ours = sender.downgrade();
        let mut known = topics.lock();
        known.retain(|_, listeners| {
            listeners.retain(|listener| !listener.is_closed());
            !listeners.is_empty()
        });
        known.entry(topic.to_owned()).or_default().push(sender);
        drop(known);

        let (topics, topic) = (Arc::clone(topics), topic.to_owned());
        Intake::new(receiver, async move {
            if let Some(ours) = ours.upgrade()
                && let Some(listeners) = topics.lock().get_mut(&topic)
            {
                listeners.retain(|listener| !listener.same_channel(&ours));
            }
        })
    }

    pub(super) fn close(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<mpsc::Sender<Bytes>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
