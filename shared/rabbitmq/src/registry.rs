use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

/// Callers and versions come and go: a task with nothing to do for so long ends, and its channel with it.
const IDLE: Duration = Duration::from_secs(60);

/// One task for each destination, started by the first item for it. What may wait there is bounded by who sends.
pub struct Registry<T>(Mutex<HashMap<String, UnboundedSender<T>>>);

impl<T> Registry<T> {
    pub fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    pub fn send(&self, name: &str, item: T, start: impl FnOnce(UnboundedReceiver<T>)) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unsent = match tasks.get(name) {
            Some(task) => task.send(item).map_err(|refused| refused.0),
            None => Err(item),
        };
        let Err(item) = unsent else { return };
        tasks.retain(|_, task| !task.is_closed());
        let (task, items) = unbounded_channel();
        if task.send(item).is_ok() {
            tasks.insert(name.to_owned(), task);
            start(items);
        }
    }
}

/// The next item; `None` once the task should end, because it idled or the bus closes. What was sent before that
/// still comes out, and whoever sends after it starts another task.
pub async fn next_item<T>(
    items: &mut UnboundedReceiver<T>,
    closing: &CancellationToken,
) -> Option<T> {
    tokio::select! {
        biased;
        item = items.recv() => return item,
        () = closing.cancelled() => {}
        () = sleep(IDLE) => {}
    }
    items.close();
    items.recv().await
}

#[cfg(test)]
mod tests {
    use super::{Registry, next_item};
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn a_closed_task_hands_out_what_it_has_and_is_replaced() {
        let (registry, closing) = (Registry::new(), CancellationToken::new());
        let (mut first, mut second) = (None, None);
        registry.send("a", 1, |items| first = Some(items));
        registry.send("a", 2, |_| panic!("there is a task already"));
        let mut first = first.expect("started");
        closing.cancel();
        assert_eq!(next_item(&mut first, &closing).await, Some(1));
        assert_eq!(next_item(&mut first, &closing).await, Some(2));
        assert_eq!(next_item(&mut first, &closing).await, None);
        registry.send("a", 3, |items| second = Some(items));
        assert_eq!(second.expect("started anew").recv().await, Some(3));
    }
}
