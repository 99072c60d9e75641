//! The contract of `dyn Store`: every case here runs on each store, against a real database.
//!
//! A case is an async function that takes a [`Fixture`]; `contract!` makes a test of it for each store. The failures
//! are real too. `break_commits` makes the database itself refuse the COMMIT, because a faked failure would only show
//! that the fake is handled.

#![allow(clippy::unwrap_used, reason = "a test that can't go on should stop there")]

mod comment_lists;
mod comment_model;
mod comments;
mod conversations;
mod direct;
mod direct_model;
mod erasing;
mod failures;
mod feed;
mod gatherings;
mod guests_who_write;
mod inboxes;
mod likes;
mod migration;
mod model;
mod moderation;
mod notification_model;
mod notifications;
mod people;
mod posts;
mod profiles;
mod reports;
mod restarts;
mod search;
mod search_index;
mod sessions;
mod sms;
mod sms_erasure;
mod sqlite;
mod takeovers;

mod world;

/// Makes each case a test on each store.
macro_rules! contract {
    ($($file:ident { $($case:ident)+ })+) => {
        mod on_sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$file::$case(&super::sqlite::SqliteFixture::new()).await;
                }
            )+)+
        }
    };
}

contract! {
    likes {
        a_like_sent_twice_counts_once
        an_unlike_takes_back_one_like_and_no_more
        the_version_moves_with_every_change_and_with_nothing_else
        a_post_that_is_not_there_cannot_be_liked
        likers_come_newest_first_page_by_page
        a_like_given_again_is_the_newest
        a_reader_sees_which_posts_it_likes
        what_a_user_likes_comes_newest_post_first_page_by_page
        counts_are_none_for_posts_that_are_not_there
        a_like_of_nobody_is_refused_alone
        a_connection_hears_the_outcome_from_the_sink
    }
    people {
        a_guest_comes_with_its_first_like
        no_guest_is_made_where_there_is_nothing_to_like
        signing_up_keeps_the_guests_likes_and_ends_its_sessions
        a_guest_signs_up_only_once
        two_who_want_the_same_handle_do_not_both_get_it
        a_refused_sign_up_leaves_the_guest_as_it_was
        a_member_is_found_by_handle
        a_member_can_be_made_without_a_session
        the_system_user_cannot_log_in
    }
    profiles {
        a_profile_changes_what_is_given_and_tells_it
        a_profile_that_stays_as_it_is_is_no_event
        only_a_member_has_a_profile
        a_new_password_ends_all_sessions
        what_a_password_allowed_it_allows_only_as_long_as_it_is_the_password
    }
    moderation {
        a_suspended_member_is_out_until_it_is_let_in
        a_suspended_members_likes_leave_and_come_back_where_they_were
        likes_and_suspensions_of_one_batch_leave_the_counts_exact
        a_suspension_of_hundreds_of_likes_goes_on_after_a_kill
        only_members_are_suspended_or_promoted
        a_moderator_is_one_in_every_session_at_once
    }
    notifications {
        one_act_is_told_once_by_the_first_kind_that_fits
        a_group_grows_until_it_is_read_or_a_day_old
        what_is_undone_leaves_a_group_that_nobody_has_read
        likes_are_told_together_and_each_person_once_a_day
        a_group_that_some_leave_while_others_join_is_told_once
        likes_that_came_before_a_crash_are_told_after_it_and_once
        who_is_blocked_or_muted_or_unwanted_is_not_told
        whoever_wrote_it_hears_of_a_moderators_removal
        an_erased_account_leaves_every_group
        what_a_guest_did_becomes_the_members_in_every_group
    }
    reports {
        the_queue_shows_each_subject_once_the_latest_report_first
        a_report_is_open_once_and_a_second_one_replaces_its_reason
        a_decided_case_is_closed
    }
    erasing {
        an_erased_account_leaves_nothing_of_itself
        nobody_acts_with_an_erased_account
        the_handle_of_an_erased_account_is_kept_back_for_30_days
        an_erased_account_that_wrote_nothing_goes_at_once
        an_erasure_of_hundreds_goes_on_after_a_kill
        a_removed_post_is_cleared_after_a_kill
        what_hangs_on_a_removed_post_counts_nothing_any_more
        a_guest_who_commented_stays
    }
    sessions {
        a_session_ends_after_14_days_without_a_visit
        a_session_ends_after_its_life_whatever_happens
        a_visit_is_never_noted_backwards
        a_new_session_replaces_the_old_one
        only_a_member_gets_another_session
        ending_a_session_tells_its_connections_once
        ending_all_sessions_of_a_user_leaves_the_others
        a_sweep_takes_sessions_that_are_over_and_guests_who_left_nothing
        a_sweep_takes_hundreds
        the_newest_time_is_that_of_the_newest_row
    }
    takeovers {
        logging_in_takes_over_what_the_guest_did
        a_members_own_session_is_only_replaced
        a_log_in_that_is_refused_takes_nothing
        a_takeover_of_hundreds_goes_on_after_a_kill
        what_a_deleted_member_had_not_taken_over_goes_with_it
    }
    posts {
        the_first_post_welcomes
        a_key_makes_one_post
        a_key_belongs_to_its_author
        a_key_with_another_text_is_refused
        a_key_of_a_removed_post_is_gone
        a_removed_post_is_gone_for_everybody
        posts_come_newest_first_page_by_page
        a_post_of_nobody_is_refused
        a_posts_page_is_what_the_lists_say
    }
    comments {
        a_comment_counts_and_has_its_place
        an_edit_has_a_place_of_its_own_and_counts_nothing
        a_removed_comment_is_gone_for_everybody
        an_answer_answers_a_comment_of_the_same_post
        a_comment_needs_its_post_and_its_author
        a_key_makes_one_comment
        a_retry_is_known_after_an_edit
        a_key_of_a_removed_comment_is_gone
        a_connection_hears_of_its_comment_from_the_sink
        comments_of_one_batch_are_told_in_order_with_one_count
        of_a_removed_post_no_comment_is_told
    }
    direct {
        a_pair_has_one_conversation_whoever_begins
        a_message_counts_for_the_other_side_until_it_is_read
        of_a_stranger_one_message_stands_until_it_is_answered_or_accepted
        a_hidden_conversation_comes_back_with_the_next_message
        who_is_blocked_or_kept_out_cannot_write
        a_message_is_written_once_edited_and_removed_for_both
        conversations_come_by_activity_page_by_page
        an_erased_account_leaves_no_text_and_nobody_to_write_to
    }
    guests_who_write {
        a_guest_comes_with_its_first_message
        a_guest_who_wrote_to_an_inbox_is_not_swept_away
        logging_in_takes_a_guests_conversation_along
        logging_in_adds_a_guests_conversation_to_the_members_own
        a_takeover_of_a_long_conversation_goes_on_after_a_kill
    }
    inboxes {
        what_is_written_to_an_inbox_is_a_case_for_its_agents
        the_inbox_may_stand_for_its_agents
        of_two_answers_the_second_is_held_back
        a_case_is_given_only_by_who_knows_whose_it_is
        a_closed_or_snoozed_case_opens_again
        who_waits_follows_what_stands_in_the_conversation
        a_removed_agent_loses_all_at_once
        notes_are_written_once_and_by_agents
        cases_are_listed_by_what_is_asked_for
        who_waits_longest_comes_first
    }
    search {
        words_are_found_in_messages_notes_and_names
        whatever_is_typed_is_words
        what_is_gone_is_found_no_more
        an_agent_finds_what_its_inbox_has_and_no_more
        what_is_found_comes_as_the_list_does
    }
    sms {
        a_text_comes_in_once_and_a_number_is_one_customer
        texts_to_one_number_go_one_at_a_time_and_in_order
        what_was_under_way_at_a_kill_is_unsure_and_the_rest_is_sent
        reports_come_in_any_order
        who_wants_no_more_is_sent_nothing
        an_inbox_writes_first_to_a_number
        a_number_belongs_to_its_inbox_since_the_first_start
    }
    sms_erasure {
        an_erased_customer_leaves_nothing_here_and_nothing_at_the_provider
        an_inbox_keeps_what_is_said_as_long_as_it_says
    }
    comment_lists {
        comments_come_in_both_orders_page_by_page
        the_comments_of_a_post_that_is_not_there_are_not_found
        the_tail_of_comments_holds_each_at_its_last_change
        the_tail_of_comments_says_from_where_on_it_is_complete
        the_page_shows_the_newest_comments_that_are_there
    }
    feed {
        the_feed_counts_every_change_without_a_gap
        a_removal_has_its_own_place_and_no_text
        the_tail_says_from_where_on_it_is_complete
        the_page_shows_the_newest_posts_that_are_there
        snapshot_reads_are_counted
    }
    gatherings {
        what_waits_together_is_committed_together
        events_follow_the_order_of_commits_with_one_count_per_post
        a_removed_post_has_no_counts_to_tell
        a_refused_act_takes_no_seq_and_publishes_nothing
        nobody_hears_anything_before_the_sink
        a_full_queue_refuses_at_once
        many_threads_lose_no_like
        a_dropped_request_counts_all_the_same
        closing_settles_what_waits_and_refuses_the_rest
    }
    failures {
        a_failed_commit_acknowledges_and_publishes_nothing
        a_failed_commit_fails_the_whole_batch
        reading_goes_on_while_writing_fails
        the_check_tells_whether_writing_works
    }
    restarts {
        everything_is_there_after_a_restart
        what_was_acknowledged_survives_a_kill
        an_epoch_is_given_once
    }
    model {
        any_interleaving_of_likes_ends_as_a_set
    }
    conversations {
        any_conversation_is_as_the_model_says
    }
}
