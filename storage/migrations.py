"""The schema, one step after another; a step that has run is never changed.

Columns are TEXT and BIGINT only, times are UTC milliseconds, states are small integers: PostgreSQL
accepts the same text (`storage.db.dialect`). Sealed columns (`storage.vault`) say so.
"""

import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import DatabaseUnusable
from storage import about, requests
from storage.db import Tx, connect, dialect
from storage.vault import Vault

if TYPE_CHECKING:
    from sqlite_utils import Database as SqliteUtils
    from sqlite_utils import Migrations

M001_FIRST = (
    """
    CREATE TABLE about (
      name TEXT NOT NULL PRIMARY KEY,
      value TEXT NOT NULL
    ) {strict}
    """,
    # Every envelope from Slack, stored before it is answered. body is sealed and goes when handled.
    """
    CREATE TABLE envelopes (
      key TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      body TEXT,
      received_at_ms BIGINT NOT NULL,
      handled_at_ms BIGINT
    ) {strict}
    """,
    "CREATE INDEX envelopes_open ON envelopes (received_at_ms) WHERE handled_at_ms IS NULL",
    # payload is sealed; sha256 is over its canonical form, so an approval can be bound to it.
    """
    CREATE TABLE requests (
      id TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      app TEXT NOT NULL,
      payload TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      requester TEXT NOT NULL,
      channel TEXT NOT NULL,
      state BIGINT NOT NULL,
      reason TEXT NOT NULL,
      created_at_ms BIGINT NOT NULL,
      expires_at_ms BIGINT NOT NULL,
      changed_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    "CREATE INDEX requests_by_requester ON requests (requester, created_at_ms)",
    # One living card a request. wanted is raised with every change, posted follows it.
    """
    CREATE TABLE cards (
      request_id TEXT NOT NULL PRIMARY KEY REFERENCES requests (id),
      channel TEXT NOT NULL,
      ts TEXT,
      wanted BIGINT NOT NULL,
      posted BIGINT NOT NULL,
      tried_at_ms BIGINT,
      due_at_ms BIGINT NOT NULL,
      failures BIGINT NOT NULL,
      fault TEXT NOT NULL
    ) {strict}
    """,
    "CREATE INDEX cards_due ON cards (due_at_ms) WHERE wanted > posted",
    # One row a recipient. number and template_values are sealed; content is a keyed hash of the
    # whole text; hint is the serial of a report that may belong to an attempt in doubt.
    """
    CREATE TABLE messages (
      id TEXT NOT NULL PRIMARY KEY,
      request_id TEXT NOT NULL REFERENCES requests (id),
      app TEXT NOT NULL,
      number TEXT NOT NULL,
      class TEXT NOT NULL,
      template_id TEXT NOT NULL,
      signature TEXT NOT NULL,
      template_values TEXT NOT NULL,
      content TEXT NOT NULL,
      state BIGINT NOT NULL,
      due_at_ms BIGINT NOT NULL,
      give_up_at_ms BIGINT NOT NULL,
      lease_until_ms BIGINT,
      attempt TEXT,
      attempts BIGINT NOT NULL,
      signed_at_ms BIGINT,
      accepted_at_ms BIGINT,
      final_at_ms BIGINT,
      serial TEXT,
      fee_segments BIGINT,
      code TEXT NOT NULL,
      detail TEXT NOT NULL,
      tencent_request_id TEXT NOT NULL,
      carrier_code TEXT NOT NULL,
      hint TEXT NOT NULL,
      asked_at_ms BIGINT,
      settled_by TEXT NOT NULL,
      created_at_ms BIGINT NOT NULL,
      changed_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    # The fence: at most one unresolved attempt a number (3 in flight, 6 in doubt).
    "CREATE UNIQUE INDEX messages_fence ON messages (number) WHERE state IN (3, 6)",
    "CREATE INDEX messages_queued ON messages (due_at_ms, id) WHERE state = 1",
    "CREATE INDEX messages_claimed ON messages (lease_until_ms) WHERE state = 2",
    "CREATE INDEX messages_unresolved ON messages (signed_at_ms) WHERE state IN (3, 6)",
    "CREATE INDEX messages_awaiting ON messages (accepted_at_ms) WHERE state = 4",
    "CREATE INDEX messages_spent ON messages (accepted_at_ms) WHERE fee_segments IS NOT NULL",
    "CREATE INDEX messages_of_request ON messages (request_id)",
    "CREATE INDEX messages_of_number ON messages (number, created_at_ms)",
    "CREATE UNIQUE INDEX messages_serial ON messages (serial) WHERE serial IS NOT NULL",
    # Keyed by the time inside the serial, then the serial: a random key costs 3 to 8 times as
    # much at scale. A second verdict for the same serial is a second row. number is sealed.
    """
    CREATE TABLE receipts (
      serial_at_s BIGINT NOT NULL,
      serial TEXT NOT NULL,
      number TEXT NOT NULL,
      success BIGINT NOT NULL,
      app TEXT NOT NULL,
      carrier_code TEXT NOT NULL,
      description TEXT NOT NULL,
      carrier_at_ms BIGINT,
      stored_at_ms BIGINT NOT NULL,
      PRIMARY KEY (serial_at_s, serial, number, success)
    ) {by_key}
    """,
    """
    CREATE TABLE templates (
      template_id TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      content TEXT NOT NULL,
      mainland BIGINT NOT NULL,
      international BIGINT NOT NULL,
      review BIGINT NOT NULL,
      review_reply TEXT NOT NULL,
      seen_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    """
    CREATE TABLE signatures (
      signature_id TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      international BIGINT NOT NULL,
      review BIGINT NOT NULL,
      review_reply TEXT NOT NULL,
      seen_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    """
    CREATE TABLE packages (
      package_id TEXT NOT NULL PRIMARY KEY,
      amount_segments BIGINT NOT NULL,
      used_segments BIGINT NOT NULL,
      effective_at_ms BIGINT NOT NULL,
      expires_at_ms BIGINT NOT NULL,
      seen_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    # A job runs for whoever moves its next_at_ms: compare-and-set, however many ask.
    """
    CREATE TABLE schedules (
      job TEXT NOT NULL PRIMARY KEY,
      next_at_ms BIGINT NOT NULL
    ) {strict}
    """,
)

M002_REVIEWS = (
    # Who must say yes to a request, as app.yaml had it when it was asked; approvers: JSON list of
    # user groups.
    """
    CREATE TABLE approvals (
      request_id TEXT NOT NULL PRIMARY KEY REFERENCES requests (id),
      needed BIGINT NOT NULL,
      approvers TEXT NOT NULL,
      buttons_only BIGINT NOT NULL,
      asked_at_ms BIGINT NOT NULL,
      expires_at_ms BIGINT NOT NULL,
      decided_at_ms BIGINT
    ) {strict}
    """,
    "CREATE INDEX approvals_open ON approvals (expires_at_ms) WHERE decided_at_ms IS NULL",
    # One word a person and request; a word taken back keeps its row. event_us is Slack's time of
    # the last reaction about it: they come in any order. reason is sealed.
    """
    CREATE TABLE votes (
      request_id TEXT NOT NULL REFERENCES requests (id),
      user_id TEXT NOT NULL,
      verdict BIGINT NOT NULL,
      via TEXT NOT NULL,
      reason TEXT NOT NULL,
      at_ms BIGINT NOT NULL,
      event_us BIGINT NOT NULL,
      taken_back_at_ms BIGINT,
      PRIMARY KEY (request_id, user_id)
    ) {strict}
    """,
    # What Slack is to be told once, beside the living cards: in a request's thread, in a channel,
    # or to a person. key says what it is about, so nothing is said twice; nth is its place among
    # those of its request; facts is sealed JSON.
    """
    CREATE TABLE posts (
      key TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      facts TEXT NOT NULL,
      request_id TEXT,
      nth BIGINT NOT NULL,
      channel TEXT NOT NULL,
      user_id TEXT NOT NULL,
      ts TEXT,
      tried_at_ms BIGINT,
      due_at_ms BIGINT NOT NULL,
      failures BIGINT NOT NULL,
      fault TEXT NOT NULL,
      created_at_ms BIGINT NOT NULL,
      done_at_ms BIGINT
    ) {strict}
    """,
    "CREATE INDEX posts_due ON posts (due_at_ms, created_at_ms, nth) WHERE done_at_ms IS NULL",
    "CREATE INDEX posts_of_request ON posts (request_id, nth) WHERE request_id IS NOT NULL",
    "CREATE INDEX cards_by_post ON cards (channel, ts) WHERE ts IS NOT NULL",
    # A form a person had open and could not hand in, to open again as it was. fields is sealed.
    """
    CREATE TABLE form_drafts (
      user_id TEXT NOT NULL,
      form TEXT NOT NULL,
      fields TEXT NOT NULL,
      at_ms BIGINT NOT NULL,
      PRIMARY KEY (user_id, form)
    ) {strict}
    """,
    # Images that are to be submitted, by the SHA-256 of the file. body: sealed base64.
    """
    CREATE TABLE attachments (
      sha256 TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      body TEXT NOT NULL,
      at_ms BIGINT NOT NULL
    ) {strict}
    """,
    # A change on its way to Tencent: one row a request. An attempt is open while signed_at_ms is
    # set and done_at_ms is not; content_id is what it is about, or became. fence names what only
    # one open attempt may be about; looked is a fingerprint of the last list that proved nothing.
    """
    CREATE TABLE changes (
      request_id TEXT NOT NULL PRIMARY KEY REFERENCES requests (id),
      fence TEXT NOT NULL,
      attempts BIGINT NOT NULL,
      doubts BIGINT NOT NULL,
      attempt TEXT,
      signed_at_ms BIGINT,
      due_at_ms BIGINT NOT NULL,
      content_id TEXT NOT NULL,
      code TEXT NOT NULL,
      detail TEXT NOT NULL,
      tencent_request_id TEXT NOT NULL,
      looked TEXT NOT NULL,
      asked_at_ms BIGINT,
      settled_by TEXT NOT NULL,
      done_at_ms BIGINT
    ) {strict}
    """,
    "CREATE INDEX changes_due ON changes (due_at_ms) WHERE done_at_ms IS NULL",
    "CREATE INDEX changes_done ON changes (done_at_ms) WHERE done_at_ms IS NOT NULL",
    """
    CREATE UNIQUE INDEX changes_fence ON changes (fence)
    WHERE signed_at_ms IS NOT NULL AND done_at_ms IS NULL
    """,
    "CREATE INDEX changes_by_content ON changes (content_id) WHERE content_id <> ''",
    # Tencent's review of one template or signature (kind), followed until it has ended.
    """
    CREATE TABLE reviews (
      kind TEXT NOT NULL,
      content_id TEXT NOT NULL,
      international BIGINT NOT NULL,
      request_id TEXT,
      submitted_at_ms BIGINT NOT NULL,
      state BIGINT NOT NULL,
      reply TEXT NOT NULL,
      polled_at_ms BIGINT,
      poll_at_ms BIGINT NOT NULL,
      decided_at_ms BIGINT,
      ended_at_ms BIGINT,
      overdue_at_ms BIGINT,
      PRIMARY KEY (kind, content_id)
    ) {strict}
    """,
    "CREATE INDEX reviews_open ON reviews (poll_at_ms) WHERE ended_at_ms IS NULL",
    "CREATE INDEX reviews_of_request ON reviews (request_id) WHERE request_id IS NOT NULL",
    "CREATE INDEX reviews_decided ON reviews (kind, decided_at_ms) WHERE decided_at_ms IS NOT NULL",
    # Refusals, kept beyond their template: shown beside drafts that resemble what was refused.
    """
    CREATE TABLE refusals (
      kind TEXT NOT NULL,
      content_id TEXT NOT NULL,
      text TEXT NOT NULL,
      reply TEXT NOT NULL,
      at_ms BIGINT NOT NULL,
      PRIMARY KEY (kind, content_id, reply)
    ) {strict}
    """,
    "ALTER TABLE templates ADD COLUMN created_at_ms BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE signatures ADD COLUMN created_at_ms BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE signatures ADD COLUMN qualification BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE signatures ADD COLUMN qualification_id TEXT NOT NULL DEFAULT ''",
)

M003_JOBS = (
    # A send to more than one number, or for later. total and the three counts behind it are those
    # of the check; spread is JSON: segments of a message to how many have so many. source_file and
    # check_facts (what the file was found to be) are sealed JSON. checked_to is the last row of the
    # file that is stored, rows_sha256 a keyed hash of all good rows up to there.
    """
    CREATE TABLE jobs (
      request_id TEXT NOT NULL PRIMARY KEY REFERENCES requests (id),
      app TEXT NOT NULL,
      class TEXT NOT NULL,
      template_id TEXT NOT NULL,
      signature TEXT NOT NULL,
      is_equal BIGINT NOT NULL,
      source_file TEXT NOT NULL,
      checked_to BIGINT NOT NULL,
      checked_at_ms BIGINT,
      check_fault TEXT NOT NULL,
      total BIGINT NOT NULL,
      duplicates BIGINT NOT NULL,
      bad_rows BIGINT NOT NULL,
      spread TEXT NOT NULL,
      rows_sha256 TEXT NOT NULL,
      abroad BIGINT NOT NULL,
      abroad_segments BIGINT NOT NULL,
      shortest BIGINT NOT NULL,
      longest BIGINT NOT NULL,
      check_facts TEXT NOT NULL,
      at_ms BIGINT,
      starts_at_ms BIGINT,
      valid_for_s BIGINT NOT NULL,
      ends_at_ms BIGINT,
      started_at_ms BIGINT,
      ended_at_ms BIGINT,
      stopped_by TEXT NOT NULL,
      stop_reason TEXT NOT NULL,
      followed_at_ms BIGINT
    ) {strict}
    """,
    "CREATE INDEX jobs_open ON jobs (request_id) WHERE ended_at_ms IS NULL",
    """
    CREATE INDEX jobs_starting ON jobs (starts_at_ms)
    WHERE started_at_ms IS NULL AND ended_at_ms IS NULL
    """,
    """
    CREATE INDEX jobs_running ON jobs (request_id)
    WHERE started_at_ms IS NOT NULL AND ended_at_ms IS NULL
    """,
    # Rows of a file that are no message, with why; cell is sealed and short.
    """
    CREATE TABLE bad_rows (
      request_id TEXT NOT NULL,
      file_row BIGINT NOT NULL,
      reason TEXT NOT NULL,
      field TEXT NOT NULL,
      cell TEXT NOT NULL,
      PRIMARY KEY (request_id, file_row)
    ) {by_key}
    """,
    # An app in here sends nothing until somebody lets it; reason is sealed.
    """
    CREATE TABLE app_stops (
      app TEXT NOT NULL PRIMARY KEY,
      stopped_at_ms BIGINT NOT NULL,
      stopped_by TEXT NOT NULL,
      reason TEXT NOT NULL
    ) {strict}
    """,
    # The row of the file a message comes from; NULL for one that was typed.
    "ALTER TABLE messages ADD COLUMN file_row BIGINT",
    "DROP INDEX messages_of_request",
    "CREATE INDEX messages_of_request ON messages (request_id, state, id)",
    # One message a number and request: what a file repeats is found here.
    "DROP INDEX messages_of_number",
    "CREATE UNIQUE INDEX messages_of_number ON messages (number, request_id)",
    # What waits by itself, and what waits in a job for another try: neither is read through to
    # find the other.
    "DROP INDEX messages_queued",
    """
    CREATE INDEX messages_queued ON messages (due_at_ms, id)
    WHERE state = 1 AND file_row IS NULL
    """,
    """
    CREATE INDEX messages_later ON messages (request_id, due_at_ms, id)
    WHERE state = 1 AND file_row IS NOT NULL
    """,
)

M004_OPTOUTS = (
    # Who wants no more messages of a signature ('' is every one) and scope. number and detail (a
    # code, a person's reason) are sealed; added_by is a user id where a person did it.
    """
    CREATE TABLE optouts (
      number TEXT NOT NULL,
      signature TEXT NOT NULL,
      scope TEXT NOT NULL,
      source TEXT NOT NULL,
      detail TEXT NOT NULL,
      added_by TEXT NOT NULL,
      at_ms BIGINT NOT NULL,
      PRIMARY KEY (number, signature, scope)
    ) {by_key}
    """,
    "CREATE INDEX optouts_latest ON optouts (at_ms, source)",
    # What people answered. Keyed by what Tencent says of it, so a repeated push is one row:
    # text_hash is a keyed hash of the text. number and text are sealed; text goes after a time.
    """
    CREATE TABLE replies (
      replied_at_s BIGINT NOT NULL,
      number TEXT NOT NULL,
      signature TEXT NOT NULL,
      extend_code TEXT NOT NULL,
      port TEXT NOT NULL,
      text_hash TEXT NOT NULL,
      text TEXT NOT NULL,
      is_optout BIGINT NOT NULL,
      stored_at_ms BIGINT NOT NULL,
      PRIMARY KEY (replied_at_s, number, signature, extend_code, port, text_hash)
    ) {by_key}
    """,
    "CREATE INDEX replies_of_number ON replies (number, replied_at_s)",
    "CREATE INDEX replies_kept ON replies (stored_at_ms) WHERE text <> ''",
)

M005_DOUBTS = (
    # An attempt nobody could account for, from the first question about it until seven days after:
    # when to ask Tencent next (look_at_ms), how many entries of its books fit and prove nothing
    # (unplaced), who chose to wait until when (ask_at_ms). number is sealed. hint is the report
    # that was looked into.
    """
    CREATE TABLE doubts (
      message_id TEXT NOT NULL,
      attempt TEXT NOT NULL,
      number TEXT NOT NULL,
      signed_at_ms BIGINT NOT NULL,
      looks BIGINT NOT NULL,
      look_at_ms BIGINT,
      hint TEXT NOT NULL,
      unplaced BIGINT NOT NULL,
      ask_at_ms BIGINT,
      waited_by TEXT NOT NULL,
      PRIMARY KEY (message_id, attempt)
    ) {by_key}
    """,
    "CREATE INDEX doubts_due ON doubts (look_at_ms) WHERE look_at_ms IS NOT NULL",
    "CREATE INDEX doubts_of_number ON doubts (number)",
    "CREATE INDEX doubts_by_time ON doubts (signed_at_ms)",
    # When the personal values of a send were deleted, from payload and messages alike.
    "ALTER TABLE requests ADD COLUMN values_deleted_at_ms BIGINT",
    """
    CREATE INDEX requests_with_values ON requests (state, changed_at_ms)
    WHERE kind = 'send' AND values_deleted_at_ms IS NULL
    """,
    "CREATE INDEX jobs_of_codes ON jobs (request_id) WHERE class = 'otp'",
)

M006_APP_CHOICES = (
    # The app somebody means in a channel where they name none.
    """
    CREATE TABLE app_choices (
      user_id TEXT NOT NULL,
      channel TEXT NOT NULL,
      app TEXT NOT NULL,
      chosen_at_ms BIGINT NOT NULL,
      PRIMARY KEY (user_id, channel)
    ) {by_key}
    """,
)

M007_LIMITS = (
    # The country (ISO) a message goes to; '' in rows of an earlier program.
    "ALTER TABLE messages ADD COLUMN country TEXT NOT NULL DEFAULT ''",
    # Of its attempts, those that were put back because not one byte had left.
    "ALTER TABLE messages ADD COLUMN unsent BIGINT NOT NULL DEFAULT 0",
    # The policy of an app: what app.yaml said when it was first seen, and every change since that
    # has taken effect for good. caps: JSON, key to cap. waking: how far what waits for a limit
    # was judged anew, as job and message; NULL where that is not wanted.
    """
    CREATE TABLE limit_policies (
      app TEXT NOT NULL PRIMARY KEY,
      caps TEXT NOT NULL,
      seeded TEXT NOT NULL,
      seeded_at_ms BIGINT NOT NULL,
      changed_at_ms BIGINT NOT NULL,
      waking TEXT
    ) {strict}
    """,
    # A change that somebody asked for and others agreed to. It holds from starts_at_ms on, for good
    # or until ends_at_ms, by time alone: no job has to run for that. caps and before: JSON, key to
    # cap or null. folded_at_ms: it is part of the app's policy; told_*_ms: it was told.
    """
    CREATE TABLE limit_changes (
      request_id TEXT NOT NULL PRIMARY KEY REFERENCES requests (id),
      app TEXT NOT NULL,
      nth BIGINT NOT NULL,
      caps TEXT NOT NULL,
      before TEXT NOT NULL,
      starts_at_ms BIGINT NOT NULL,
      ends_at_ms BIGINT,
      folded_at_ms BIGINT,
      told_start_ms BIGINT,
      told_end_ms BIGINT,
      undone_at_ms BIGINT,
      undone_by TEXT NOT NULL,
      UNIQUE (app, nth)
    ) {strict}
    """,
    """
    CREATE INDEX limit_changes_open ON limit_changes (app, nth)
    WHERE folded_at_ms IS NULL AND undone_at_ms IS NULL AND told_end_ms IS NULL
    """,
    # kind 'limits.change' in state 0 (draft): simulated one after the other, and ended in time.
    """
    CREATE INDEX requests_limit_drafts ON requests (created_at_ms)
    WHERE kind = 'limits.change' AND state = 0
    """,
    # Numbers the caps of one number do not hold for. number and reason are sealed.
    """
    CREATE TABLE limit_exemptions (
      app TEXT NOT NULL,
      number TEXT NOT NULL,
      ends_at_ms BIGINT,
      reason TEXT NOT NULL,
      added_by TEXT NOT NULL,
      request_id TEXT NOT NULL,
      at_ms BIGINT NOT NULL,
      PRIMARY KEY (app, number)
    ) {by_key}
    """,
    # What a limit of ours did not let go: a simulation counts it among what was wanted. number is
    # sealed, content a keyed hash; request_id may be that of a draft that was never sent.
    """
    CREATE TABLE limit_refusals (
      app TEXT NOT NULL,
      at_ms BIGINT NOT NULL,
      request_id TEXT NOT NULL,
      number TEXT NOT NULL,
      content TEXT NOT NULL,
      class TEXT NOT NULL,
      country TEXT NOT NULL,
      rule TEXT NOT NULL,
      PRIMARY KEY (app, at_ms, request_id, number)
    ) {by_key}
    """,
    # How many messages of an app were begun on a natural day, by country.
    """
    CREATE TABLE limit_days (
      app TEXT NOT NULL,
      day TEXT NOT NULL,
      country TEXT NOT NULL,
      begun BIGINT NOT NULL,
      PRIMARY KEY (app, day, country)
    ) {by_key}
    """,
    # What the messages of an app came to, by the hour (span_s 3600) and by the UTC day (86400) in
    # which their attempt was signed: of all ('') and of each value of a dimension. again: attempts
    # after which the message was sent once more. bot/rules/figures.py says what counts as what.
    """
    CREATE TABLE figures (
      app TEXT NOT NULL,
      dimension TEXT NOT NULL,
      span_s BIGINT NOT NULL,
      from_s BIGINT NOT NULL,
      value TEXT NOT NULL,
      begun BIGINT NOT NULL,
      agreed BIGINT NOT NULL,
      accepted BIGINT NOT NULL,
      refused BIGINT NOT NULL,
      in_doubt BIGINT NOT NULL,
      dropped BIGINT NOT NULL,
      again BIGINT NOT NULL,
      delivered BIGINT NOT NULL,
      undelivered BIGINT NOT NULL,
      unreported BIGINT NOT NULL,
      segments BIGINT NOT NULL,
      replies BIGINT NOT NULL,
      optouts BIGINT NOT NULL,
      key_presses BIGINT NOT NULL,
      backfilled BIGINT NOT NULL,
      PRIMARY KEY (app, dimension, span_s, from_s, value)
    ) {by_key}
    """,
    # The first hour (s) of the figures in a file that has messages of before: of those nothing is
    # counted, so that what becomes of them is not more than was sent.
    """
    INSERT INTO about (name, value)
    SELECT 'figures_since_s', CAST((max(signed_at_ms) / 3600000 + 1) * 3600 AS TEXT)
    FROM messages WHERE signed_at_ms IS NOT NULL HAVING count(*) > 0
    """,
    # What Tencent's console is believed to hold for an app: somebody said so, somebody else looked
    # too. caps: JSON; evidence is sealed. A new declaration takes the place of the last.
    """
    CREATE TABLE limit_declarations (
      app TEXT NOT NULL,
      nth BIGINT NOT NULL,
      caps TEXT NOT NULL,
      evidence TEXT NOT NULL,
      declared_by TEXT NOT NULL,
      declared_at_ms BIGINT NOT NULL,
      confirmed_by TEXT NOT NULL,
      confirmed_at_ms BIGINT,
      request_id TEXT NOT NULL,
      PRIMARY KEY (app, nth)
    ) {by_key}
    """,
    # What an answer of Tencent's proved against a declaration: once a key and declaration.
    # anew_nth: the declaration that ended it.
    """
    CREATE TABLE limit_drifts (
      app TEXT NOT NULL,
      nth BIGINT NOT NULL,
      cap_key TEXT NOT NULL,
      direction TEXT NOT NULL,
      at_ms BIGINT NOT NULL,
      message_id TEXT NOT NULL,
      code TEXT NOT NULL,
      declared BIGINT,
      counted BIGINT NOT NULL,
      is_proof BIGINT NOT NULL,
      anew_nth BIGINT,
      PRIMARY KEY (app, nth, cap_key, direction)
    ) {by_key}
    """,
    # What traffic did that it does not do at this hour of the week; one open row an app and kind.
    # facts: JSON, what the alert says; edits: how often it was corrected since.
    """
    CREATE TABLE brakes (
      id TEXT NOT NULL PRIMARY KEY,
      app TEXT NOT NULL,
      kind TEXT NOT NULL,
      facts TEXT NOT NULL,
      began_at_ms BIGINT NOT NULL,
      ended_at_ms BIGINT,
      ended_how TEXT NOT NULL,
      ignored_by TEXT NOT NULL,
      ignored_until_ms BIGINT,
      edits BIGINT NOT NULL
    ) {strict}
    """,
    "CREATE UNIQUE INDEX brakes_open ON brakes (app, kind) WHERE ended_at_ms IS NULL",
    # The post whose message is to look so from here on; '' for a message of its own.
    "ALTER TABLE posts ADD COLUMN edits TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX posts_edits ON posts (edits) WHERE edits <> '' AND done_at_ms IS NULL",
)

M008_CALLBACKS = (
    # What Tencent told of a call. kind: what it told; said: the keys pressed, how the call ended or
    # why it failed, so that a repeated push is one row. number is sealed.
    """
    CREATE TABLE voice_events (
      call_id TEXT NOT NULL,
      number TEXT NOT NULL,
      kind TEXT NOT NULL,
      said TEXT NOT NULL,
      app TEXT NOT NULL,
      caller TEXT NOT NULL,
      reason TEXT NOT NULL,
      fee_minutes BIGINT NOT NULL,
      started_at_ms BIGINT,
      answered_at_ms BIGINT,
      ended_at_ms BIGINT,
      stored_at_ms BIGINT NOT NULL,
      PRIMARY KEY (call_id, number, kind, said)
    ) {by_key}
    """,
    # The words a carrier's code came with first. A receipt with the same words keeps none of its
    # own: they would be a sixth of its row.
    """
    CREATE TABLE carrier_words (
      carrier_code TEXT NOT NULL PRIMARY KEY,
      description TEXT NOT NULL
    ) {by_key}
    """,
)

M010_WHYS = (
    # What limits kept from one number, and what was told of calls to it.
    "CREATE INDEX limit_refusals_of_number ON limit_refusals (number, at_ms)",
    "CREATE INDEX voice_events_of_number ON voice_events (number, stored_at_ms)",
)

M011_REPLIES = (
    # id: by which a button names it; '' in what an earlier program stored. told_at_ms: when it was
    # put on its way to Slack; 0 in what an earlier program stored, which never goes there.
    "ALTER TABLE replies ADD COLUMN id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE replies ADD COLUMN told_at_ms BIGINT DEFAULT 0",
    "CREATE UNIQUE INDEX replies_id ON replies (id) WHERE id <> ''",
    "CREATE INDEX replies_untold ON replies (id) WHERE told_at_ms IS NULL",
    # One thread a number in a channel. root: the key of the post the others stand under; number is
    # sealed.
    """
    CREATE TABLE reply_threads (
      channel TEXT NOT NULL,
      number TEXT NOT NULL,
      root TEXT NOT NULL,
      last_at_ms BIGINT NOT NULL,
      PRIMARY KEY (channel, number)
    ) {by_key}
    """,
    "CREATE INDEX reply_threads_root ON reply_threads (root)",
    # How many replies of an hour were told one by one and how many were gathered in one message,
    # opt-outs by themselves; shown: how many that message says, edits: how often it was corrected.
    """
    CREATE TABLE reply_hours (
      channel TEXT NOT NULL,
      hour_s BIGINT NOT NULL,
      told BIGINT NOT NULL,
      told_no BIGINT NOT NULL,
      gathered BIGINT NOT NULL,
      gathered_no BIGINT NOT NULL,
      shown BIGINT NOT NULL,
      shown_at_ms BIGINT NOT NULL,
      edits BIGINT NOT NULL,
      PRIMARY KEY (channel, hour_s)
    ) {by_key}
    """,
    "CREATE INDEX reply_hours_unshown ON reply_hours (shown_at_ms) WHERE gathered > shown",
    # The post in whose thread it stands; '' for one that does not.
    "ALTER TABLE posts ADD COLUMN under TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX posts_under ON posts (under, created_at_ms) WHERE done_at_ms IS NULL",
)

M012_SUMMARIES = (
    # Spans that a channel was told of, is being told of or that were passed over. app '' is all of
    # them together; kind daily, weekly or hourly; facts: JSON, what it says, until its picture is
    # made. next_at_ms: when that is tried next.
    """
    CREATE TABLE summaries (
      channel TEXT NOT NULL,
      app TEXT NOT NULL,
      kind TEXT NOT NULL,
      since_s BIGINT NOT NULL,
      until_s BIGINT NOT NULL,
      facts TEXT NOT NULL,
      failures BIGINT NOT NULL,
      noted_at_ms BIGINT NOT NULL,
      next_at_ms BIGINT,
      PRIMARY KEY (channel, app, kind, since_s)
    ) {by_key}
    """,
    "CREATE INDEX summaries_open ON summaries (next_at_ms) WHERE next_at_ms IS NOT NULL",
)

M013_BACKFILL = (
    # How a receipt came: 0 pushed, 1 asked for by its number, 2 taken from Tencent's queue.
    "ALTER TABLE receipts ADD COLUMN came_by BIGINT NOT NULL DEFAULT 0",
    # Numbers with messages whose receipts did not come, by the natural day of the messages in
    # Shanghai: Tencent is asked about all of them at once. number is sealed.
    """
    CREATE TABLE receipt_looks (
      app TEXT NOT NULL,
      number TEXT NOT NULL,
      day_s BIGINT NOT NULL,
      look_at_ms BIGINT NOT NULL,
      PRIMARY KEY (app, number, day_s)
    ) {by_key}
    """,
    "CREATE INDEX receipt_looks_due ON receipt_looks (app, look_at_ms)",
    # How far what was accepted has been looked over for receipts that did not come.
    """
    CREATE TABLE receipt_marks (
      name TEXT NOT NULL PRIMARY KEY,
      at_ms BIGINT NOT NULL
    ) {strict}
    """,
    # Questions that Tencent does not answer: how often in a row, and when they are put again.
    """
    CREATE TABLE back_offs (
      name TEXT NOT NULL PRIMARY KEY,
      failures BIGINT NOT NULL,
      next_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    # What only one may do at a time, whichever process it is in.
    """
    CREATE TABLE leases (
      name TEXT NOT NULL PRIMARY KEY,
      holder TEXT NOT NULL,
      until_ms BIGINT NOT NULL
    ) {strict}
    """,
    # A natural day in Shanghai as Tencent's statistics have it and as we do: messages and segments.
    """
    CREATE TABLE coverage_checks (
      app TEXT NOT NULL,
      day_s BIGINT NOT NULL,
      checked_at_ms BIGINT NOT NULL,
      facts TEXT NOT NULL,
      PRIMARY KEY (app, day_s)
    ) {by_key}
    """,
)

M014_ALERTS = (
    # A fact that fires, from its first sign to its end. fingerprint: of its kind and labels;
    # labels: JSON; facts: sealed JSON. seen_at_ms: the last event, or the last look that found it.
    # dismissed: somebody resolved it while it went on; nobody hears of it before that time, or
    # before it ends. routed: the severity by which its routes were found.
    """
    CREATE TABLE alerts (
      id TEXT NOT NULL PRIMARY KEY,
      fingerprint TEXT NOT NULL,
      kind TEXT NOT NULL,
      labels TEXT NOT NULL,
      severity BIGINT NOT NULL,
      routed BIGINT NOT NULL,
      facts TEXT NOT NULL,
      count BIGINT NOT NULL,
      raised_at_ms BIGINT NOT NULL,
      seen_at_ms BIGINT NOT NULL,
      quiet_s BIGINT,
      dismissed_until_ms BIGINT,
      ended_at_ms BIGINT
    ) {strict}
    """,
    "CREATE UNIQUE INDEX alerts_open ON alerts (fingerprint) WHERE ended_at_ms IS NULL",
    "CREATE INDEX alerts_open_by_kind ON alerts (kind) WHERE ended_at_ms IS NULL",
    "CREATE INDEX alerts_ended ON alerts (ended_at_ms) WHERE ended_at_ms IS NOT NULL",
    # What is told in one card. key: route and the values it groups by, which are in labels, JSON.
    # told_at_ms: when people last heard of it; shown follows wanted, which every change raises.
    # look_at_ms: when there is something to do about it next. resolved_by '': its facts
    # were gone.
    """
    CREATE TABLE alert_groups (
      id TEXT NOT NULL PRIMARY KEY,
      key TEXT NOT NULL,
      receiver TEXT NOT NULL,
      channel TEXT NOT NULL,
      labels TEXT NOT NULL,
      state BIGINT NOT NULL,
      severity BIGINT NOT NULL,
      opened_at_ms BIGINT NOT NULL,
      told_at_ms BIGINT,
      told_severity BIGINT NOT NULL,
      moves BIGINT NOT NULL,
      wanted BIGINT NOT NULL,
      shown BIGINT NOT NULL,
      shown_at_ms BIGINT,
      look_at_ms BIGINT,
      acked_by TEXT NOT NULL,
      acked_at_ms BIGINT,
      reminded_at_ms BIGINT,
      resolved_by TEXT NOT NULL,
      resolved_at_ms BIGINT
    ) {strict}
    """,
    "CREATE UNIQUE INDEX alert_groups_open ON alert_groups (key) WHERE resolved_at_ms IS NULL",
    "CREATE INDEX alert_groups_due ON alert_groups (look_at_ms) WHERE look_at_ms IS NOT NULL",
    "CREATE INDEX alert_groups_resolved ON alert_groups (key, resolved_at_ms)",
    """
    CREATE TABLE alert_members (
      group_id TEXT NOT NULL,
      alert_id TEXT NOT NULL,
      told_at_ms BIGINT,
      PRIMARY KEY (group_id, alert_id)
    ) {by_key}
    """,
    "CREATE INDEX alert_members_of ON alert_members (alert_id)",
    # Everything that became of a group: by a person, or by itself (by_user ''). facts: JSON.
    """
    CREATE TABLE alert_moves (
      group_id TEXT NOT NULL,
      nth BIGINT NOT NULL,
      move TEXT NOT NULL,
      by_user TEXT NOT NULL,
      via TEXT NOT NULL,
      facts TEXT NOT NULL,
      at_ms BIGINT NOT NULL,
      PRIMARY KEY (group_id, nth)
    ) {by_key}
    """,
    # matchers: JSON; begun: 1 once cards follow it; group_id: of the card it was asked for on, ''
    # for one that was typed.
    """
    CREATE TABLE silences (
      id TEXT NOT NULL PRIMARY KEY,
      matchers TEXT NOT NULL,
      group_id TEXT NOT NULL,
      author TEXT NOT NULL,
      comment TEXT NOT NULL,
      begins_at_ms BIGINT NOT NULL,
      ends_at_ms BIGINT NOT NULL,
      begun BIGINT NOT NULL,
      ended_by TEXT NOT NULL,
      ended_at_ms BIGINT
    ) {strict}
    """,
    "CREATE INDEX silences_open ON silences (ends_at_ms) WHERE ended_at_ms IS NULL",
)

M015_ONCALL = (
    # Somebody is on call in a rota in the place of whoever it would be; who '' is nobody.
    """
    CREATE TABLE oncall_overrides (
      id TEXT NOT NULL PRIMARY KEY,
      rota TEXT NOT NULL,
      who TEXT NOT NULL,
      begins_at_ms BIGINT NOT NULL,
      ends_at_ms BIGINT NOT NULL,
      author TEXT NOT NULL,
      given_at_ms BIGINT NOT NULL,
      ended_at_ms BIGINT,
      ended_by TEXT NOT NULL
    ) {strict}
    """,
    "CREATE INDEX oncall_overrides_open ON oncall_overrides (ends_at_ms) WHERE ended_at_ms IS NULL",
    # Under which number somebody is called and written to. number is sealed.
    """
    CREATE TABLE oncall_numbers (
      user_id TEXT NOT NULL PRIMARY KEY,
      number TEXT NOT NULL,
      set_by TEXT NOT NULL,
      set_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    # Who is in the user groups that are called, as Slack said last: they are called without it too.
    # name is as app.yaml has it, members JSON.
    """
    CREATE TABLE oncall_groups (
      name TEXT NOT NULL PRIMARY KEY,
      group_id TEXT NOT NULL,
      members TEXT NOT NULL,
      seen_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    # A group of alerts somebody is to acknowledge. next_step counts in the chain, turn among the
    # people of whom; again is how somebody else is reached first, because one passed it on.
    """
    CREATE TABLE escalations (
      group_id TEXT NOT NULL,
      nth BIGINT NOT NULL,
      chain TEXT NOT NULL,
      next_step BIGINT NOT NULL,
      rounds BIGINT NOT NULL,
      whom TEXT NOT NULL,
      turn BIGINT NOT NULL,
      again TEXT NOT NULL,
      due_at_ms BIGINT NOT NULL,
      begun_at_ms BIGINT NOT NULL,
      ended_at_ms BIGINT,
      PRIMARY KEY (group_id, nth)
    ) {by_key}
    """,
    "CREATE UNIQUE INDEX escalations_open ON escalations (group_id) WHERE ended_at_ms IS NULL",
    "CREATE INDEX escalations_due ON escalations (due_at_ms) WHERE ended_at_ms IS NULL",
    # What was done about it and what came of that. detail is sealed. reference: the request of an
    # SMS, the attempt of a call.
    """
    CREATE TABLE escalation_steps (
      group_id TEXT NOT NULL,
      escalation BIGINT NOT NULL,
      nth BIGINT NOT NULL,
      means TEXT NOT NULL,
      whom TEXT NOT NULL,
      user_id TEXT NOT NULL,
      state TEXT NOT NULL,
      detail TEXT NOT NULL,
      reference TEXT NOT NULL,
      at_ms BIGINT NOT NULL,
      changed_at_ms BIGINT NOT NULL,
      PRIMARY KEY (group_id, escalation, nth)
    ) {by_key}
    """,
    """
    CREATE INDEX escalation_texts ON escalation_steps (at_ms)
    WHERE means = 'sms' AND state IN ('queued', 'accepted', 'unknown')
    """,
    # A call to somebody on call, committed before Tencent is asked. call_id is Tencent's, '' until
    # it is known; heard counts what was told of it and is done. number is sealed.
    """
    CREATE TABLE voice_calls (
      attempt TEXT NOT NULL PRIMARY KEY,
      call_id TEXT NOT NULL,
      group_id TEXT NOT NULL,
      escalation BIGINT NOT NULL,
      nth BIGINT NOT NULL,
      user_id TEXT NOT NULL,
      number TEXT NOT NULL,
      signed_at_ms BIGINT NOT NULL,
      fate TEXT NOT NULL,
      code TEXT NOT NULL,
      keys TEXT NOT NULL,
      heard BIGINT NOT NULL
    ) {strict}
    """,
    "CREATE UNIQUE INDEX voice_calls_id ON voice_calls (call_id) WHERE call_id <> ''",
    "CREATE INDEX voice_calls_of_number ON voice_calls (number, signed_at_ms)",
    "CREATE INDEX voice_calls_lately ON voice_calls (signed_at_ms)",
    # Voice calls that are over, and those somebody took.
    "ALTER TABLE figures ADD COLUMN calls BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE figures ADD COLUMN answered_calls BIGINT NOT NULL DEFAULT 0",
)

M016_OUTBOX = (
    # lane: the place in which it waits for its turn, by seq; '' while what it belongs to is not
    # there yet. revision: how often it was changed before it was said. aside: 1 where it holds
    # up nobody. meant_for: the channel that would not have it. copy_of: the post this is one of
    # several copies of, each for one person.
    "ALTER TABLE posts ADD COLUMN lane TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE posts ADD COLUMN seq BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE posts ADD COLUMN revision BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE posts ADD COLUMN aside BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE posts ADD COLUMN meant_for TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE posts ADD COLUMN copy_of TEXT NOT NULL DEFAULT ''",
    # What was stored before waits in the order of its times.
    """
    UPDATE posts SET seq = created_at_ms,
      lane = CASE WHEN user_id <> '' THEN user_id WHEN channel <> '' THEN channel
        ELSE coalesce((SELECT cards.channel FROM cards
          WHERE cards.request_id = posts.request_id AND cards.ts IS NOT NULL), '') END
    """,
    """
    UPDATE posts SET lane = coalesce((SELECT root.lane FROM posts AS root
      WHERE root.key = posts.under AND root.done_at_ms IS NOT NULL), '')
    WHERE under <> ''
    """,
    """
    UPDATE posts SET lane = coalesce((SELECT 'edit ' || edited.lane FROM posts AS edited
      WHERE edited.key = posts.edits AND edited.done_at_ms IS NOT NULL), '')
    WHERE edits <> ''
    """,
    "DROP INDEX posts_due",
    "CREATE INDEX posts_due ON posts (lane, seq) WHERE done_at_ms IS NULL",
    "CREATE INDEX posts_seq ON posts (seq)",
    "CREATE INDEX posts_copies ON posts (copy_of) WHERE copy_of <> ''",
    # wanted_at_ms: since when it shows less than it should. aside: as above.
    "ALTER TABLE cards ADD COLUMN wanted_at_ms BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE cards ADD COLUMN aside BIGINT NOT NULL DEFAULT 0",
    "UPDATE cards SET wanted_at_ms = due_at_ms WHERE wanted > posted",
)

M017_PACKAGES = (
    # What the packages of the account were charged for in an hour, of so many seconds of it, as
    # Tencent's lists tell one after the other.
    """
    CREATE TABLE package_hours (
      hour_s BIGINT NOT NULL PRIMARY KEY,
      used_segments BIGINT NOT NULL,
      known_s BIGINT NOT NULL
    ) {strict}
    """,
    "ALTER TABLE packages ADD COLUMN is_gift BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE packages ADD COLUMN created_at_ms BIGINT NOT NULL DEFAULT 0",
    # What Tencent refuses for the account's money's sake, by its code: until messages of the kind
    # are accepted again. left_segments: what packages had then, NULL where that was not known.
    """
    CREATE TABLE account_refusals (
      code TEXT NOT NULL PRIMARY KEY,
      refused BIGINT NOT NULL,
      app TEXT NOT NULL,
      request_id TEXT NOT NULL,
      left_segments BIGINT,
      first_at_ms BIGINT NOT NULL,
      last_at_ms BIGINT NOT NULL
    ) {strict}
    """,
)

M018_HEALTH = (
    # Jobs and workers that broke last time, and how often in a row. reason: the error's type.
    """
    CREATE TABLE job_faults (
      job TEXT NOT NULL PRIMARY KEY,
      failures BIGINT NOT NULL,
      reason TEXT NOT NULL,
      since_ms BIGINT NOT NULL,
      at_ms BIGINT NOT NULL
    ) {by_key}
    """,
)

M019_ALERT_COUNTS = (
    # Events of an alert in five minutes from step_s on; the last hour of each is kept.
    """
    CREATE TABLE alert_counts (
      alert_id TEXT NOT NULL,
      step_s BIGINT NOT NULL,
      count BIGINT NOT NULL,
      PRIMARY KEY (alert_id, step_s)
    ) {by_key}
    """,
    # Whose message somebody put an emoji under.
    "CREATE INDEX posts_ts ON posts (ts) WHERE ts IS NOT NULL",
)

M020_ALERT_LABELS = (
    # Of open alerts, for whoever looks for some of very many; each has one of an empty name too.
    """
    CREATE TABLE alert_labels (
      name TEXT NOT NULL,
      value TEXT NOT NULL,
      alert_id TEXT NOT NULL,
      kind TEXT NOT NULL,
      severity BIGINT NOT NULL,
      PRIMARY KEY (name, value, alert_id)
    ) {by_key}
    """,
)

M021_AUDIT = (
    # Entries are only ever added. facts is sealed under a key of its month (audit_keys); mac is
    # over prev and all else of the row as it is stored.
    """
    CREATE TABLE audit (
      nth BIGINT NOT NULL PRIMARY KEY,
      at_ms BIGINT NOT NULL,
      actor TEXT NOT NULL,
      via TEXT NOT NULL,
      what TEXT NOT NULL,
      subject TEXT NOT NULL,
      app TEXT NOT NULL,
      facts TEXT NOT NULL,
      prev TEXT NOT NULL,
      mac TEXT NOT NULL
    ) {strict}
    """,
    "CREATE INDEX audit_of_kind ON audit (what, nth)",
    # One row: the last entry, and the last one of which the outside was told.
    """
    CREATE TABLE audit_head (
      id BIGINT NOT NULL PRIMARY KEY,
      nth BIGINT NOT NULL,
      mac TEXT NOT NULL,
      told_nth BIGINT NOT NULL
    ) {strict}
    """,
    """
    INSERT INTO audit_head (id, nth, mac, told_nth)
    VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000', 0)
    """,
    # name: the chain's, or a month. key is sealed.
    """
    CREATE TABLE audit_keys (
      name TEXT NOT NULL PRIMARY KEY,
      key TEXT NOT NULL
    ) {strict}
    """,
)

M022_PRIVACY = (
    # Who asked to see a full number, for counting how often within the hour.
    """
    CREATE TABLE reveals (
      user_id TEXT NOT NULL,
      at_ms BIGINT NOT NULL,
      id TEXT NOT NULL,
      PRIMARY KEY (user_id, at_ms, id)
    ) {by_key}
    """,
    # When the numbers of a request were deleted, from payload and messages alike.
    "ALTER TABLE requests ADD COLUMN numbers_deleted_at_ms BIGINT",
    """
    CREATE INDEX requests_with_numbers ON requests (changed_at_ms)
    WHERE numbers_deleted_at_ms IS NULL
    """,
    # What is old, by when it came.
    "CREATE INDEX replies_stored ON replies (stored_at_ms)",
    "CREATE INDEX voice_events_stored ON voice_events (stored_at_ms)",
)

M023_ERASURES = (
    # Who said no under a number that was erased. mark: a keyed hash of the number, so that the no
    # counts once the number is back, and nobody reads the number from it.
    """
    CREATE TABLE erased_optouts (
      mark TEXT NOT NULL,
      signature TEXT NOT NULL,
      scope TEXT NOT NULL,
      source TEXT NOT NULL,
      at_ms BIGINT NOT NULL,
      PRIMARY KEY (mark, signature, scope)
    ) {by_key}
    """,
    # An erasure that was approved. waits_for: why it has not begun yet, '' once it has; gone: rows
    # that went, texts that were covered.
    """
    CREATE TABLE erasures (
      request_id TEXT NOT NULL PRIMARY KEY REFERENCES requests (id),
      waits_for TEXT NOT NULL,
      begun_at_ms BIGINT,
      gone BIGINT NOT NULL,
      ended_at_ms BIGINT
    ) {strict}
    """,
    "CREATE INDEX erasures_open ON erasures (request_id) WHERE ended_at_ms IS NULL",
    # What was said in Slack, by when it was.
    "CREATE INDEX posts_said ON posts (done_at_ms) WHERE done_at_ms IS NOT NULL",
    """
    CREATE INDEX posts_corrected ON posts (edits, done_at_ms)
    WHERE edits <> '' AND done_at_ms IS NOT NULL
    """,
    """
    CREATE INDEX posts_answered ON posts (under, done_at_ms)
    WHERE under <> '' AND done_at_ms IS NOT NULL
    """,
)

M024_POLICY_ROWS = (
    # Which row of the table of approvals a request came to, as a card tells of it: JSON, '' where
    # that was not known yet.
    "ALTER TABLE approvals ADD COLUMN row_told TEXT NOT NULL DEFAULT ''",
)

M025_REPORTS = (
    # Messages about whose serial a report came that names another number.
    """
    CREATE TABLE contrary_receipts (
      serial TEXT NOT NULL PRIMARY KEY,
      app TEXT NOT NULL,
      noted_at_ms BIGINT NOT NULL
    ) {by_key}
    """,
    "CREATE INDEX contrary_receipts_noted ON contrary_receipts (noted_at_ms)",
    # What came to one of our addresses and could not be read. mark: a keyed hash of it, so that
    # what is pushed again is kept once. body is sealed.
    """
    CREATE TABLE refused_callbacks (
      mark TEXT NOT NULL PRIMARY KEY,
      app TEXT NOT NULL,
      reason TEXT NOT NULL,
      detail TEXT NOT NULL,
      bytes BIGINT NOT NULL,
      body TEXT NOT NULL,
      came_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    "CREATE INDEX refused_callbacks_came ON refused_callbacks (came_at_ms)",
)

M026_UNASKED = (
    # 1: nobody has asked Slack yet whether those who agreed to it still may, so that it lets no
    # more through until then.
    "ALTER TABLE limit_changes ADD COLUMN unasked BIGINT NOT NULL DEFAULT 0",
    # What was agreed to earlier and has not begun is asked about too.
    """
    UPDATE limit_changes SET unasked = 1
    WHERE folded_at_ms IS NULL AND undone_at_ms IS NULL
      AND told_start_ms IS NULL AND told_end_ms IS NULL
    """,
)

M027_TRIALS = (
    # When a key in a call to the number confirmed that it is theirs; none for a number that only
    # stands there.
    "ALTER TABLE oncall_numbers ADD COLUMN tried_at_ms BIGINT",
    # Who had the number called to try it; '' for a call of a chain, which has no alert then. said:
    # what they were told came of it.
    "ALTER TABLE voice_calls ADD COLUMN asked_by TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE voice_calls ADD COLUMN said TEXT NOT NULL DEFAULT ''",
    """
    CREATE INDEX voice_calls_untold ON voice_calls (signed_at_ms)
    WHERE asked_by <> '' AND said = ''
    """,
    """
    CREATE INDEX voice_calls_asked ON voice_calls (asked_by, signed_at_ms) WHERE asked_by <> ''
    """,
)

STEPS = {
    "m001_first": M001_FIRST,
    "m002_reviews": M002_REVIEWS,
    "m003_jobs": M003_JOBS,
    "m004_optouts": M004_OPTOUTS,
    "m005_doubts": M005_DOUBTS,
    "m006_app_choices": M006_APP_CHOICES,
    "m007_limits": M007_LIMITS,
    "m008_callbacks": M008_CALLBACKS,
    "m010_whys": M010_WHYS,
    "m011_replies": M011_REPLIES,
    "m012_summaries": M012_SUMMARIES,
    "m013_backfill": M013_BACKFILL,
    "m014_alerts": M014_ALERTS,
    "m015_oncall": M015_ONCALL,
    "m016_outbox": M016_OUTBOX,
    "m017_packages": M017_PACKAGES,
    "m018_health": M018_HEALTH,
    "m019_alert_counts": M019_ALERT_COUNTS,
    "m020_alert_labels": M020_ALERT_LABELS,
    "m021_audit": M021_AUDIT,
    "m022_privacy": M022_PRIVACY,
    "m023_erasures": M023_ERASURES,
    "m024_policy_rows": M024_POLICY_ROWS,
    "m025_reports": M025_REPORTS,
    "m026_unasked": M026_UNASKED,
    "m027_trials": M027_TRIALS,
}
ADD_ABOUT = "INSERT INTO about (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING"


def migrate(path: Path, vault: Vault, earlier: Vault | None = None) -> list[str]:
    """Brings the file's schema up to date; returns the names of the steps that ran. `earlier` is
    the data key before this one, where there is one still.

    Raises DatabaseUnusable where the file is damaged, is newer than this program, or was written
    with another data key.
    """
    pending = bring_up_to_date(path)
    with closing(connect(path)) as conn:
        _check_key(path, conn, vault, earlier)
        _key_hashes(conn, vault)
    return pending


def bring_up_to_date(path: Path) -> list[str]:
    """Brings the schema up to date as `migrate` does, whatever data key the file was written
    with."""
    # Imported here: it brings 200 ms with it that no other part of the program needs.
    from sqlite_utils import Database as SqliteUtils

    try:
        conn = connect(path)
    except sqlite3.Error as error:
        raise DatabaseUnusable(path, str(error)) from error
    try:
        check_file(path, conn)
        steps = _migrations()
        db = SqliteUtils(conn)
        pending = [step.name for step in steps.pending(db)]
        steps.apply(db)
    except sqlite3.Error as error:
        raise DatabaseUnusable(path, str(error)) from error
    finally:
        conn.close()
    return pending


def _migrations() -> "Migrations":
    from sqlite_utils import Migrations

    steps = Migrations("smsops")
    for name, statements in STEPS.items():

        def step(db: "SqliteUtils", statements: tuple[str, ...] = statements) -> None:
            for statement in statements:
                db.execute(dialect(statement))

        steps(name=name)(step)
    return steps


def check_file(path: Path, conn: sqlite3.Connection) -> None:
    """Raises DatabaseUnusable where the file is damaged, or newer than this program."""
    verdict = conn.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise DatabaseUnusable(path, verdict)
    known = conn.execute(
        "SELECT count(*) FROM sqlite_master WHERE name = '_sqlite_migrations'"
    ).fetchone()[0]
    if not known:
        return
    rows = conn.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'smsops'")
    newer = sorted({row[0] for row in rows} - set(STEPS))
    if newer:
        raise DatabaseUnusable(path, f"written by a newer smsops ({', '.join(newer)})")


def _check_key(path: Path, conn: sqlite3.Connection, vault: Vault, earlier: Vault | None) -> None:
    """The first start leaves a name of the data key; a later one must bring the same key. The vault
    makes keyed hashes as the file's first key did from here on."""
    conn.execute(ADD_ABOUT, {"name": about.DATA_KEY, "value": vault.name})
    conn.execute(ADD_ABOUT, {"name": "instance", "value": secrets.token_hex(8)})
    if about.get(conn, about.NEXT_DATA_KEY) is not None:
        raise DatabaseUnusable(path, "a change of its key has not ended: smsops keys rotate")
    known = about.get(conn, about.DATA_KEY)
    if earlier is not None and known == earlier.name != vault.name:
        raise DatabaseUnusable(path, "sealed with the old data key still: smsops keys rotate")
    if known != vault.name:
        raise DatabaseUnusable(path, "sealed with another SMSOPS_DATA_KEY")
    kept = about.get(conn, about.MAC_KEY)
    if kept is not None:
        vault.hash_with(bytes.fromhex(vault.open(kept, purpose=about.MAC_PURPOSE)))


def _key_hashes(conn: sqlite3.Connection, vault: Vault) -> None:
    """Once: what is over keeps no hash that was made without a key."""
    if about.get(conn, about.KEYED_HASHES) is not None:
        return
    conn.execute("BEGIN IMMEDIATE")
    try:
        requests.key_old_hashes(Tx(conn, vault))
        about.put(conn, about.KEYED_HASHES, "yes")
        conn.execute("COMMIT")
    except BaseException:
        conn.execute("ROLLBACK")
        raise
