"""Why the workspace said no: Slack's own error names, as values."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class ErrorCode(StrEnum):
    """Slack's names for what a Web API call can be refused for (docs.slack.dev, 2026-08)."""

    ACCOUNT_INACTIVE = "account_inactive"
    ALREADY_REACTED = "already_reacted"
    ALT_TXT_TOO_LARGE = "alt_txt_too_large"
    BAD_TIMESTAMP = "bad_timestamp"
    BOT_NOT_FOUND = "bot_not_found"
    CANT_DELETE_FILE = "cant_delete_file"
    CANT_DELETE_MESSAGE = "cant_delete_message"
    CANT_UPDATE_MESSAGE = "cant_update_message"
    CHANNEL_NOT_FOUND = "channel_not_found"
    DUPLICATE_EXTERNAL_ID = "duplicate_external_id"
    EXCHANGED_TRIGGER_ID = "exchanged_trigger_id"
    EXPIRED_TRIGGER_ID = "expired_trigger_id"
    EXPIRED_URL = "expired_url"
    FILE_DELETED = "file_deleted"
    FILE_NOT_FOUND = "file_not_found"
    FILE_UPLOAD_SIZE_RESTRICTED = "file_upload_size_restricted"
    HASH_CONFLICT = "hash_conflict"
    INVALID_ARGUMENTS = "invalid_arguments"
    INVALID_ATTACHMENTS = "invalid_attachments"
    INVALID_AUTH = "invalid_auth"
    INVALID_BLOCKS = "invalid_blocks"
    INVALID_BLOCKS_FORMAT = "invalid_blocks_format"
    INVALID_CURSOR = "invalid_cursor"
    INVALID_FORM_DATA = "invalid_form_data"
    INVALID_JSON = "invalid_json"
    INVALID_METADATA_FORMAT = "invalid_metadata_format"
    INVALID_NAME = "invalid_name"
    INVALID_TRIGGER_ID = "invalid_trigger_id"
    INVALID_TYPES = "invalid_types"
    IS_ARCHIVED = "is_archived"
    IS_INACTIVE = "is_inactive"
    JSON_NOT_OBJECT = "json_not_object"
    MESSAGE_NOT_FOUND = "message_not_found"
    METHOD_NOT_SUPPORTED_FOR_CHANNEL_TYPE = "method_not_supported_for_channel_type"
    MISSING_ARGUMENT = "missing_argument"
    MISSING_SCOPE = "missing_scope"
    MSG_TOO_LONG = "msg_too_long"
    NOT_ALLOWED_TOKEN_TYPE = "not_allowed_token_type"  # noqa: S105 - an error's name
    NOT_AUTHED = "not_authed"
    NOT_ENABLED = "not_enabled"
    NOT_FOUND = "not_found"
    NOT_IN_CHANNEL = "not_in_channel"
    NO_REACTION = "no_reaction"
    NO_SUCH_SUBTEAM = "no_such_subteam"
    NO_TEXT = "no_text"
    PUSH_LIMIT_REACHED = "push_limit_reached"
    RATELIMITED = "ratelimited"
    RESTRICTED_ACTION_READ_ONLY_CHANNEL = "restricted_action_read_only_channel"
    SOCKET_MODE_NOT_ENABLED = "socket_mode_not_enabled"
    THREAD_NOT_FOUND = "thread_not_found"
    TOO_MANY_ATTACHMENTS = "too_many_attachments"
    UNKNOWN_METHOD = "unknown_method"
    UNKNOWN_TYPE = "unknown_type"
    USED_URL = "used_url"
    USERS_NOT_FOUND = "users_not_found"
    USER_NOT_FOUND = "user_not_found"
    USER_NOT_IN_CHANNEL = "user_not_in_channel"
    VIEW_TOO_LARGE = "view_too_large"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A business error: answered with HTTP 200, ``ok: false`` and whatever proves the reason."""

    error: ErrorCode
    detail: Json = field(default_factory=dict)

    def as_json(self) -> Json:
        """The reply's body."""
        return {"ok": False, "error": self.error.value, **self.detail}
