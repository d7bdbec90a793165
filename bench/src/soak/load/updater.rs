use super::{
    Shared,
    reader::{contact, read},
    writer::shown,
};
use crate::{
    contacts::PATH,
    http::{Answer, Target},
    soak::{caller::Caller, ledger::MAX_UPDATES},
};
use rand::rngs::StdRng;
use std::rc::Rc;
use tokio::time::Interval;

/// Contacts among which updaters choose: few, so that they get in each other's way.
const RECENT: usize = 8;

/// Gives recent contacts one more member each, until the load ends.
pub async fn work(
    shared: Rc<Shared>,
    mut caller: Caller,
    mut turns: Interval,
    mut dice: StdRng,
    updater: usize,
) {
    for number in 0u64.. {
        turns.tick().await;
        if shared.stopped.get() {
            return;
        }
        let any = shared.ledger.borrow().any(&mut dice, RECENT);
        let Some((id, _)) = any else {
            continue;
        };
        let update = format!("u{updater}n{number}");
        shared.ledger.borrow_mut().begin(&update);
        let made = make(&shared, &mut caller, &id, &update).await;
        let mut ledger = shared.ledger.borrow_mut();
        match made {
            Ok(true) => ledger.updated(&update, &id),
            Ok(false) => ledger.forget(&update),
            Err(answer) => ledger.wrong(format!("update {update} of {id}: {}", shown(&answer))),
        }
    }
}

/// Reads and changes what was read, again when somebody else was faster. `false` when the contact has had enough of it;
/// an error is an answer that nobody should get.
async fn make(
    shared: &Shared,
    caller: &mut Caller,
    id: &str,
    update: &str,
) -> Result<bool, Answer> {
    loop {
        let answer = read(shared, caller, id).await;
        let (Some(contact), Some(etag)) = (contact(&answer), answer.etag.clone()) else {
            return Err(answer);
        };
        // There already when a try's answer was lost on its way.
        if contact.custom.contains_key(update) {
            return Ok(true);
        }
        if contact.custom.len() >= MAX_UPDATES {
            return Ok(false);
        }
        let answer = change(shared, caller, id, update, &etag).await;
        match answer.status {
            200 => return Ok(true),
            412 => {}
            _ => return Err(answer),
        }
    }
}

async fn change(
    shared: &Shared,
    caller: &mut Caller,
    id: &str,
    update: &str,
    etag: &str,
) -> Answer {
    let path = format!("{PATH}/{id}");
    let body = format!(r#"{{"custom":{{"{update}":"made"}}}}"#);
    let fields = [
        ("content-type", "application/merge-patch+json"),
        ("if-match", etag),
    ];
    let request = |target: &Target| target.send_with("PATCH", &path, &fields, body.as_bytes());
    shared.insist(caller, request).await
}
