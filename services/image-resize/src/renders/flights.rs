use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::watch;
use tracing::Instrument;

/// Work of this process that is under way, by name.
pub struct Flights<T>(Arc<UnderWay<T>>);

/// What each will have come to.
type UnderWay<T> = Mutex<HashMap<String, watch::Receiver<Option<T>>>>;

/// Over when dropped, however that comes.
struct Flight<T> {
    flights: Arc<UnderWay<T>>,
    name: String,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// Waits for the work of this name: for what is under way already, or else for this. All who wait get the same
    /// outcome, and the work goes on when none of them waits any longer. `None`: it broke off.
    pub async fn join(
        &self,
        name: &str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let mut landing = self.board(name, work);
        let landed = landing.wait_for(Option::is_some).await.ok()?;
        landed.clone()
    }

    fn board(
        &self,
        name: &str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> watch::Receiver<Option<T>> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(landing) = flights.get(name) {
            return landing.clone();
        }
        let (sender, landing) = watch::channel(None);
        flights.insert(name.to_owned(), landing.clone());
        let flight = Flight {
            flights: self.0.clone(),
            name: name.to_owned(),
        };
        let flying = async move {
            let landed = work.await;
            sender.send_replace(Some(landed));
            drop(flight);
        };
        tokio::spawn(flying.in_current_span());
        landing
    }
}

impl<T> Drop for Flight<T> {
    fn drop(&mut self) {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{future::ready, join, poll};
    use std::pin::pin;
    use tokio::sync::oneshot;

    /// Work that ends when it is told what comes of it.
    fn work() -> (
        oneshot::Sender<u8>,
        impl Future<Output = u8> + Send + 'static,
    ) {
        let (sender, told) = oneshot::channel();
        (sender, async { told.await.unwrap() })
    }

    #[tokio::test]
    async fn the_first_one_flies_and_all_arrive() {
        let flights = Flights::default();
        let (end, first) = work();
        let first = flights.join("a", first);
        let second = flights.join("a", ready(2));
        let other = async {
            assert_eq!(flights.join("b", ready(3)).await, Some(3));
            end.send(1).unwrap();
        };
        assert_eq!(join!(first, second, other), (Some(1), Some(1), ()));
        assert_eq!(flights.join("a", ready(4)).await, Some(4));
    }

    #[tokio::test]
    async fn it_goes_on_when_nobody_waits() {
        let flights = Flights::default();
        let (end, first) = work();
        {
            let mut first = pin!(flights.join("a", first));
            assert!(poll!(&mut first).is_pending());
        }
        let mut second = pin!(flights.join("a", ready(2)));
        assert!(poll!(&mut second).is_pending());
        end.send(1).unwrap();
        assert_eq!(second.await, Some(1));
    }

    #[tokio::test]
    async fn what_breaks_off_is_over() {
        let flights = Flights::default();
        let (end, first) = work();
        drop(end);
        assert_eq!(flights.join("a", first).await, None);
        assert_eq!(flights.join("a", ready(2)).await, Some(2));
    }
}
