use super::{Shared, writer::shown};
use crate::{
    http::Target,
    soak::{caller::Caller, log::Page},
};
use std::{rc::Rc, time::Duration};

/// Between two looks at the end of the log.
const LOOK: Duration = Duration::from_millis(500);
/// Events on a page.
const LIMIT: usize = 200;

/// Reads the log, and reads on from the last position seen, for as long as it is let.
pub async fn follow(shared: Rc<Shared>, mut caller: Caller) {
    let mut position = "0".to_owned();
    loop {
        let path = format!("/v1/events?types=contact.*&limit={LIMIT}&after={position}");
        let request = |target: &Target| target.request("GET", &path);
        let answer = shared.insist(&mut caller, request).await;
        let page = serde_json::from_slice::<Page>(&answer.body);
        let (200, Ok(page)) = (answer.status, page) else {
            let wrong = format!("the log after {position}: {}", shown(&answer));
            shared.ledger.borrow_mut().wrong(wrong);
            tokio::time::sleep(LOOK).await;
            continue;
        };
        shared.log.borrow_mut().append(&page.data);
        let last = page.data.last().map(|event| event.sequence.clone());
        let more = page.next_cursor.is_some();
        position = page.next_cursor.or(last).unwrap_or(position);
        if !more {
            tokio::time::sleep(LOOK).await;
        }
    }
}
