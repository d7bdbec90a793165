//! Who wants which events, and where.

use crate::domain::{
    endpoint::Endpoint,
    pattern::EventPattern,
    sealing::{CannotOpen, Sealed, Sealer, Use},
    secret::SigningSecret,
};
use ports::{Timestamp, TypeId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;
use web::Scopes;

/// Subscriptions of one tenant: an event's fan-out to all of them fits into one commit.
pub const MAX_SUBSCRIPTIONS: usize = 400;

/// How long a secret stays valid after its successor was made.
pub const ROTATION: Duration = Duration::from_secs(24 * 3600);

/// Valid secrets at once; more rotations within a day push the oldest out.
const MAX_SECRETS: usize = 5;

/// Message to the notifier: a receiver answered 410, its subscription is to be disabled.
pub const GONE: &str = "subscription.gone.v1";

/// Data of [`GONE`]: the subscription as it was when its endpoint was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    pub subscription_id: String,
    pub version: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Webhook,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Active,
    Disabled,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecret {
    pub sealed: Sealed,
    /// `None`: the present one.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// The stored item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    pub id: String,
    pub event_types: Vec<EventPattern>,
    pub channel: Channel,
    pub endpoint: Endpoint,
    #[serde(default)]
    pub description: Option<String>,
    pub status: Status,
    #[serde(default)]
    pub disabled_reason: Option<String>,
    /// What the key may do that last chose the events or the endpoint: an event needs its resource's read scope.
    pub scopes: Scopes,
    /// The present one first.
    pub secrets: Vec<StoredSecret>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: u64,
    /// What a newer version keeps here.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// What a caller decides about a new subscription.
#[derive(Debug, Clone)]
pub struct NewSubscription {
    pub event_types: Vec<EventPattern>,
    pub endpoint: Endpoint,
    pub description: Option<String>,
}

/// A merge patch, read: `None` leaves things as they are.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    pub event_types: Option<Vec<EventPattern>>,
    pub endpoint: Option<Endpoint>,
    pub description: Option<Option<String>>,
    pub status: Option<Status>,
}

impl Subscription {
    /// Made without a secret; [`Subscription::rotate`] gives it the first.
    #[must_use]
    pub fn new(new: NewSubscription, scopes: Scopes, now: Timestamp) -> Self {
        Self {
            id: TypeId::new("sub").into(),
            event_types: new.event_types,
            channel: Channel::Webhook,
            endpoint: new.endpoint,
            description: new.description,
            status: Status::Active,
            disabled_reason: None,
            scopes,
            secrets: Vec::new(),
            created_at: now,
            updated_at: now,
            version: 1,
            unknown: Map::new(),
        }
    }

    /// Deliveries' own events match nothing, or a `*` subscription would cause events for ever.
    #[must_use]
    pub fn wants(&self, event_type: &str) -> bool {
        self.status == Status::Active
            && !tells_of_delivery(event_type)
            && self
                .event_types
                .iter()
                .any(|pattern| pattern.matches(event_type))
            && self.scopes.may_read_event(event_type)
    }

    /// Makes a secret the present one; those before stay valid for [`ROTATION`].
    pub fn rotate(
        &mut self,
        secret: &SigningSecret,
        sealer: &Sealer,
        now: Timestamp,
    ) -> Result<(), CannotOpen> {
        let sealed = sealer.seal(Use::Signing, self.id.as_bytes(), secret.as_bytes())?;
        self.secrets
            .retain(|old| old.expires_at.is_none_or(|end| end > now));
        for old in &mut self.secrets {
            old.expires_at.get_or_insert(now + ROTATION);
        }
        let present = StoredSecret {
            sealed,
            expires_at: None,
        };
        self.secrets.insert(0, present);
        self.secrets.truncate(MAX_SECRETS);
        Ok(())
    }

    /// The secrets that are valid now, the present one first.
    pub fn open_secrets(
        &self,
        sealer: &Sealer,
        now: Timestamp,
    ) -> Result<Vec<SigningSecret>, CannotOpen> {
        self.secrets
            .iter()
            .filter(|secret| secret.expires_at.is_none_or(|end| end > now))
            .map(|secret| {
                let bytes = sealer.open(Use::Signing, self.id.as_bytes(), &secret.sealed)?;
                SigningSecret::from_bytes(bytes).map_err(|_| CannotOpen)
            })
            .collect()
    }

    /// Applies a patch of a caller with these scopes. Who says what is sent where must be allowed to read it, so
    /// that nobody can turn another's subscription to themselves.
    pub fn apply(&mut self, changes: Changes, scopes: &Scopes) {
        if changes.event_types.is_some() || changes.endpoint.is_some() {
            self.scopes = scopes.clone();
        }
        if let Some(event_types) = changes.event_types {
            self.event_types = event_types;
        }
        if let Some(endpoint) = changes.endpoint {
            self.endpoint = endpoint;
        }
        if let Some(description) = changes.description {
            self.description = description;
        }
        match changes.status {
            Some(Status::Active) => {
                self.status = Status::Active;
                self.disabled_reason = None;
            }
            Some(Status::Disabled) if self.status == Status::Active => {
                self.disable("disabled by its owner");
            }
            _ => {}
        }
    }

    pub fn disable(&mut self, reason: &str) {
        self.status = Status::Disabled;
        self.disabled_reason = Some(reason.to_owned());
    }

    /// To be called once for each commit that changes it.
    pub fn touch(&mut self, now: Timestamp) {
        self.version += 1;
        self.updated_at = now;
    }
}

/// Is it one of the notifier's own events?
#[must_use]
pub fn tells_of_delivery(event_type: &str) -> bool {
    event_type.starts_with("delivery.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::Secret;
    use web::Scope;

    fn subscription(patterns: &[&str], scopes: Scopes) -> Subscription {
        let new = NewSubscription {
            event_types: patterns
                .iter()
                .map(|p| EventPattern::parse(p).unwrap())
                .collect(),
            endpoint: Endpoint::parse("https://example.com/in").unwrap(),
            description: None,
        };
        Subscription::new(new, scopes, Timestamp(0))
    }

    fn contacts_only() -> Scopes {
        Scopes(vec![Scope::parse("contacts:read").unwrap()])
    }

    #[test]
    fn an_event_must_match_be_readable_and_not_be_about_deliveries() {
        let all = subscription(&["*"], Scopes::admin());
        assert!(all.wants("contact.created.v1") && all.wants("image.ready.v1"));
        for own in [
            "delivery.succeeded.v1",
            "delivery.failed.v1",
            "delivery.dead.v2",
        ] {
            assert!(!all.wants(own) && !subscription(&["delivery.*"], Scopes::admin()).wants(own));
        }
        let narrow = subscription(&["*"], contacts_only());
        assert!(narrow.wants("group.created.v1") && !narrow.wants("image.ready.v1"));
        let mut disabled = all;
        disabled.disable("x");
        assert!(!disabled.wants("contact.created.v1"));
    }

    #[test]
    fn rotated_secrets_stay_valid_for_a_day() {
        let sealer = Sealer::new(&Secret::new("key"));
        let mut subscription = subscription(&["*"], Scopes::admin());
        let secrets = [SigningSecret::random(), SigningSecret::random()];
        let (first, later) = (Timestamp(0), Timestamp(1_000_000));
        subscription.rotate(&secrets[0], &sealer, first).unwrap();
        subscription.rotate(&secrets[1], &sealer, later).unwrap();
        let valid = |at| subscription.open_secrets(&sealer, at).unwrap();
        assert_eq!(valid(later), [secrets[1].clone(), secrets[0].clone()]);
        assert_eq!(valid(later + ROTATION), [secrets[1].clone()]);
        let other = Sealer::new(&Secret::new("other"));
        assert_eq!(subscription.open_secrets(&other, later), Err(CannotOpen));
    }

    #[test]
    fn secrets_are_bounded_and_bound_to_their_subscription() {
        let sealer = Sealer::new(&Secret::new("key"));
        let mut mine = subscription(&["*"], Scopes::admin());
        for _ in 0..20 {
            mine.rotate(&SigningSecret::random(), &sealer, Timestamp(0))
                .unwrap();
        }
        assert_eq!(mine.secrets.len(), MAX_SECRETS);
        let mut stolen = subscription(&["*"], Scopes::admin());
        stolen.secrets.clone_from(&mine.secrets);
        assert!(stolen.open_secrets(&sealer, Timestamp(0)).is_err());
    }

    #[test]
    fn redirecting_a_subscription_takes_the_caller_s_scopes_and_describing_it_does_not() {
        let mut described = subscription(&["*"], Scopes::admin());
        let description = Changes {
            description: Some(Some("x".to_owned())),
            ..Changes::default()
        };
        described.apply(description, &contacts_only());
        assert_eq!(described.scopes, Scopes::admin());
        let endpoint = Endpoint::parse("https://example.org/").ok();
        described.apply(
            Changes {
                endpoint,
                ..Changes::default()
            },
            &contacts_only(),
        );
        assert_eq!(described.scopes, contacts_only());
    }

    #[test]
    fn a_disabled_subscription_can_be_made_active_again() {
        let mut subscription = subscription(&["*"], Scopes::admin());
        subscription.disable("gone");
        let with = |status| Changes {
            status: Some(status),
            ..Changes::default()
        };
        subscription.apply(with(Status::Disabled), &Scopes::admin());
        assert_eq!(subscription.disabled_reason.as_deref(), Some("gone"));
        subscription.apply(with(Status::Active), &Scopes::admin());
        assert_eq!(
            (subscription.status, subscription.disabled_reason),
            (Status::Active, None)
        );
    }

    #[test]
    fn fields_of_a_newer_version_survive() {
        let mut json = serde_json::to_value(subscription(&["*"], Scopes::admin())).unwrap();
        json["ordered"] = true.into();
        let read: Subscription = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), json);
    }
}
