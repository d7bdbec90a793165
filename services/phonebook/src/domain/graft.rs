//! Keeps what a newer version of this service stored, when an older one writes the item back during a rollout.

use serde_json::Value;

/// `after` with every member of `stored` that this version does not know. `known` is what this version read out of
/// `stored`; what it knows of and `after` leaves out is meant to go.
#[must_use]
pub fn graft(known: &Value, stored: &Value, after: Value) -> Value {
    if *known == after {
        return stored.clone();
    }
    match (known, stored, after) {
        (Value::Object(known), Value::Object(stored), Value::Object(mut after)) => {
            for (name, present) in stored {
                let kept = match (known.get(name), after.remove(name)) {
                    (Some(read), Some(new)) => graft(read, present, new),
                    (None, None) => present.clone(),
                    (None, Some(new)) => new,
                    (Some(_), None) => continue,
                };
                after.insert(name.clone(), kept);
            }
            Value::Object(after)
        }
        (Value::Array(known), Value::Array(stored), Value::Array(after)) => {
            let keep = |new: Value| match known.iter().position(|read| *read == new) {
                Some(place) if new.is_object() => stored.get(place).cloned().unwrap_or(new),
                _ => new,
            };
            Value::Array(after.into_iter().map(keep).collect())
        }
        (_, _, after) => after,
    }
}

#[cfg(test)]
mod tests {
    use super::graft;
    use serde_json::json;

    #[test]
    fn unknown_members_survive_at_every_depth() {
        let stored = json!({
            "groups": ["grp_1"], "name": {"given": "Ada", "phonetic": "Eɪdə"}, "notes": "x",
            "phones": [{"number": "1", "sip": true}, {"number": "2", "sip": false}],
        });
        let known = json!({"name": {"given": "Ada"}, "notes": "x", "phones": [{"number": "1"}, {"number": "2"}]});
        let after = json!({"name": {"given": "Eva"}, "phones": [{"number": "3"}, {"number": "2"}], "nickname": "E"});
        assert_eq!(
            graft(&known, &stored, after),
            json!({
                "groups": ["grp_1"], "name": {"given": "Eva", "phonetic": "Eɪdə"}, "nickname": "E",
                "phones": [{"number": "3"}, {"number": "2", "sip": false}],
            })
        );
    }

    #[test]
    fn nothing_new_is_nothing_lost() {
        let stored = json!({"a": [1, {"b": 2, "c": 3}], "d": null});
        assert_eq!(
            graft(
                &json!({"a": [1, {"b": 2}]}),
                &stored,
                json!({"a": [1, {"b": 2}]})
            ),
            stored
        );
    }
}
