//! The suite for [`ports::Store`]; `docs/specs/store.md` in code.

pub mod commits;
pub mod due;
pub mod due_claims;
pub mod events;
pub mod expiry;
pub mod index;
pub mod leases;
pub mod limits;
pub mod log;
pub mod outbox;
pub mod queries;
pub mod reads;
mod sandbox;
pub mod stamps;
pub mod tokens;

pub use sandbox::{Sandbox, batch, event, play};

/// The number of unrelayed entries in one shard after which the store under test must refuse more events.
pub const OUTBOX_QUOTA: usize = 2_000;

/// Every case's name.
pub const CASES: &[&str] = crate::store_cases!(expand_names);

/// Makes a test of each case for the store that `make` gives: `async fn() -> Fixture<dyn Store>`, with an outbox quota of
/// [`OUTBOX_QUOTA`](crate::store::OUTBOX_QUOTA).
#[macro_export]
macro_rules! store_suite {
    ($make:path) => {
        $crate::store_cases!(expand_tests, $make,);
    };
}

/// The one list of cases, handed to a macro that makes something of it.
#[doc(hidden)]
#[macro_export]
macro_rules! store_cases {
    ($expand:ident $(, $($argument:tt)*)?) => {
        $crate::$expand! { $($($argument)*)? store:
            reads {
                a_missing_item_is_none
                an_item_comes_back_as_it_was_put
                eventual_reads_catch_up
                batch_get_keeps_the_order_of_its_keys
                tenants_do_not_see_each_other
                the_clock_goes_on
                the_store_answers_pings
            }
            queries {
                a_query_is_in_byte_order
                a_query_sees_only_its_prefix
                a_query_sees_only_its_tenant
                pages_visit_each_item_once
                a_cursor_need_not_exist
                a_cursor_cannot_leave_the_prefix
                items_put_behind_the_cursor_are_found
            }
            limits {
                page_limits_are_checked
                malformed_keys_are_invalid
                keys_are_bounded
                commits_are_bounded_in_writes
                commits_are_bounded_in_bytes
                two_writes_to_one_key_are_invalid
            }
            commits {
                a_failing_condition_writes_nothing
                absent_and_version_conditions_guard
                conditions_guard_keys_that_are_not_written
                version_conditions_guard_against_aba
                versions_grow_across_the_shard
                deleting_what_is_missing_is_fine
                concurrent_increments_lose_nothing
                concurrent_creations_have_one_winner
            }
            index {
                an_index_key_is_listed_until_it_is_removed
                index_keys_are_in_byte_order
                an_index_sees_only_its_prefix
                an_index_sees_only_its_tenant
                index_pages_visit_each_key_once
                an_index_cursor_need_not_exist
                an_index_cursor_cannot_leave_the_prefix
                index_keys_and_items_are_apart
                index_writes_share_the_fate_of_their_commit
                index_keys_are_checked
                index_page_limits_are_checked
                index_writes_count
                two_writes_to_one_index_key_are_invalid
                concurrent_index_writes_lose_nothing
            }
            stamps {
                a_stamped_key_holds_its_commit_s_version
                stamped_keys_list_changes_in_order
                stamped_keys_are_checked
            }
            expiry {
                items_hide_at_the_instant
                expired_items_count_as_absent
                items_put_expired_are_never_seen
                putting_again_clears_the_expiry
            }
            events {
                events_come_back_as_they_were_committed
                event_data_is_an_item
                erased_data_leaves_the_event
                messages_to_a_group_stay_out_of_the_log
                sequences_follow_the_clock
                a_refused_commit_leaves_no_event
            }
            log {
                the_log_is_ordered_and_paged
                logs_are_apart_for_each_tenant
                trimming_drops_the_oldest_entries
                trimming_spares_what_is_not_relayed
                a_tailing_reader_misses_nothing
            }
            outbox {
                the_outbox_holds_a_shard_in_order
                advancing_sets_cursors_and_trims
                advancing_needs_the_lease
                a_waiting_relay_gets_a_hint
                a_full_outbox_refuses_events
            }
            due {
                items_are_claimed_when_due
                claims_come_earliest_first
                putting_again_moves_the_due_time
                putting_without_a_due_time_cancels
                deleting_cancels
                scopes_and_shards_are_claimed_apart
                next_due_tells_the_earliest
                an_earlier_due_time_gives_a_hint
                expired_items_are_not_claimed
            }
            due_claims {
                claims_are_hidden_until_the_hold_ends
                next_due_counts_the_hold
                claiming_changes_no_version
                of_two_claimers_one_commits
                claimers_never_share
            }
            tokens {
                a_new_bucket_is_full
                grants_can_be_partial
                buckets_refill_up_to_the_burst
                retry_after_tells_when_to_come
                buckets_are_apart
                concurrent_takers_never_overdraw
            }
            leases {
                a_lease_is_exclusive
                renewing_keeps_the_version
                an_expired_lease_changes_hands
                a_released_lease_is_free
                releasing_a_lost_lease_is_harmless
                held_guards_a_commit
                held_fails_once_the_lease_has_run_out
                concurrent_takers_have_one_winner
            }
        }
    };
}
