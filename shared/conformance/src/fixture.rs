use std::{any::Any, sync::Arc};

/// An adapter to test, with whatever has to live as long as it does: a temporary folder, a server.
pub struct Fixture<P: ?Sized> {
    // Fields are dropped in this order: the adapter lets go before its world ends.
    port: Arc<P>,
    _world: Box<dyn Any + Send>,
}

impl<P: ?Sized> Fixture<P> {
    pub fn new(port: Arc<P>, world: impl Any + Send) -> Self {
        Self {
            port,
            _world: Box::new(world),
        }
    }

    #[must_use]
    pub fn port(&self) -> Arc<P> {
        Arc::clone(&self.port)
    }
}
