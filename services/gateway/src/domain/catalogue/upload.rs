//! What an operation says of the body that is streamed for it.

use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UploadRules {
    pub max_bytes: u64,
    /// The query parameter that says how many bytes there are.
    pub size: Option<String>,
    /// The query parameter that says of which type they are.
    pub content_type: Option<String>,
    /// The path at which resumable uploads for this operation begin.
    pub resumable: Option<String>,
}

impl UploadRules {
    /// `None`: it is not said how large a body may be.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let text = |pointer| value.pointer(pointer)?.as_str().map(str::to_owned);
        Some(Self {
            max_bytes: value.get("max_bytes")?.as_u64()?,
            size: text("/bound/size"),
            content_type: text("/bound/type"),
            resumable: text("/resumable"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_the_limit_is_needed() {
        let bare = UploadRules::read(&json!({ "max_bytes": 5 })).unwrap();
        assert_eq!((bare.max_bytes, bare.resumable), (5, None));
        let bound =
            json!({ "max_bytes": 5, "bound": { "size": "s", "type": "t" }, "resumable": "/u" });
        let bound = UploadRules::read(&bound).unwrap();
        assert_eq!(bound.size.as_deref(), Some("s"));
        assert_eq!(bound.content_type.as_deref(), Some("t"));
        assert_eq!(bound.resumable.as_deref(), Some("/u"));
        assert_eq!(UploadRules::read(&json!({ "resumable": "/u" })), None);
    }
}
