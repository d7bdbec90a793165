use object_store::path::Path as Place;
use ports::{Error, Result, blobs::check_key};

/// File names end at 255 bytes, and a half-written file's is a mark and a number longer.
const MAX_SEGMENT_BYTES: usize = 250;

/// The key as `object_store` knows it, which is letter by letter the same.
pub fn place(key: &str) -> Result<Place> {
    check_key(key)?;
    let refuse = || Error::invalid(format!("{key:?} is no blob key"));
    if key
        .split('/')
        .any(|segment| segment.len() > MAX_SEGMENT_BYTES)
    {
        return Err(refuse());
    }
    Place::parse(key).map_err(|error| refuse().with_source(error))
}
