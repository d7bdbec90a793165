//! An event as it lies in the streams: everything but its data, as JSON, or as a byte that starts no JSON and that JSON
//! squeezed. The data is an item of its own, so that it can
//! be erased while the log stays whole.

use crate::{fault, squeeze};
use bytes::Bytes;
use ports::{
    Error, Event, Kind, Recorded, Result, Tenant, Timestamp,
    store::{EVENTS_SCOPE, MAX_KEY_BYTES},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    tenant: Cow<'a, str>,
    id: Cow<'a, str>,
    #[serde(rename = "type")]
    event_type: Cow<'a, str>,
    source: Cow<'a, str>,
    subject: Cow<'a, str>,
    /// Microseconds since 1970.
    time: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traceparent: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<Cow<'a, str>>,
    /// Bytes of data, so that a reader knows what it is about to fetch.
    size: usize,
}

/// What a squeezed envelope begins with.
const SQUEEZED: u8 = 2;

/// A stream's entry whose data has not been fetched.
#[derive(Debug)]
pub struct Entry {
    pub recorded: Recorded,
    pub size: usize,
}

/// The key of an event's data without the sequence at its end.
pub fn data_prefix(event: &Event) -> Result<String> {
    let key = format!("{EVENTS_SCOPE}/{}/", event.subject);
    if key.len() + 20 > MAX_KEY_BYTES {
        return Err(Error::new(Kind::TooLarge, "an event's subject is too long"));
    }
    if event.subject.is_empty() || event.subject.chars().any(char::is_control) {
        let subject = &event.subject;
        return Err(Error::invalid(format!("{subject:?} is no event's subject")));
    }
    Ok(key)
}

pub fn data_key(recorded: &Recorded) -> Result<String> {
    let prefix = data_prefix(&recorded.event)?;
    Ok(format!("{prefix}{:020}", recorded.sequence))
}

pub fn encode(tenant: &Tenant, event: &Event) -> Result<Vec<u8>> {
    let envelope = Envelope {
        tenant: tenant.as_str().into(),
        id: event.id.as_str().into(),
        event_type: event.event_type.as_str().into(),
        source: event.source.as_str().into(),
        subject: event.subject.as_str().into(),
        time: event.time.as_micros(),
        traceparent: event.traceparent.as_deref().map(Cow::from),
        to: event.to.as_deref().map(Cow::from),
        size: event.data.len(),
    };
    let json = serde_json::to_vec(&envelope)
        .map_err(|e| Error::internal("encoding an event").with_source(e))?;
    Ok(match squeeze::squeeze(&json) {
        Some(squeezed) => [&[SQUEEZED][..], &squeezed].concat(),
        None => json,
    })
}

/// Reads one stream entry: its id and its only field.
pub fn decode(id: &str, stored: &[u8]) -> Result<Entry> {
    let broken = || fault::broken(format!("log entry {id:?}"));
    let sequence = id.split('-').next().and_then(|first| first.parse().ok());
    let json: Cow<'_, [u8]> = match stored {
        [SQUEEZED, squeezed @ ..] => squeeze::expand(squeezed)?.into(),
        json => json.into(),
    };
    let envelope: Envelope<'_> =
        serde_json::from_slice(&json).map_err(|e| broken().with_source(e))?;
    Ok(Entry {
        size: envelope.size,
        recorded: Recorded {
            tenant: Tenant::parse(&envelope.tenant)?,
            sequence: sequence.ok_or_else(broken)?,
            erased: false,
            event: Event {
                id: envelope.id.into_owned(),
                event_type: envelope.event_type.into_owned(),
                source: envelope.source.into_owned(),
                subject: envelope.subject.into_owned(),
                time: Timestamp(envelope.time),
                traceparent: envelope.traceparent.map(Cow::into_owned),
                data: Bytes::new(),
                to: envelope.to.map(Cow::into_owned),
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(subject: String, traceparent: Option<String>, to: Option<String>) -> Event {
        Event {
            id: "evt".to_owned(),
            event_type: "thing.happened.v1".to_owned(),
            source: "/things".to_owned(),
            subject,
            time: Timestamp(7),
            traceparent,
            data: Bytes::new(),
            to,
        }
    }

    #[test]
    fn fields_of_newer_versions_are_ignored() {
        let json = br#"{"tenant":"t","id":"i","type":"y","source":"s","subject":"u","time":1,"size":2,"new":[3]}"#;
        let entry = decode("5-0", json).expect("known fields");
        assert_eq!((entry.recorded.sequence, entry.size), (5, 2));
    }

    #[test]
    fn subjects_that_make_no_key_are_refused() {
        for (subject, kind) in [
            (String::new(), Kind::Invalid),
            ("a\0b".to_owned(), Kind::Invalid),
            ("s".repeat(MAX_KEY_BYTES), Kind::TooLarge),
        ] {
            let refused = data_prefix(&event(subject, None, None)).expect_err("no key");
            assert_eq!(refused.kind(), kind);
        }
    }

    proptest! {
        #[test]
        fn text_and_back(
            sequence: u64,
            subject in ".*",
            traceparent in proptest::option::of(".*"),
            to in proptest::option::of(".*"),
        ) {
            let event = event(subject, traceparent, to);
            let tenant = Tenant::system();
            let json = encode(&tenant, &event).expect("JSON");
            let entry = decode(&format!("{sequence}-0"), &json).expect("our own");
            let erased = false;
            prop_assert_eq!(entry.recorded, Recorded { tenant, sequence, event, erased });
        }

        #[test]
        fn hostile_entries_never_panic(id in ".*", json: Vec<u8>) {
            let _ = decode(&id, &json);
        }
    }
}
