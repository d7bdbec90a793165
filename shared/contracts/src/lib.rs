//! What services say to each other and to the outside: plain serde types, no behaviour that touches the world.
//!
//! One module for each owning service. A reader must accept fields it does not know, so that two versions
//! can run side by side during a rollout; nothing here uses `deny_unknown_fields`.

pub mod cloud_event;
pub mod contacts;
pub mod dead_letters;
pub mod deliveries;
pub mod description;
pub mod groups;
pub mod images;
pub mod jobs;
pub mod trace;
pub mod uploads;

pub use cloud_event::CloudEvent;
pub use trace::TraceParent;

/// Does an event type match a pattern such as `contact.*`, `contact.created.v1`, `contact.created` or `*`?
///
/// A trailing `*` matches any rest; a pattern without the version suffix matches every version of that type.
#[must_use]
pub fn type_matches(pattern: &str, event_type: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => event_type.starts_with(prefix),
        None => {
            event_type == pattern
                || event_type
                    .strip_prefix(pattern)
                    .and_then(|rest| rest.strip_prefix(".v"))
                    .is_some_and(|version| {
                        !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit())
                    })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::type_matches;

    #[test]
    fn patterns_match_prefixes_versions_and_everything() {
        assert!(type_matches("*", "contact.created.v1"));
        assert!(type_matches("contact.*", "contact.created.v1"));
        assert!(type_matches("contact.created", "contact.created.v2"));
        assert!(type_matches("contact.created.v1", "contact.created.v1"));
        assert!(!type_matches("contact.created.v1", "contact.created.v2"));
        assert!(!type_matches("contact.created", "contact.created_by.v1"));
        assert!(!type_matches("image.*", "contact.created.v1"));
    }
}
