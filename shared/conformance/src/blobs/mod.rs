//! The suite for [`ports::Blobs`]; `docs/specs/blobs.md` in code.

mod helpers;
pub mod keys;
pub mod objects;
pub mod ranges;
pub mod uploads;

use crate::Fixture;
use ports::{Blobs, Result};
use std::sync::Arc;

/// Every case's name.
pub const CASES: &[&str] = crate::blobs_cases!(expand_names);

/// Runs one case.
pub async fn play(
    fixture: Fixture<dyn Blobs>,
    _name: &str,
    case: impl AsyncFnOnce(Arc<dyn Blobs>) -> Result<()>,
) -> Result<()> {
    case(fixture.port()).await
}

/// Makes a test of each case for the blobs that `make` gives: `async fn() -> Fixture<dyn Blobs>`.
#[macro_export]
macro_rules! blobs_suite {
    ($make:path) => {
        $crate::blobs_cases!(expand_tests, $make,);
    };
}

/// The one list of cases, handed to a macro that makes something of it.
#[doc(hidden)]
#[macro_export]
macro_rules! blobs_cases {
    ($expand:ident $(, $($argument:tt)*)?) => {
        $crate::$expand! { $($($argument)*)? blobs:
            objects {
                a_blob_comes_back_as_it_was_put
                an_empty_blob_is_a_blob
                a_missing_blob_is_not_found
                putting_again_replaces
                a_deleted_blob_is_gone
                twenty_megabytes_stream_through
                blobs_answer_pings
            }
            ranges {
                a_range_gives_its_bytes
                a_range_ends_where_the_blob_does
                a_range_outside_the_blob_is_empty
            }
            uploads {
                the_limit_is_exact
                over_the_limit_nothing_is_left
                a_failing_stream_leaves_nothing
                a_failed_put_leaves_the_old_blob
                an_abandoned_put_leaves_nothing
                nothing_is_seen_before_the_end
                concurrent_puts_never_mix
                neighbours_come_and_go
            }
            keys {
                hostile_keys_are_refused
                every_allowed_character_works
                listing_sees_whole_segments
            }
        }
    };
}
