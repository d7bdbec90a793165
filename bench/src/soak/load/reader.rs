use super::{Shared, writer::shown};
use crate::{
    contacts::PATH,
    http::{Answer, Target},
    soak::{caller::Caller, contact::Contact, ledger::Promised},
};
use rand::rngs::StdRng;
use std::rc::Rc;
use tokio::time::Interval;

/// Reads contacts of any age. What was acknowledged before has to be in them.
pub async fn work(shared: Rc<Shared>, mut caller: Caller, mut turns: Interval, mut dice: StdRng) {
    loop {
        turns.tick().await;
        if shared.stopped.get() {
            return;
        }
        let any = shared.ledger.borrow().any(&mut dice, usize::MAX);
        let Some((id, promised)) = any else {
            continue;
        };
        let answer = read(&shared, &mut caller, &id).await;
        let mut ledger = shared.ledger.borrow_mut();
        ledger.reads += 1;
        if let Some(fault) = fault(&answer, &promised) {
            ledger.wrong(format!("GET of {id}: {fault}"));
        }
    }
}

pub async fn read(shared: &Shared, caller: &mut Caller, id: &str) -> Answer {
    let path = format!("{PATH}/{id}");
    let request = |target: &Target| target.request("GET", &path);
    shared.insist(caller, request).await
}

pub fn contact(answer: &Answer) -> Option<Contact> {
    let contact = serde_json::from_slice(&answer.body).ok();
    contact.filter(|_| answer.status == 200)
}

fn fault(answer: &Answer, promised: &Promised) -> Option<String> {
    let Some(contact) = contact(answer) else {
        return Some(shown(answer));
    };
    if !contact.is_called(&promised.name) {
        return Some(format!("is not {}", promised.name));
    }
    let missing = contact.lacks(promised).next()?;
    Some(format!("lacks the update {missing}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            body: body.as_bytes().to_vec(),
            etag: None,
            sent: Instant::now(),
            close: false,
        }
    }

    #[test]
    fn sees_what_an_answer_lacks() {
        let promised = Promised {
            name: "a".to_owned(),
            updates: ["u".to_owned()].into(),
        };
        let body = |name, custom| {
            format!(r#"{{"id":"con_1","version":2,"name":{{"given":"{name}"}},"custom":{custom}}}"#)
        };
        let fault = |status, body: String| fault(&answer(status, &body), &promised);
        assert_eq!(fault(200, body("a", r#"{"u":"","v":""}"#)), None);
        for (status, body) in [
            (200, body("a", "{}")),
            (200, body("b", r#"{"u":""}"#)),
            (404, body("a", r#"{"u":""}"#)),
            (200, "{".to_owned()),
        ] {
            assert!(fault(status, body.clone()).is_some(), "{status} {body}");
        }
    }
}
