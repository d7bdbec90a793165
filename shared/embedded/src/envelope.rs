//! Rows of the log and of the outbox. They hold an event without its data, which is an item of its own.

use crate::codec::{Cursor, Malformed, push_optional_text, push_text};
use bytes::Bytes;
use ports::{Event, Tenant, Timestamp};

/// Bytes of the texts in an envelope, which nearly are its size.
pub(crate) fn size(event: &Event) -> usize {
    let texts = [&event.id, &event.event_type, &event.source, &event.subject];
    let optional = [&event.traceparent, &event.to];
    texts.into_iter().map(String::len).sum::<usize>()
        + optional
            .into_iter()
            .flatten()
            .map(String::len)
            .sum::<usize>()
}

pub(crate) fn encode(event: &Event) -> Vec<u8> {
    let mut row = Vec::with_capacity(size(event) + 34);
    append(&mut row, event);
    row
}

fn append(row: &mut Vec<u8>, event: &Event) {
    for text in [&event.id, &event.event_type, &event.source, &event.subject] {
        push_text(row, text);
    }
    row.extend_from_slice(&event.time.as_micros().to_be_bytes());
    push_optional_text(row, event.traceparent.as_deref());
    push_optional_text(row, event.to.as_deref());
}

/// The event with empty data.
pub(crate) fn decode(row: &[u8]) -> Result<Event, Malformed> {
    let mut cursor = Cursor::new(row);
    let event = Event {
        id: cursor.text()?.to_owned(),
        event_type: cursor.text()?.to_owned(),
        source: cursor.text()?.to_owned(),
        subject: cursor.text()?.to_owned(),
        time: Timestamp(cursor.u64()?),
        traceparent: cursor.optional_text()?.map(str::to_owned),
        data: Bytes::new(),
        to: cursor.optional_text()?.map(str::to_owned),
    };
    cursor.end()?;
    Ok(event)
}

/// An outbox row: whose event it is, and the envelope unless the tenant's log has it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) tenant: Tenant,
    /// `None`: look in the log.
    pub(crate) message: Option<Event>,
}

pub(crate) fn encode_posted(tenant: &Tenant, event: &Event) -> Vec<u8> {
    let mut row = Vec::with_capacity(64);
    push_text(&mut row, tenant.as_str());
    if event.to.is_some() {
        append(&mut row, event);
    }
    row
}

pub(crate) fn decode_posted(row: &[u8]) -> Result<Posted, Malformed> {
    let mut cursor = Cursor::new(row);
    let tenant = Tenant::parse(cursor.text()?).map_err(|_| Malformed)?;
    let rest = cursor.rest();
    let message = (!rest.is_empty()).then(|| decode(rest)).transpose()?;
    Ok(Posted { tenant, message })
}

#[cfg(test)]
mod tests {
    use super::{Posted, decode, decode_posted, encode, encode_posted};
    use bytes::Bytes;
    use ports::{Event, Tenant, Timestamp};
    use proptest::prelude::*;

    prop_compose! {
        fn event()(
            texts in proptest::array::uniform4("\\PC{0,20}"),
            time: u64,
            traceparent: Option<String>,
            to: Option<String>,
        ) -> Event {
            let [id, event_type, source, subject] = texts;
            Event { id, event_type, source, subject, time: Timestamp(time), traceparent, data: Bytes::new(), to }
        }
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(event in event()) {
            let row = encode(&event);
            prop_assert_eq!(decode(&row).expect("our own row"), event.clone());
            for end in 0..row.len() {
                prop_assert!(decode(&row[..end]).is_err());
            }
            let tenant = Tenant::system();
            let posted = decode_posted(&encode_posted(&tenant, &event)).expect("our own row");
            let message = event.to.is_some().then_some(event);
            prop_assert_eq!(posted, Posted { tenant, message });
        }

        #[test]
        fn hostile_bytes_never_panic(row: Vec<u8>) {
            let _ = decode(&row);
            let _ = decode_posted(&row);
        }
    }
}
