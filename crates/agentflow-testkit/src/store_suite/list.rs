//! The list of behaviours, and the macro that makes a test of each. A behaviour
//! that is not on the list is found by this crate's own tests.

/// Runs every behaviour of long-term memory on one backend.
///
/// Expands to a module `$name` with one `#[tokio::test]` per behaviour, so that a
/// new behaviour reaches every backend at once. The second argument is a closure that is
/// given [`StoreOptions`](agentflow_core::store::StoreOptions) and makes a fresh, empty
/// store with them: it returns the store, or a [`StoreFixture`](crate::StoreFixture) that
/// keeps a scratch folder alive beside it. It may be called more than once by one test.
/// The caller's crate needs `tokio` with `macros` and `rt-multi-thread`.
///
/// A backend that needs a server names the variable with its address, which the closure
/// is given before the options: `store_suite!(far, needs "MY_SERVER", |address, options| …)`.
/// Where it is not set, every test says that it is skipped ([`server`](crate::server)).
///
/// ```
/// use agentflow_core::store::MemoryStore;
///
/// agentflow_testkit::store_suite!(memory, |options| async { MemoryStore::with_options(options) });
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! store_suite {
    ($name:ident, needs $variable:literal, $fresh:expr) => {
        fn $name() -> ::std::option::Option<$crate::store_suite::Rig> {
            let address = $crate::server($variable)?;
            let fresh = move |options| ($fresh)(address.clone(), options);
            Some($crate::store_suite::Rig::new(fresh))
        }

        $crate::store_suite! { @module $name }
    };
    ($name:ident, $fresh:expr) => {
        fn $name() -> ::std::option::Option<$crate::store_suite::Rig> {
            Some($crate::store_suite::Rig::new($fresh))
        }

        $crate::store_suite! { @module $name }
    };
    (@module $name:ident) => {
        mod $name {
            $crate::store_behaviours! { [$crate::store_suite] $name }
        }
    };
    (@tests $name:ident: $($topic:ident { $($behaviour:ident)+ })+) => {
        $(mod $topic {
            $(#[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $behaviour() {
                let Some(rig) = super::super::$name() else {
                    return;
                };
                $crate::store_suite::$topic::$behaviour(&rig).await;
            })+
        })+
    };
}

/// Hands the list of behaviours to the macro in brackets.
#[doc(hidden)]
#[macro_export]
macro_rules! store_behaviours {
    ([$($then:tt)+] $name:ident) => {
        $($then)+! { @tests $name:
            batch {
                replies_come_in_the_order_of_the_operations
                reads_see_the_state_before_the_batch
                the_last_write_to_an_item_is_done
                equal_reads_have_equal_answers
                a_bad_operation_leaves_nothing_of_its_batch
                an_empty_batch_is_no_error
                a_batch_takes_so_many_operations_and_no_more
            }
            items {
                an_item_comes_back_as_it_was_put
                what_is_not_there_is_none
                a_put_replaces_all_of_the_value_and_keeps_when_it_was_created
                a_deleted_item_is_gone_and_one_put_later_is_new
                values_come_back_as_they_were
                keys_and_labels_are_equal_only_if_all_their_bytes_are
                a_path_and_a_key_do_not_run_together
                values_are_typed_on_the_way_in_and_out
                the_largest_items_are_kept_and_larger_ones_refused
                what_is_no_item_is_refused
            }
            paths {
                every_path_with_items_is_listed_once_in_order
                paths_are_ordered_label_by_label
                prefixes_suffixes_and_stars_choose_paths
                a_label_is_matched_as_a_whole
                letters_of_patterns_elsewhere_are_just_letters
                paths_are_cut_to_a_depth_and_then_listed_once
                pages_of_paths_join_without_a_gap
                an_empty_store_has_no_paths
                a_path_is_there_as_long_as_it_has_items
                a_page_is_a_hundred_unless_asked_otherwise
            }
            search {
                a_search_finds_what_lies_in_a_path_in_order
                a_search_of_several_paths_finds_each_item_once_in_order
                pages_of_items_join_without_a_gap
                a_page_counts_what_matches
                what_is_found_without_a_query_has_no_score
                a_found_item_is_the_one_that_is_read
                a_search_that_asks_too_much_is_refused
            }
            filters {
                items_are_compared_with_all_six_comparisons
                all_conditions_must_hold
                numbers_are_compared_by_worth_and_never_with_texts
                truths_and_nulls_are_equal_only_to_themselves
                fields_in_fields_and_in_lists_are_compared
                names_and_values_of_fields_are_taken_literally
            }
            words {
                the_more_words_occur_the_better
                a_query_without_words_is_none
                words_are_looked_for_in_what_path_and_filter_leave
                a_new_value_is_found_by_its_own_words
            }
            vectors {
                the_nearest_come_first_and_equals_in_order
                a_new_value_is_embedded_anew
                the_nearest_of_what_path_and_filter_leave_are_found
                pages_of_the_nearest_join_without_a_gap
                an_item_that_is_not_indexed_comes_last_and_without_a_score
                the_best_of_several_texts_of_an_item_counts
                all_of_an_item_is_embedded_unless_fields_are_named
                a_put_may_say_what_is_embedded
                a_blank_query_asks_the_embedder_for_nothing
                only_what_is_kept_of_a_batch_is_embedded
                an_embedder_that_fails_leaves_nothing_of_the_batch
                an_item_with_too_many_texts_is_refused
            }
            hybrid {
                places_in_both_lists_decide
                what_is_far_is_found_by_its_words_only
                both_lists_are_of_what_path_and_filter_leave
                pages_of_both_lists_join_without_a_gap
                a_query_of_blanks_or_without_words_lacks_a_list
                words_are_looked_for_beside_an_index
                what_is_not_near_enough_is_not_found_by_meaning
                a_search_by_meaning_needs_an_index
                a_page_ends_before_the_first_that_does_not_fit
            }
            expiry {
                an_item_is_there_until_its_time_and_not_longer
                a_put_has_the_last_word_on_how_long
                a_time_to_live_of_nothing_is_refused
                a_read_begins_the_time_anew_if_it_may
                a_read_dates_nothing_else_and_leaves_what_stays
                a_search_refreshes_only_its_page
                a_search_refreshes_only_what_fits
                a_put_begins_the_time_anew_as_it_says
                a_put_in_a_batch_outlasts_a_read_in_it
                an_expired_item_is_nowhere_although_nobody_swept
                an_expired_item_is_not_found_by_meaning
                nothing_brings_an_expired_item_back
                what_is_put_over_an_expired_item_is_new
                a_sweep_takes_what_has_expired_and_says_how_much
                a_store_is_swept_now_and_then
                a_read_that_is_dropped_does_no_harm
            }
            concurrency {
                many_writers_put_side_by_side
                of_racing_puts_one_stays_whole
                a_reader_sees_whole_batches
                a_caller_that_gives_up_disturbs_no_other
                searches_by_meaning_run_side_by_side
            }
        }
    };
}
