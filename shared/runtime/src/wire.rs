//! Events between services: `CloudEvents` in JSON batch format (`application/cloudevents-batch+json`), in messages of
//! bounded size.

use bytes::Bytes;
use contracts::{CloudEvent, cloud_event::format_sequence};
use ports::{Error, Event, Recorded, Result, Tenant, Timestamp, bus::MAX_MESSAGE_BYTES};
use serde_json::value::RawValue;

/// Events in one message, at most.
const MAX_EVENTS: usize = 100;
/// Bytes after which a message is closed.
const FULL: usize = 128 << 10;

/// The event as the outside sees it.
pub fn cloud_event(recorded: &Recorded) -> Result<CloudEvent> {
    let event = &recorded.event;
    let data = match (recorded.erased, std::str::from_utf8(&event.data)) {
        (true, _) => None,
        (false, Ok(text)) => {
            Some(RawValue::from_string(text.to_owned()).map_err(|e| unreadable(event, e))?)
        }
        (false, Err(error)) => return Err(unreadable(event, error)),
    };
    Ok(CloudEvent {
        specversion: "1.0".to_owned(),
        id: event.id.clone(),
        source: event.source.clone(),
        event_type: event.event_type.clone(),
        subject: event.subject.clone(),
        time: event.time.to_string(),
        datacontenttype: "application/json".to_owned(),
        data,
        sequence: format_sequence(recorded.sequence),
        tenant: recorded.tenant.to_string(),
        traceparent: event.traceparent.clone(),
        to: event.to.clone(),
    })
}

fn unreadable(event: &Event, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::internal(format!("the data of event {}", event.id)).with_source(source)
}

/// Packs events into as few messages as the bounds allow, in order.
pub fn encode(entries: &[&Recorded]) -> Result<Vec<Bytes>> {
    let mut messages = Vec::new();
    let (mut message, mut events) = (Vec::new(), 0);
    for entry in entries {
        let event = cloud_event(entry)?;
        let encoded = serde_json::to_vec(&event).map_err(|e| unreadable(&entry.event, e))?;
        if events > 0
            && (events == MAX_EVENTS || message.len() + encoded.len() > FULL.min(MAX_MESSAGE_BYTES))
        {
            message.push(b']');
            messages.push(Bytes::from(std::mem::take(&mut message)));
            events = 0;
        }
        message.push(if events == 0 { b'[' } else { b',' });
        message.extend_from_slice(&encoded);
        events += 1;
    }
    if events > 0 {
        message.push(b']');
        messages.push(message.into());
    }
    Ok(messages)
}

pub fn decode(message: &[u8]) -> Result<Vec<Recorded>> {
    let events: Vec<CloudEvent> = serde_json::from_slice(message)
        .map_err(|e| Error::invalid("a batch of events").with_source(e))?;
    events.into_iter().map(recorded).collect()
}

fn recorded(event: CloudEvent) -> Result<Recorded> {
    let sequence = event
        .sequence
        .parse()
        .map_err(|e| Error::invalid("an event's sequence").with_source(e))?;
    let erased = event.data.is_none();
    let data = event
        .data
        .map(|data| Bytes::from(Box::<str>::from(data).into_string()))
        .unwrap_or_default();
    Ok(Recorded {
        tenant: Tenant::parse(&event.tenant)?,
        sequence,
        event: Event {
            id: event.id,
            event_type: event.event_type,
            source: event.source,
            subject: event.subject,
            time: Timestamp::parse(&event.time)?,
            traceparent: event.traceparent,
            data,
            to: event.to,
        },
        erased,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(sequence: u64, data: &str, to: Option<&str>) -> Recorded {
        let event = Event {
            id: format!("evt_{sequence}"),
            event_type: "contact.created.v1".to_owned(),
            source: "/phonebook".to_owned(),
            subject: "con_1".to_owned(),
            time: Timestamp::from_millis(1_700_000_000_123),
            traceparent: None,
            data: Bytes::from(data.to_owned()),
            to: to.map(str::to_owned),
        };
        Recorded {
            tenant: Tenant::parse("default").unwrap(),
            sequence,
            event,
            erased: data.is_empty(),
        }
    }

    #[test]
    fn events_survive_the_wire_in_order_and_in_bounded_messages() {
        let big = format!("\"{}\"", "x".repeat(FULL / 2));
        let mut events: Vec<_> = (1..=250).map(|n| event(n, "{\"a\": 1}", None)).collect();
        events.push(event(251, &big, Some("image-resize")));
        events.push(event(252, &big, None));
        events.push(event(253, "", None));
        let messages = encode(&events.iter().collect::<Vec<_>>()).unwrap();
        assert!(
            messages.len() >= 4
                && messages
                    .iter()
                    .all(|message| message.len() <= MAX_MESSAGE_BYTES)
        );
        let decoded: Vec<_> = messages
            .iter()
            .flat_map(|message| decode(message).unwrap())
            .collect();
        assert_eq!(decoded, events);
    }

    proptest! {
        #[test]
        fn hostile_messages_are_refused(message in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&message).is_err() || message.starts_with(b"["));
        }
    }
}
