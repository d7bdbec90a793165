use super::{erase::Erase, leftovers::Leftovers};
use crate::domain::resumable;
use async_trait::async_trait;
use ports::Item;
use runtime::{DueHandler, Failure, Invocation, Outcome};

/// The due items of the gateway's own scope, each to the handler that knows it.
pub struct Own {
    pub erase: Erase,
    pub leftovers: Leftovers,
}

#[async_trait]
impl DueHandler for Own {
    async fn fire(
        &self,
        invocation: &Invocation,
        key: &str,
        item: &Item,
    ) -> Result<Outcome, Failure> {
        if key.starts_with(resumable::PREFIX) {
            self.leftovers.fire(invocation, key, item).await
        } else {
            self.erase.fire(invocation, key, item).await
        }
    }
}
