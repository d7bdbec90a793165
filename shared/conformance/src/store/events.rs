//! What a commit's events become.

use super::{Sandbox, batch, event};
use crate::refused;
use bytes::Bytes;
use ports::{Event, Kind, Result, store::EVENTS_SCOPE};

fn data_key(subject: &str, sequence: u64) -> String {
    format!("{EVENTS_SCOPE}/{subject}/{sequence:020}")
}

pub async fn events_come_back_as_they_were_committed(t: Sandbox) -> Result<()> {
    t.drain().await?;
    let tenant = t.tenant();
    let plain = event("one");
    // Data that a reader which parses and prints it again would change.
    let odd = Event {
        subject: "con_ünï".to_owned(),
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        data: Bytes::from_static(
            "{ \"unknown\" : 1.0e3, \"b\":\"\\u00e9 é\", \"a\":[] }".as_bytes(),
        ),
        ..event("")
    };
    let committed = t
        .commit(&tenant, |b| {
            b.event(plain.clone()).event(odd.clone());
        })
        .await?;
    assert_eq!(committed.sequences.len(), 2);
    for page in [t.log(&tenant, 0).await?, t.outbox(0).await?] {
        assert_eq!(page.len(), 2);
        for ((recorded, event), sequence) in
            page.iter().zip([&plain, &odd]).zip(&committed.sequences)
        {
            assert_eq!(&recorded.event, event);
            assert_eq!(recorded.sequence, *sequence);
            assert_eq!(recorded.tenant, tenant);
            assert!(!recorded.erased);
        }
    }
    Ok(())
}

pub async fn event_data_is_an_item(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let committed = t
        .commit(&tenant, |b| {
            b.event(event("one"));
        })
        .await?;
    let key = data_key("one", committed.sequences[0]);
    let item = t.get(&tenant, &key).await?.expect("the data is stored");
    assert_eq!(item.value, event("one").data);
    assert_eq!(t.keys(&tenant, "events/one/").await?, [key]);
    Ok(())
}

pub async fn erased_data_leaves_the_event(t: Sandbox) -> Result<()> {
    t.drain().await?;
    let tenant = t.tenant();
    let events = [event("one"), event("two")];
    let committed = t
        .commit(&tenant, |b| {
            b.events.extend(events.clone());
        })
        .await?;
    t.commit(&tenant, |b| {
        b.delete(data_key("one", committed.sequences[0]));
    })
    .await?;
    for page in [t.log(&tenant, 0).await?, t.outbox(0).await?] {
        let [erased, kept] = &page[..] else {
            panic!("two events, not {}", page.len());
        };
        assert!(erased.erased);
        assert!(erased.event.data.is_empty());
        assert_eq!(erased.sequence, committed.sequences[0]);
        assert_eq!(erased.event.id, events[0].id);
        assert!(!kept.erased);
        assert_eq!(kept.event, events[1]);
    }
    Ok(())
}

pub async fn messages_to_a_group_stay_out_of_the_log(t: Sandbox) -> Result<()> {
    t.drain().await?;
    let tenant = t.tenant();
    let message = Event {
        to: Some("workers".to_owned()),
        ..event("one")
    };
    let public = event("two");
    t.commit(&tenant, |b| {
        b.event(message.clone()).event(public.clone());
    })
    .await?;
    let log = t.log(&tenant, 0).await?;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].event, public);
    let outbox: Vec<_> = t.outbox(0).await?.into_iter().map(|e| e.event).collect();
    assert_eq!(outbox, [message, public]);
    Ok(())
}

pub async fn sequences_follow_the_clock(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let mut last = t.store.now().await?.as_micros() - 1;
    for _ in 0..5 {
        let before = t.store.now().await?.as_micros();
        let committed = t
            .commit(&tenant, |b| {
                b.event(event("one")).event(event("two"));
            })
            .await?;
        for sequence in committed.sequences {
            assert!(sequence >= before, "{sequence} lies behind the clock");
            assert!(sequence > last, "{sequence} after {last}");
            last = sequence;
        }
    }
    Ok(())
}

pub async fn a_refused_commit_leaves_no_event(t: Sandbox) -> Result<()> {
    t.drain().await?;
    let tenant = t.tenant();
    t.put(&tenant, "things/one", "x").await?;
    let attempt = batch(|b| {
        b.expect("things/one", None).event(event("one"));
    });
    let outcome = t.store.commit(&tenant, attempt).await;
    assert_eq!(refused(outcome), Kind::Conflict);
    assert!(t.log(&tenant, 0).await?.is_empty());
    assert!(t.outbox(0).await?.is_empty());
    assert_eq!(t.keys(&tenant, "events/").await?, [""; 0]);
    Ok(())
}
