//! Somebody who uploads pictures that nothing is wrong with, and gets no less than without the others.

use super::{
    caller::{Caller, Outcome},
    siege::Siege,
};
use std::{
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::time::interval;

/// Between two good pictures.
const EVERY: Duration = Duration::from_secs(5);
/// Longest until a good picture is ready: others wait for a place before it, each of which may take long.
const BOUND: Duration = Duration::from_secs(30);

/// One format after the other, until the attack is over.
pub async fn patrol(siege: Rc<Siege>) {
    let mut caller = Caller::new(&siege.target);
    let mut ticks = interval(EVERY);
    for n in 0.. {
        ticks.tick().await;
        if siege.is_over() {
            break;
        }
        let outcome = one(&siege, &mut caller, n).await;
        siege.account.borrow_mut().good(outcome);
    }
}

/// The time until its variants are ready; the first of them has to be there.
async fn one(siege: &Siege, caller: &mut Caller, n: usize) -> Result<Duration, String> {
    let Some((media_type, bytes)) = siege.arsenal.good(n) else {
        return Err("there is no good picture".to_owned());
    };
    let begun = Instant::now();
    let uploaded = caller.upload(media_type, bytes).await;
    let took = begun.elapsed();
    let (Outcome::Ready, Some(id)) = (&uploaded.outcome, &uploaded.id) else {
        return Err(format!("{media_type}: {:?}", uploaded.outcome));
    };
    let shown = caller.get(id, "thumb").await;
    let deleted = caller.delete(id).await;
    if (&shown, &deleted) != (&Outcome::Ready, &Outcome::Ready) {
        return Err(format!(
            "{media_type}: shown {shown:?}, deleted {deleted:?}"
        ));
    }
    if took > BOUND {
        return Err(format!("{media_type}: ready after {took:?}"));
    }
    Ok(took)
}
