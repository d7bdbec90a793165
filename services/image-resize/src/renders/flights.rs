use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use tokio::sync::watch;

/// Work of this process that others wait for, by name.
#[derive(Default)]
pub struct Flights(Mutex<HashMap<String, watch::Receiver<()>>>);

pub enum Seat<'a> {
    /// The first one does the work, and holds this meanwhile.
    Pilot(Flight<'a>),
    /// The others wait.
    Passenger(Landing),
}

/// Over when dropped, however that comes.
pub struct Flight<'a> {
    flights: &'a Flights,
    name: String,
    _landed: watch::Sender<()>,
}

pub struct Landing(watch::Receiver<()>);

impl Flights {
    pub fn board(&self, name: &str) -> Seat<'_> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(name) {
            return Seat::Passenger(Landing(flight.clone()));
        }
        let (sender, receiver) = watch::channel(());
        flights.insert(name.to_owned(), receiver);
        Seat::Pilot(Flight {
            flights: self,
            name: name.to_owned(),
            _landed: sender,
        })
    }
}

impl Landing {
    pub async fn wait(mut self) {
        // Nothing is ever sent: the end is that the sender is gone.
        while self.0.changed().await.is_ok() {}
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut flights = self
            .flights
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        flights.remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_one_flies_and_the_others_are_told() {
        let flights = Flights::default();
        let Seat::Pilot(flight) = flights.board("a") else {
            panic!("a seat in front");
        };
        let Seat::Passenger(landing) = flights.board("a") else {
            panic!("a seat behind");
        };
        assert!(matches!(flights.board("b"), Seat::Pilot(_)));
        drop(flight);
        landing.wait().await;
        assert!(matches!(flights.board("a"), Seat::Pilot(_)));
    }
}
