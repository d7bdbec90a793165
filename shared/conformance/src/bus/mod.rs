//! The suite for [`ports::Bus`]; `docs/specs/bus.md` in code.

pub mod broadcasts;
pub mod calls;
pub mod groups;
mod helpers;
pub mod members;
pub mod queues;
pub mod servers;

use crate::Fixture;
use ports::{Bus, Result};
use std::sync::Arc;

/// About how many messages a partition of the bus under test may hold.
pub const PARTITION_BOUND: u32 = 500;

/// A bound of request queues, for a bus that lets one be set; one that counts in batches may hold that many of them.
/// No bus may let 20,000 small requests wait.
pub const REQUEST_BOUND: u32 = 100;

/// Every case's name.
pub const CASES: &[&str] = crate::bus_cases!(expand_names);

/// Runs one case.
pub async fn play(
    fixture: Fixture<dyn Bus>,
    _name: &str,
    case: impl AsyncFnOnce(Arc<dyn Bus>) -> Result<()>,
) -> Result<()> {
    let bus = fixture.port();
    case(Arc::clone(&bus)).await?;
    bus.close().await;
    Ok(())
}

/// Makes a test of each case for the bus that `make` gives: `async fn() -> Fixture<dyn Bus>`, with partitions bounded at
/// [`PARTITION_BOUND`](crate::bus::PARTITION_BOUND).
#[macro_export]
macro_rules! bus_suite {
    ($make:path) => {
        $crate::bus_cases!(expand_tests, $make,);
    };
}

/// The one list of cases, handed to a macro that makes something of it.
#[doc(hidden)]
#[macro_export]
macro_rules! bus_cases {
    ($expand:ident $(, $($argument:tt)*)?) => {
        $crate::$expand! { $($($argument)*)? bus:
            calls {
                a_call_gets_its_answer
                the_largest_request_and_answer_pass
                oversized_requests_are_refused
                concurrent_calls_get_their_own_answers
                an_unanswered_call_times_out
                the_server_learns_the_deadline
                a_late_answer_is_harmless
                an_abandoned_call_is_harmless
            }
            queues {
                without_a_server_calls_are_unroutable
                after_the_last_server_calls_are_unroutable
                versions_have_separate_queues
                expired_requests_are_not_given
                a_full_request_queue_refuses
            }
            servers {
                servers_share_the_work
                concurrency_is_bounded
                a_dropped_request_comes_again
                what_a_stopped_server_received_is_answered
                what_a_stopped_server_did_not_receive_goes_back
                stopping_under_load_loses_no_request
            }
            groups {
                messages_come_in_order
                a_group_holds_messages_without_a_member
                declaring_again_changes_nothing
                publishing_where_nothing_is_declared_is_refused
                partitions_are_independent
                a_full_partition_refuses
                the_depth_is_what_nobody_holds
                the_depth_of_what_is_not_declared_is_refused
                the_largest_message_passes
                oversized_messages_are_refused
            }
            members {
                prefetch_is_bounded
                settled_messages_do_not_come_again
                a_dropped_delivery_comes_next
                one_member_at_a_time_is_given_messages
                the_next_member_gets_the_unsettled_in_order
                a_stopped_member_can_settle_what_it_received
                a_member_that_vanishes_is_replaced
            }
            broadcasts {
                a_broadcast_reaches_every_listener
                listeners_hear_nothing_from_before
                topics_are_apart
                oversized_broadcasts_are_refused
                the_bus_answers_pings
                a_closed_bus_is_unavailable
            }
        }
    };
}
