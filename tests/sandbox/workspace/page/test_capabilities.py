"""Where each thing the stand-ins can do is seen in the page: one list, each line with its tests."""

import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from bot.sandbox.workspace import page_reads

PAGE = Path(page_reads.__file__).parent / "page"

#: What the SMS sandbox can do → the browser tests that show it, as `module: test`.
SANDBOX: Mapping[str, tuple[str, ...]] = {
    "all 20 actions of 2021-01-11, and why one is refused": (
        "test_requests: test_every_action_of_api_3_0_is_listed_with_its_result",
    ),
    "GET, version 2019-07-11, legacy v5, clock skew": (
        "test_requests: test_get_v5_and_the_older_version_are_listed_beside_what_slack_hears",
        "test_phones: test_an_sms_arrives_on_its_phone_while_one_watches",
    ),
    "SendTtsVoice: the phone rings, somebody answers and presses keys; two callbacks": (
        "test_calls: test_a_phone_that_rings_is_answered_and_its_keys_reach_the_customer",
    ),
    "SendCodeVoice, declined; the other two callbacks": (
        "test_calls: test_a_code_is_read_out_and_declined_in_chinese",
    ),
    "calls that are missed or never get through": (
        "test_calls: test_a_call_nobody_takes_is_missed_and_waits_as_unread",
        "test_calls: test_a_number_out_of_reach_does_not_ring_but_keeps_the_attempt",
    ),
    "review that takes time, at a pace one sets": (
        "test_console: test_the_pace_of_reviews_and_the_minutes_of_voice_are_written_down",
    ),
    "the reviewer's desk: approve, or reject with a reason": (
        "test_reviews: test_an_approval_makes_it_usable_and_the_focus_goes_on",
        "test_reviews: test_a_rejection_needs_a_reason_and_escape_takes_it_back",
    ),
    "approved is not usable: carrier filing": (
        "test_reviews: test_approved_but_not_usable_yet_stays_on_the_desk",
    ),
    "qualifications": ("test_console: test_a_qualification_is_applied_for_passed_and_refused",),
    "frequency rules: profiles and four windows": (
        "test_console: test_a_limits_profile_is_chosen_by_key_and_half_written_figures_stay",
        "test_console: test_each_of_the_four_windows_is_set_and_a_wrong_figure_is_not",
    ),
    "account kinds": ("test_console: test_an_individual_account_cannot_change_its_limits",),
    "exempt numbers": ("test_console: test_an_exempt_number_knows_no_limit",),
    "over-volume reminder and stop, alert contacts": (
        "test_console: test_the_daily_volume_reminds_and_stops_and_the_contacts_hear_of_it",
    ),
    "countries abroad": ("test_console: test_countries_abroad_are_chosen_and_capped",),
    "packages that are consumed in turn and expire": (
        "test_console: test_packages_are_added_consumed_in_turn_and_taken_out",
    ),
    "arrears": ("test_console: test_arrears_stop_every_send_and_pull_queues_open_on_request",),
    "replies and unsubscribes": (
        "test_phones: test_a_reply_goes_out_with_enter_and_is_seen_on_every_page",
        "test_console: test_who_replies_r_has_unsubscribed_until_taken_out",
    ),
    "destructive pull queues, off until enabled": (
        "test_console: test_arrears_stop_every_send_and_pull_queues_open_on_request",
    ),
    "statistics that agree with what happened": (
        "test_console: test_the_figures_of_the_day_agree_with_what_happened",
    ),
    "several applications": (
        "test_console: test_an_application_is_made_turned_to_switched_off_and_deleted",
    ),
    "callback addresses": ("test_console: test_reports_go_to_the_address_that_is_written_down",),
    "faults on demand, by application and action, for calls and callbacks": (
        "test_console: test_an_ordered_fault_befalls_the_next_call_and_is_gone",
        "test_console: test_every_kind_of_fault_can_be_ordered_in_words",
    ),
    "voice packages": (
        "test_console: test_the_pace_of_reviews_and_the_minutes_of_voice_are_written_down",
    ),
    "state saved, loaded, reset": (
        "test_console: test_the_state_is_saved_given_up_and_loaded_again_but_from_no_other_file",
    ),
    "the console is ours, not Tencent's": (
        "test_console: test_the_pages_say_how_things_stand_and_whose_they_are",
    ),
}

#: What the local workspace can do → the browser tests that show it.
WORKSPACE: Mapping[str, tuple[str, ...]] = {
    "Socket Mode beside HTTP": (
        "test_slack_ways: test_an_app_on_socket_mode_is_heard_and_answers",
        "test_acting: test_a_command_is_completed_and_dispatched_with_the_keyboard_alone",
    ),
    "GET and POST; query, form and JSON": (
        "test_slack_ways: test_get_and_post_query_form_and_json_say_the_same",
    ),
    "scopes, subscriptions and membership as the manifest has them": (
        "test_slack_ways: test_what_the_manifest_does_not_allow_is_refused_and_listed",
        "test_administration: test_the_app_hears_nothing_of_a_channel_it_was_taken_out_of",
    ),
    "trigger_id once, view stack, hash": (
        "test_slack_ways: test_forms_stand_on_each_other_and_an_outdated_change_is_refused",
    ),
    "response_url, five uses": ("test_slack_ways: test_a_response_url_serves_five_times",),
    "inline errors and block_suggestion": (
        "test_acting: test_a_form_shows_the_error_beside_its_field_and_then_goes_through",
    ),
    "reactions": ("test_acting: test_a_reaction_is_added_seen_by_others_and_taken_back",),
    "App Home": ("test_acting: test_the_home_tab_is_published_when_it_is_opened",),
    "threads": ("test_acting: test_a_thread_opens_beside_and_counts_its_replies",),
    "ephemeral messages": ("test_acting: test_a_whisper_is_not_shown_to_anybody_else",),
    "shortcuts": ("test_slack_ways: test_shortcuts_are_used_anywhere_and_on_a_message",),
    "user groups": (
        "test_administration: test_who_is_in_a_group_changes_and_the_menu_of_people_knows_it",
    ),
    "locales and time zones": (
        "test_acting: test_becoming_somebody_else_changes_language_and_what_can_be_read",
        "test_drawing: test_times_are_the_readers_own",
    ),
    "files v2, up and down": (
        "test_files: test_a_file_goes_with_a_message_and_comes_down_as_it_was",
        "test_files: test_a_picture_of_the_apps_is_shown_and_says_when_it_was_deleted",
        "test_files: test_a_form_takes_files_of_the_kinds_it_wants",
    ),
    "event retries with headers": (
        "test_slack_ways: test_an_event_that_is_not_taken_comes_again_with_its_reason",
    ),
    "operation_timeout as Slack shows it": (
        "test_slack_ways: test_a_command_that_is_not_answered_says_so_to_its_author",
    ),
    "Block Kit, drawn": (
        "test_drawing: test_every_block_and_element_of_a_message_is_drawn_and_none_as_markup",
        "test_drawing: test_every_block_and_element_of_a_form_is_drawn_and_submitted_as_filled_in",
    ),
    "Block Kit validation with JSON pointers, blocks.validate": (
        "test_slack_ways: test_blocks_that_are_none_are_refused_with_the_place_of_the_fault",
    ),
    "429 with Retry-After, 500, refused, slow, broken connections": (
        "test_administration: test_calls_are_limited_broken_refused_and_late_to_order",
        "test_administration: test_an_event_comes_twice_to_order_and_an_order_is_taken_back",
    ),
    "archived channel": (
        "test_administration: test_an_archived_channel_can_be_read_but_takes_nothing_new",
    ),
    "revoked token": ("test_administration: test_a_revoked_token_is_refused_until_it_works_again",),
    "a JSON trace of every request": (
        "test_requests: test_the_whole_list_is_there_as_json_without_secrets",
    ),
}


@pytest.mark.parametrize("capability", [*SANDBOX, *WORKSPACE])
def test_each_capability_is_shown_in_a_browser_test(capability: str) -> None:
    for shown in {**SANDBOX, **WORKSPACE}[capability]:
        name, _, test = shown.partition(": ")
        module = import_module(f"tests.sandbox.workspace.page.{name}")
        assert callable(getattr(module, test))
        assert pytest.mark.browser in module.pytestmark


def test_every_page_of_the_console_is_opened_by_a_test() -> None:
    offered = set(re.findall(r"(\w+): \w+Page\b", (PAGE / "console.js").read_text("utf-8")))
    folder = Path(__file__).parent
    tests = "".join(
        (folder / f"{name}.py").read_text("utf-8")
        for name in ("test_console", "test_administration")
    )
    assert {page for page in offered if f'"{page}"' not in tests} == set()
    assert len(offered) > 10
