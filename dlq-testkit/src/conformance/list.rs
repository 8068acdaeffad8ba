//! The one list of checks.

/// Examines a store: makes a test of every check, in a module `conformance` with one module per group of methods.
///
/// Takes an expression that makes an [`Examinee`](crate::conformance::Examinee); it is evaluated once per check. The
/// calling crate needs `tokio` with its macros and its threaded runtime.
#[macro_export]
macro_rules! conformance {
    ($examinee:expr) => {
        mod conformance {
            use super::*;

            $crate::conformance! { @tests $examinee;
                save {
                    a_new_record_reads_back_as_it_was_written
                    random_records_read_back_as_they_were_written
                    a_stored_record_starts_at_version_1
                    a_batch_is_answered_one_by_one_in_order
                    an_empty_batch_has_no_answers
                    a_batch_written_again_finds_everything_there
                    a_batch_written_again_in_another_order_finds_everything_there
                    half_a_batch_written_again_stores_the_other_half_once
                    an_existing_record_is_left_exactly_as_it_is
                    the_second_of_two_saves_of_one_id_finds_the_first_there
                    an_arrival_that_is_no_return_is_stored_like_a_new_record
                    one_refused_record_refuses_no_other
                }
                content {
                    header_names_and_values_may_be_any_bytes
                    null_empty_and_missing_stay_three_things
                    ten_thousand_headers_come_back_in_order
                    a_payload_of_a_mebibyte_comes_back
                    a_submitted_record_without_any_origin_comes_back
                    long_texts_are_whole_in_the_content_and_capped_in_lists
                    texts_with_nul_are_kept_exactly_or_refused_alone
                    conditions_on_texts_with_nul_are_answered
                    a_missing_body_is_found_as_such
                }
                replace {
                    a_replace_changes_progress_and_raises_the_version
                    random_progress_reads_back_as_it_was_written
                    what_was_captured_and_what_is_the_stores_stays
                    a_stale_version_is_told_both_versions
                    expecting_anything_replaces_whatever_stands
                    expecting_nothing_conflicts_with_what_stands
                    a_record_that_is_not_there_cannot_be_replaced
                    whoever_would_replace_a_leased_record_is_told_who_holds_it
                    every_move_follows_the_table
                    a_replace_repeated_answers_the_same_and_changes_nothing
                    a_replace_repeated_after_later_changes_answers_the_same
                }
                find {
                    records_come_in_the_order_asked
                    what_is_not_there_is_none
                    an_id_asked_twice_is_answered_twice
                    nothing_asked_is_nothing_answered
                    records_come_with_content
                }
                page {
                    every_order_is_total_at_every_page_size
                    random_criteria_find_what_their_reference_reading_finds
                    an_empty_list_in_a_condition_is_met_by_nothing
                    a_page_is_never_larger_than_asked
                    whatever_share_of_the_records_matches_all_of_them_are_found
                    a_page_of_no_records_is_refused
                    a_cursor_survives_as_text
                    a_cursor_of_another_order_is_refused
                    streams_bring_content_only_when_asked
                    a_stream_ends_at_the_limit
                    what_stays_is_seen_once_while_others_come_change_and_go
                }
                count {
                    a_count_below_its_cap_is_exact
                    a_count_stops_at_its_cap_and_says_so
                    nothing_counts_as_nothing
                    random_criteria_count_what_their_reference_reading_counts
                }
                bulk {
                    a_patch_changes_what_matches_and_nothing_else
                    random_patches_mean_what_their_reference_reading_means
                    every_move_follows_the_table
                    only_a_terminal_status_is_reopened
                    a_leased_record_is_left_alone_and_counted
                    limit_and_order_are_honoured
                    repeated_it_answers_the_same_and_changes_nothing
                    repeated_after_later_changes_it_changes_nothing
                    repeated_with_a_limit_it_goes_no_further
                    a_repeated_operation_goes_on_where_it_broke_off
                    each_record_may_be_edited_on_the_version_that_was_read
                }
                delete {
                    what_matches_is_gone_with_its_history
                    what_is_purged_is_counted_as_purged
                    a_leased_record_is_left_alone_and_counted
                    limit_and_order_are_honoured
                    repeated_it_answers_the_same_and_counts_nothing_twice
                    repeated_with_a_limit_it_goes_no_further
                    one_record_is_purged_alone
                    what_was_purged_may_be_stored_anew
                }
                words {
                    what_is_held_has_its_reason_and_loses_it_when_released
                    a_word_takes_what_it_can_change_and_a_limit_counts_that_alone
                    a_preview_tells_what_a_decision_then_does
                    a_decision_repeated_answers_the_same
                    what_was_exported_and_purged_is_imported_as_it_was
                    groups_tell_counts_and_a_sample_that_is_there
                }
                claim {
                    a_claim_fixes_lease_token_and_attempt
                    what_is_due_is_claimed_the_longest_due_first
                    no_more_are_claimed_than_asked
                    given_ids_are_claimed_due_or_not
                    of_many_given_ids_each_is_claimed_once_however_few_at_a_time
                    what_matches_is_claimed_in_order_beyond_the_cursor
                    only_what_matches_is_claimed
                    a_cursor_of_another_order_is_refused
                    what_is_held_back_or_done_is_never_claimed
                    a_live_lease_is_never_claimed
                    an_expired_lease_is_due_again
                    a_released_attempt_goes_on_under_its_name
                    a_completed_attempt_is_followed_by_a_new_one
                    another_target_opens_a_new_attempt
                    an_unknown_origin_has_no_target_until_one_is_given
                    too_many_claims_without_an_outcome_put_a_record_on_hold
                    an_outcome_forgives_earlier_claims
                    claims_that_ask_for_nothing_are_refused
                    a_claim_names_its_worker_and_its_change
                    what_was_delivered_is_not_claimed_again
                }
                lanes {
                    only_the_first_of_a_lane_is_handed_out
                    lanes_do_not_hold_up_each_other
                    the_next_follows_when_the_first_is_done
                    every_open_status_blocks_its_lane_and_no_other
                    a_waiting_first_blocks_what_is_due
                    a_late_comer_takes_its_place
                    records_without_a_key_are_free
                    an_empty_key_is_a_lane
                    without_order_any_of_a_lane_is_handed_out
                    a_blocked_lane_starves_no_other
                }
                settle {
                    a_delivery_ends_in_success
                    a_failure_waits_for_its_next_attempt
                    a_failure_may_give_up_expire_skip_or_hold
                    a_failure_cannot_end_otherwise
                    the_failure_of_an_attempt_is_capped
                    renewing_moves_the_leases_end
                    releasing_keeps_the_attempt_open
                    releasing_may_leave_a_record_unscheduled
                    settlements_are_answered_one_by_one_in_order
                    nothing_to_settle_has_no_answers
                    an_older_token_is_fenced_off
                    a_late_settlement_counts_until_another_claims
                    a_late_settlement_of_a_record_that_was_moved_meanwhile_is_refused
                    settled_twice_it_answers_the_same
                    settled_again_after_later_claims_it_answers_the_same
                    settled_twice_in_one_call_it_counts_once
                    what_was_never_claimed_cannot_be_settled
                    callers_may_settle_one_by_one
                }
                returns {
                    a_claim_that_names_its_position_is_a_return
                    a_position_alone_is_a_return
                    the_same_record_fails_again
                    a_return_stands_in_the_books_and_in_the_history
                    a_returned_record_goes_out_one_attempt_older
                    a_claim_with_another_position_is_a_new_record
                    a_claim_of_an_unknown_attempt_is_a_new_record
                    a_claim_on_a_record_that_never_was_is_a_new_record
                    an_untold_origin_with_the_same_body_is_a_return
                    an_untold_origin_with_another_body_is_a_new_record
                    an_untold_origin_without_a_claim_is_a_new_record
                    a_told_topic_must_be_the_attempts_target
                    an_unknown_delivery_is_recognised_by_topic_and_body
                    a_return_may_come_before_the_settlement
                    the_return_of_a_purged_record_is_a_new_record
                    the_return_of_an_earlier_attempt_is_only_noted
                    a_return_repeated_answers_the_same_and_counts_once
                    a_return_twice_in_one_batch_counts_once
                    a_return_and_others_share_a_batch
                    a_new_record_is_never_taken_for_a_return
                    an_arrival_that_was_stored_stays_a_record
                }
                watermark {
                    the_first_advance_sets_it
                    it_moves_only_from_where_it_stands
                    the_same_advance_again_counts_nothing
                    an_advance_that_was_overtaken_is_refused
                    offsets_without_records_are_passed
                    the_next_generation_begins_anew
                    other_generations_are_refused
                    it_never_moves_backwards
                    watermarks_come_in_the_order_asked
                    all_come_by_cluster_topic_and_partition
                    another_handle_sees_where_it_stands
                }
                account {
                    an_empty_store_has_empty_books
                    submitted_records_are_counted_when_stored
                    captured_records_are_counted_by_the_watermark
                    imported_records_are_counted_when_stored
                    an_import_keeps_progress_but_no_lease
                    what_quarantine_keeps_is_counted_by_the_watermark
                    every_status_is_counted
                    what_is_purged_stays_in_the_books
                    another_handle_reads_the_same_books
                }
                statistics {
                    an_empty_store_counts_nothing
                    every_dimension_equals_a_recount
                    a_group_tells_first_last_and_one_of_its_records
                    records_saved_again_are_counted_once
                    counts_follow_a_records_status
                    counts_follow_a_records_failure
                    a_key_without_records_is_left_out
                    a_record_without_a_topic_is_counted_under_none
                }
                history {
                    capture_leaves_no_entry
                    a_record_that_is_not_there_has_none
                    every_change_leaves_its_entry_in_order
                    an_entry_tells_who_why_when_and_the_version
                    every_way_to_change_names_its_change
                    entries_of_a_bulk_change_share_its_operation
                    entries_name_the_attempt_they_belong_to
                    a_record_put_on_hold_by_a_claim_is_told
                    what_is_refused_leaves_no_entry
                }
                documents {
                    a_document_reads_back_as_it_was_written
                    what_is_not_there_is_none
                    a_kind_knows_nothing_of_another
                    every_put_raises_the_version
                    a_conflict_tells_both_versions_none_being_0
                    deleting_tells_whether_there_was_one
                    a_kind_is_listed_by_id_beyond_a_place
                    of_many_that_expect_the_same_one_wins
                }
                transfer {
                    a_whole_record_stands_as_it_stood
                    whatever_happened_to_it_a_store_moves_as_a_whole
                    restored_again_it_is_left_as_it_is_and_counts_once
                    an_older_version_is_brought_up_to_a_later_one
                    a_later_version_is_refused
                    two_of_one_id_in_one_batch_meet
                    without_content_a_record_is_refused_alone
                    wholes_come_in_the_order_asked
                    a_checksum_tells_every_difference
                    a_return_is_recognised_after_the_move
                    a_return_that_was_noted_counts_no_more
                    a_restored_bulk_change_repeated_changes_nothing
                    a_restored_lease_keeps_its_holder_and_its_token
                    a_restored_lane_keeps_its_order
                    the_books_are_opened_as_they_stood
                    opened_again_they_stand_the_same
                    books_that_are_ahead_are_refused
                    kinds_of_documents_are_told_sorted
                }
                health {
                    a_store_that_is_there_is_healthy
                    asking_leaves_nothing_behind
                }
                races {
                    of_many_claims_each_record_goes_to_one
                    of_many_saves_of_the_same_records_each_is_stored_once
                    of_many_replaces_of_one_version_one_wins
                    edits_on_optimistic_versions_lose_none
                    of_many_advances_from_one_place_one_moves
                    the_same_advance_at_once_counts_once
                    the_same_bulk_change_at_once_changes_once
                    the_same_settlement_at_once_counts_once
                    of_many_keyed_claims_a_lane_goes_to_one
                    workers_and_operators_at_once_keep_the_books
                }
                promises {
                    a_store_says_what_it_can_promise
                    what_was_acknowledged_is_seen_from_everywhere
                    a_refusal_says_whether_trying_again_can_help
                    a_dropped_save_leaves_all_or_nothing
                    a_dropped_change_is_made_once_when_repeated
                    a_dropped_settlement_counts_once_when_repeated
                    a_dropped_claim_comes_due_again
                    whatever_happens_in_whatever_order_the_books_are_right
                }
            }
        }
    };
    (@tests $examinee:expr; $($group:ident { $($check:ident)+ })+) => {$(
        mod $group {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $check() {
                    let store = $crate::conformance::StoreUnderTest::open($examinee).await;
                    $crate::conformance::$group::$check(&store).await;
                    store.close().await;
                }
            )+
        }
    )+};
}
