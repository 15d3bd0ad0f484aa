//! The list of behaviours, and the macro that makes a test of each. A behaviour
//! that is not on the list is found by this crate's own tests.

/// Runs every behaviour of the conformance suite on one backend.
///
/// Expands to a module `$name` with one `#[tokio::test]` per behaviour, so that a
/// new behaviour reaches every backend at once. The second argument is a closure
/// that makes a fresh, empty checkpointer: it returns the checkpointer, or a
/// [`Fixture`](crate::Fixture) that keeps a scratch folder alive beside it. The
/// caller's crate needs `tokio` with `macros` and `rt-multi-thread`.
///
/// A backend that needs a server names the variable with its address, which the closure
/// is given; where it is not set, every test says that it is skipped
/// ([`server`](crate::server)).
///
/// A backend that lacks a [`Capability`](agentflow_core::checkpoint::Capability) is asked for
/// none of the behaviours that need it: each says that it is left out, and proves that the
/// calls for it are refused.
///
/// ```
/// use agentflow_core::checkpoint::MemoryCheckpointer;
///
/// agentflow_testkit::checkpointer_suite!(memory, || async { MemoryCheckpointer::new() });
/// agentflow_testkit::checkpointer_suite!(far, needs "MY_SERVER", |_address| async {
///     MemoryCheckpointer::new()
/// });
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! checkpointer_suite {
    ($name:ident, needs $variable:literal, $fresh:expr) => {
        async fn $name() -> ::std::option::Option<$crate::Fixture> {
            let address = $crate::server($variable)?;
            Some($crate::IntoFixture::into_fixture(($fresh)(address).await))
        }

        $crate::checkpointer_suite! { @module $name }
    };
    ($name:ident, $fresh:expr) => {
        async fn $name() -> ::std::option::Option<$crate::Fixture> {
            Some($crate::IntoFixture::into_fixture(($fresh)().await))
        }

        $crate::checkpointer_suite! { @module $name }
    };
    (@module $name:ident) => {
        mod $name {
            $crate::checkpointer_behaviours! { [$crate::checkpointer_suite] $name }
        }
    };
    (@tests $name:ident: $($topic:ident $([$($all:ident)+])? {
        $($behaviour:ident $([$($need:ident)+])?)+
    })+) => {
        $(mod $topic {
            const NEEDS: &[$crate::Capability] = &[$($($crate::Capability::$all),+)?];

            $(#[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $behaviour() {
                let Some(fixture) = super::super::$name().await else {
                    return;
                };
                let needs = [NEEDS, &[$($($crate::Capability::$need),+)?]];
                let behaviour = $crate::suite::$topic::$behaviour;
                fixture.prove(stringify!($behaviour), &needs, behaviour).await;
            })+
        })+
    };
}

/// Hands the list of behaviours to the macro in brackets. In brackets behind a topic or a
/// behaviour are the capabilities that it needs.
#[doc(hidden)]
#[macro_export]
macro_rules! checkpointer_behaviours {
    ([$($then:tt)+] $name:ident) => {
        $($then)+! { @tests $name:
            capability {
                what_is_in_the_set_is_done_and_what_is_not_is_refused
            }
            commit {
                a_commit_becomes_the_head_with_its_values
                every_part_of_a_checkpoint_comes_back_as_it_was
                steps_times_and_sources_keep_their_extremes
                an_unchanged_field_is_read_from_the_older_checkpoint
                an_older_checkpoint_keeps_the_values_it_had
                a_field_that_a_checkpoint_no_longer_lists_is_not_read
                a_commit_on_a_head_that_moved_is_a_conflict
                a_commit_that_expects_a_head_on_an_empty_thread_is_a_conflict
                a_conflict_leaves_nothing_behind
                metadata_that_is_too_large_is_refused
            }
            fork {
                a_fork_goes_on_from_an_older_checkpoint
                a_fork_expects_the_head_all_the_same
                a_checkpoint_without_a_parent_may_follow_the_head
                a_parent_that_is_not_there_is_a_conflict
                an_id_that_is_not_above_the_head_is_a_conflict
                a_commit_leaves_records_on_its_parent
                records_of_a_commit_win_and_lose_as_others_do
                a_refused_commit_leaves_no_records
                records_without_a_parent_are_refused
            }
            records {
                records_are_read_with_their_checkpoint
                records_come_in_the_order_of_task_kind_and_key
                a_second_record_wins_or_loses_by_its_kind
                records_of_another_key_kind_or_task_are_apart
                records_stay_with_their_checkpoint_when_the_head_moves
                records_of_two_namespaces_with_equal_keys_are_apart
                a_hundred_records_in_one_call_are_all_kept
                no_records_at_all_are_no_error
                records_without_their_checkpoint_are_refused
                a_late_record_of_a_deleted_thread_does_not_reach_the_new_one
            }
            load {
                without_an_id_the_head_is_loaded
                with_an_id_that_checkpoint_is_loaded
                what_is_not_there_is_none
                loading_changes_nothing
            }
            history {
                checkpoints_are_listed_newest_first
                before_and_limit_cut_the_list
                a_page_has_only_what_matches_all_that_is_asked
                a_limit_counts_what_matches
                pages_join_without_a_gap_although_the_head_moves
                a_page_has_only_its_own_thread_and_namespace
                what_is_not_there_is_an_empty_page
            }
            lease {
                a_free_thread_is_granted_to_who_asks
                a_held_lease_is_refused_with_owner_epoch_and_end
                a_lease_runs_out_at_its_end_and_not_before
                a_lease_is_taken_from_the_gone_only_with_their_epoch
                a_free_or_expired_lease_is_granted_whatever_epoch_is_named
                a_renewed_lease_lasts_from_the_renewal
                an_expired_lease_that_nobody_took_is_renewed
                a_lost_lease_is_not_renewed
                a_released_lease_is_free_at_once
                releasing_a_lost_lease_is_harmless
                epochs_grow_with_every_grant
                leases_of_two_threads_are_apart
            }
            fencing {
                a_commit_with_a_past_epoch_is_refused_and_leaves_nothing
                records_with_a_past_epoch_are_refused_and_leave_nothing
                a_past_epoch_is_told_before_a_moved_head
                a_writer_in_any_namespace_is_fenced
                an_epoch_that_was_never_granted_is_refused
                a_thread_without_a_lease_takes_no_writes
                a_released_lease_writes_no_more
                a_lease_on_one_thread_is_no_right_on_another
                an_expired_lease_writes_until_somebody_takes_it
            }
            delete {
                a_deleted_thread_has_nothing_left
                other_threads_stay_whole
                an_unknown_thread_is_no_error
                a_thread_of_the_same_name_begins_anew
                epochs_grow_on_after_a_delete
                a_thread_is_deleted_twice_without_error
            }
            events {
                an_event_waits_as_it_was_delivered
                events_come_in_the_order_of_their_delivery
                a_thread_that_never_ran_keeps_its_events_until_it_does
                a_delivery_is_no_right_to_write
                an_event_comes_while_somebody_holds_the_lease
                a_commit_takes_its_events_and_no_others
                events_that_are_gone_are_taken_without_error
                a_refused_commit_takes_no_events
                two_deliveries_under_one_key_are_one_event
                a_key_is_remembered_after_its_event_was_taken
                an_id_is_never_given_twice
                a_deleted_thread_has_no_events_and_no_keys
                an_unknown_thread_has_no_events
                of_racing_deliveries_none_is_lost_and_one_key_is_one_event
                an_event_that_is_too_large_is_refused
                only_so_many_events_wait
            }
            wake {
                a_thread_is_due_from_its_time_on
                the_earliest_are_listed_first_and_only_so_many
                a_thread_without_a_wake_up_is_never_due
                records_set_keep_and_clear_the_wake_up
                an_event_that_comes_while_the_thread_falls_asleep_wakes_it
                an_event_that_was_taken_keeps_no_thread_awake
                refused_records_leave_the_wake_up
                a_wake_up_is_the_threads_whatever_the_namespace
                a_commit_in_the_root_clears_the_wake_up
                a_refused_commit_leaves_the_wake_up
                a_delivery_wakes_the_thread_unless_it_wakes_earlier
                a_known_key_wakes_nobody
                snoozing_needs_no_lease
                a_thread_with_nothing_is_not_woken
            }
            copy [CopyThread] {
                a_copy_has_all_graphs_under_the_same_ids
                a_copy_has_the_events_the_keys_and_the_wake_up
                a_copy_has_no_lease
                the_two_are_written_independently
                the_source_is_as_it_was
                a_thread_with_checkpoints_is_not_overwritten
                a_thread_with_events_is_not_overwritten
                an_unknown_thread_is_not_copied
                a_thread_that_never_ran_is_copied_with_its_events
                a_deleted_or_leased_thread_takes_a_copy
            }
            prune [Prune] {
                the_newest_of_each_graph_stay
                what_is_old_enough_or_of_a_run_goes_and_never_the_newest
                what_stays_has_its_values_and_records
                a_value_is_kept_for_as_long_as_a_fork_needs_it
                a_writer_goes_on_after_it
                graphs_of_tasks_go_with_the_checkpoint_they_were_built_on
                what_a_kept_checkpoint_names_of_a_graph_inside_stays
                other_threads_events_and_leases_stay
                an_unknown_thread_has_nothing_to_forget
                a_running_writer_does_not_notice
            }
            long {
                every_part_of_a_long_history_is_found
                a_long_history_is_pruned_by_age [Prune]
            }
            pieces {
                all_pieces_of_a_field_come_in_their_order
                each_branch_has_its_own_pieces
                pieces_stay_as_long_as_a_checkpoint_needs_them [CopyThread Prune]
            }
            log [StreamLog] {
                entries_come_back_in_their_order_at_the_positions_that_were_told
                an_unknown_thread_has_an_empty_log
                a_page_has_so_many_entries_after_its_position
                a_page_ends_early_rather_than_be_too_large
                only_the_newest_stay_and_a_reader_learns_what_it_missed
                positions_go_on_after_a_delete
                who_has_not_the_lease_appends_nothing
                logs_of_two_threads_are_apart
                an_append_is_no_commit_and_a_commit_no_append
                a_copy_has_no_log_and_the_source_keeps_its_own [CopyThread]
                a_prune_leaves_the_log [Prune]
                what_is_too_much_is_refused_and_nothing_is_written
                any_bytes_come_back_as_they_were
                an_empty_append_changes_nothing_and_tells_the_newest_position
                a_reader_sees_no_hole_while_entries_are_appended
                an_append_that_is_dropped_happened_wholly_or_not_at_all
            }
            isolation {
                threads_with_alike_names_are_apart
                namespaces_with_alike_names_are_apart
                fields_with_alike_names_are_apart
                a_thread_and_a_namespace_do_not_run_together
                each_namespace_has_its_own_head
            }
            concurrency {
                of_racing_writers_exactly_one_commits
                of_racing_owners_exactly_one_is_granted
                of_racing_first_records_one_stays
                many_threads_commit_side_by_side
                one_refused_commit_does_not_spoil_its_neighbours
                a_reader_sees_whole_checkpoints_while_they_are_written
                a_commit_that_is_dropped_happened_wholly_or_not_at_all
            }
            values {
                bytes_come_back_as_they_were
                sixty_four_mebibytes_come_back_as_they_were
                names_come_back_as_they_were
                a_state_of_a_thousand_fields_is_read_whole
            }
        }
    };
}
