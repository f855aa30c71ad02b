"""What can go wrong that no caller can foresee; everything foreseen is a value with a reason.

    SmsopsError
    ├── TencentError             a question to Tencent Cloud stayed without a usable answer
    │   ├── TencentUnreachable   no connection, or nothing came back in time
    │   ├── TencentBadAnswer     something came back that is not an API 3.0 answer
    │   └── TencentRefusal       Tencent answered with an error code
    ├── SlackError               Slack could not be reached, or said no
    ├── StorageError             a write or a read did not happen
    │   ├── DatabaseInUse        another process holds the file
    │   ├── DatabaseUnusable     the file or its folder cannot serve: damaged, newer, read-only
    │   ├── DatabaseQuarantined  the file may not know what was sent: nothing is, until released
    │   └── WrongDataKey         what is stored was sealed with another key
    │       └── KeyDamaged       a key of the audit trail is not what was stored
    ├── Outdated                 a button or a form carries what none of ours carries now
    ├── CannotListen             the address app.yaml names cannot be listened on
    │   └── PortTaken            another program has its port
    └── SettingsError            app.yaml and the environment do not make a working set

Sending is not here: what became of a send is a value (`bot.tencent.wire.SendOutcome`), for a lost
answer must be kept, not thrown.
"""
# ruff: noqa: N818 - the names say what happened; that they are errors is what the tree says.

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar


class SmsopsError(Exception):
    """The root. `str()` of it is for the log; a person reads the sentence under `key`."""

    key: ClassVar[str] = "errors.unexpected"
    """The catalogue sentence, with the placeholders that `values` fills."""
    permanent: bool = True
    """True where the same again cannot help; False where trying later may."""

    @property
    def values(self) -> Mapping[str, str]:
        """What fills the placeholders of the sentence. Never a phone number or a secret."""
        return {}


class TencentError(SmsopsError):
    """A question to Tencent Cloud stayed without a usable answer."""

    key: ClassVar[str] = "errors.tencent"
    permanent = False


class TencentUnreachable(TencentError):
    """No connection, or nothing came back before the deadline."""

    key: ClassVar[str] = "errors.tencent_unreachable"


class TencentBadAnswer(TencentError):
    """What came back is not an API 3.0 answer: a proxy's page, half a body, other types.

    `is_trouble`: it came with a 5xx, which whoever answers in Tencent's place has as well.
    """

    key: ClassVar[str] = "errors.tencent_bad_answer"

    def __init__(self, why: str, *, is_trouble: bool = False) -> None:
        super().__init__(why)
        self.is_trouble = is_trouble


class TencentRefusal(TencentError):
    """Tencent answered with an error; `code` has its cause and cure in `bot.rules.codes`."""

    key: ClassVar[str] = "errors.tencent_refusal"

    def __init__(self, code: str, request_id: str, *, permanent: bool) -> None:
        super().__init__(f"{code} (request {request_id or 'without id'})")
        self.code = code
        self.request_id = request_id
        self.permanent = permanent

    @property
    def values(self) -> Mapping[str, str]:
        return {"code": self.code, "request_id": self.request_id}


class SlackError(SmsopsError):
    """Slack could not be reached, or refused `method` with `code` (``channel_not_found``).

    `retry_after_s` is what Slack asked for with a 429; `may_have_happened` tells that the call may
    have taken effect although its answer was lost.
    """

    key: ClassVar[str] = "errors.slack"

    def __init__(
        self,
        method: str,
        code: str,
        *,
        permanent: bool,
        retry_after_s: float | None = None,
        may_have_happened: bool = False,
    ) -> None:
        super().__init__(f"{method}: {code}")
        self.method = method
        self.code = code
        self.permanent = permanent
        self.retry_after_s = retry_after_s
        self.may_have_happened = may_have_happened

    @property
    def values(self) -> Mapping[str, str]:
        return {"method": self.method, "code": self.code}


class StorageError(SmsopsError):
    """A write or a read did not happen; nothing of it is stored."""

    key: ClassVar[str] = "errors.storage"
    permanent = False


class DatabaseInUse(StorageError):
    """Another process holds the file; `owner` is its process id as it wrote it, or empty."""

    key: ClassVar[str] = "errors.database_in_use"

    def __init__(self, path: Path, owner: str) -> None:
        super().__init__(f"{path} is in use by process {owner or 'unknown'}")
        self.path = path
        self.owner = owner

    @property
    def values(self) -> Mapping[str, str]:
        return {"path": str(self.path), "owner": self.owner or "?"}


class DatabaseUnusable(StorageError):
    """The file or its folder cannot serve: damaged, written by a newer version, not writable."""

    key: ClassVar[str] = "errors.database_unusable"
    permanent = True

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be used: {why}")
        self.path = path
        self.why = why

    @property
    def values(self) -> Mapping[str, str]:
        return {"path": str(self.path), "why": self.why}


class DatabaseQuarantined(StorageError):
    """The file is a copy, or not the one that ran in its folder last: what was sent since, it does
    not know, so nothing is sent from it until a person releases it."""

    key: ClassVar[str] = "errors.database_quarantined"
    permanent = True

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is held until it is released")
        self.path = path

    @property
    def values(self) -> Mapping[str, str]:
        return {"path": str(self.path)}


class WrongDataKey(StorageError):
    """What is stored was sealed with another SMSOPS_DATA_KEY."""

    key: ClassVar[str] = "errors.wrong_data_key"
    permanent = True


class KeyDamaged(WrongDataKey):
    """The key of the audit trail called `name` cannot be opened with the data key that opens all
    else."""

    key: ClassVar[str] = "errors.key_damaged"

    def __init__(self, name: str) -> None:
        super().__init__(f"audit_keys: {name} is damaged")
        self.name = name

    @property
    def values(self) -> Mapping[str, str]:
        return {"name": self.name}


class Outdated(SmsopsError):
    """A button or a form carries what none of ours carries now: it is an earlier program's, say."""

    key: ClassVar[str] = "faults.outdated"


class CannotListen(SmsopsError):
    """The address under `setting` (``server``) of app.yaml cannot be listened on."""

    key: ClassVar[str] = "errors.cannot_listen"

    def __init__(self, setting: str, host: str, port: int, why: str) -> None:
        super().__init__(f"{host}:{port}: {why}")
        self.setting = setting
        self.host = host
        self.port = port
        self.why = why

    @property
    def values(self) -> Mapping[str, str]:
        return {
            "setting": self.setting,
            "host": self.host,
            "port": str(self.port),
            "why": self.why,
        }


class PortTaken(CannotListen):
    """Another program listens there."""

    key: ClassVar[str] = "errors.port_taken"

    @property
    def values(self) -> Mapping[str, str]:
        return {"setting": self.setting, "port": str(self.port)}


class SettingsError(SmsopsError):
    """app.yaml and the environment do not make a working set; the message lists every fault."""

    key: ClassVar[str] = "errors.settings"

    @property
    def values(self) -> Mapping[str, str]:
        return {"faults": str(self)}
