//! What an endpoint is sent: a `CloudEvent` in structured JSON mode, with the headers of Standard Webhooks 1.0.

use crate::domain::{
    delivery::Envelope,
    secret::{SigningSecret, signature},
};
use bytes::Bytes;
use ports::{Error, Event, Recorded, Result, Tenant};

/// A message that is the same at every attempt, as long as its event's data is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    pub body: Bytes,
}

impl Message {
    /// `data` is JSON; `None` when it was erased.
    pub fn new(envelope: &Envelope, tenant: &Tenant, data: Option<Bytes>) -> Result<Self> {
        let event = runtime::wire::cloud_event(&Recorded {
            tenant: tenant.clone(),
            sequence: envelope.sequence,
            erased: data.is_none(),
            event: Event {
                id: envelope.id.clone(),
                event_type: envelope.event_type.clone(),
                source: envelope.source.clone(),
                subject: envelope.subject.clone(),
                time: envelope.time,
                traceparent: envelope.traceparent.clone(),
                data: data.unwrap_or_default(),
                to: None,
            },
        })?;
        let body = serde_json::to_vec(&event)
            .map_err(|e| Error::internal("serialising a webhook's body").with_source(e))?;
        Ok(Self {
            id: event.id,
            body: body.into(),
        })
    }

    /// The headers of one attempt; `timestamp` is its time in Unix seconds.
    #[must_use]
    pub fn headers(
        &self,
        secrets: &[SigningSecret],
        timestamp: u64,
    ) -> [(&'static str, String); 4] {
        [
            (
                "content-type",
                contracts::cloud_event::MEDIA_TYPE.to_owned(),
            ),
            ("webhook-id", self.id.clone()),
            ("webhook-timestamp", timestamp.to_string()),
            (
                "webhook-signature",
                signature(secrets, &self.id, timestamp, &self.body),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::tests::delivery;
    use serde_json::{Value, json};

    #[test]
    fn the_body_is_the_event_and_its_data_as_they_are_stored() {
        let tenant = Tenant::parse("default").unwrap();
        let data = Bytes::from_static(br#"{"contact":{"id":"con_1","n":1.0}}"#);
        let message = Message::new(&delivery().event, &tenant, Some(data)).unwrap();
        let body = String::from_utf8(message.body.to_vec()).unwrap();
        assert!(
            body.contains(r#""data":{"contact":{"id":"con_1","n":1.0}}"#),
            "{body}"
        );
        assert_eq!(
            serde_json::from_str::<Value>(&body).unwrap(),
            json!({
                "specversion": "1.0", "id": "evt_1", "source": "/phonebook", "type": "contact.created.v1",
                "subject": "con_1", "time": "2023-11-14T22:13:20.000Z", "datacontenttype": "application/json",
                "data": {"contact": {"id": "con_1", "n": 1.0}}, "sequence": "00000000000000000042", "tenant": "default",
            })
        );
    }

    #[test]
    fn erased_data_is_left_out_and_broken_data_is_an_error() {
        let tenant = Tenant::parse("default").unwrap();
        let message = Message::new(&delivery().event, &tenant, None).unwrap();
        assert!(
            serde_json::from_slice::<Value>(&message.body)
                .unwrap()
                .get("data")
                .is_none()
        );
        let broken = Bytes::from_static(b"{");
        assert!(Message::new(&delivery().event, &tenant, Some(broken)).is_err());
    }

    #[test]
    fn the_signature_covers_id_time_and_body() {
        let tenant = Tenant::parse("default").unwrap();
        let message = Message::new(&delivery().event, &tenant, None).unwrap();
        let secret = SigningSecret::random();
        let headers = message.headers(std::slice::from_ref(&secret), 7);
        assert_eq!(headers[1], ("webhook-id", "evt_1".to_owned()));
        assert_eq!(headers[2], ("webhook-timestamp", "7".to_owned()));
        assert_eq!(
            headers[3].1,
            signature(&[secret], "evt_1", 7, &message.body)
        );
    }
}
