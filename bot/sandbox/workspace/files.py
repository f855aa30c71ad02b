"""Files: announced, uploaded, completed, shared, deleted; what they hold, in memory or on disk."""

import secrets
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from bot.sandbox.workspace.file_types import address_name, file_type
from bot.sandbox.workspace.people import TEAM_ID
from bot.sandbox.workspace.refusals import Json

# Slack takes 1 GB; a simulator keeps its own bounds, and refuses as Slack does.
FILE_LIMIT_BYTES = 100_000_000
KEPT_BYTES = 500_000_000
NAME_LIMIT = 255
_PENDING_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Share:
    """A message that shows a file."""

    channel: str
    ts: str
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One file. `given`: somebody put it into a form of the app's, which may read it since.

    `in_blocks`: the app shows it as a picture in a message or view, to whoever reads that.
    """

    id: str
    user: str
    name: str
    title: str
    size: int
    created_s: int
    alt_text: str = ""
    given: bool = False
    in_blocks: bool = False
    shares: tuple[Share, ...] = ()

    def shared(self, share: Share) -> Self:
        """The file, shown in one more message."""
        return replace(self, shares=(*self.shares, share))


@dataclass(frozen=True, slots=True)
class Upload:
    """An announced file, as long as nobody completed it; `body` once it came."""

    file: File
    body: bytes | None = field(default=None, repr=False)


class Contents:
    """What files hold: in a folder where there is one, else in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._held: dict[str, bytes] = {}

    def put(self, file_id: str, body: bytes) -> None:
        """Keep what a file holds; a crash leaves the whole of it or nothing."""
        if self._folder is None:
            self._held[file_id] = body
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as made:
            made.write(body)
        Path(made.name).replace(self._folder / file_id)

    def get(self, file_id: str) -> bytes | None:
        """What a file holds, or None where that is gone."""
        if self._folder is None:
            return self._held.get(file_id)
        try:
            return (self._folder / file_id).read_bytes()
        except OSError:
            return None

    def remove(self, file_id: str) -> None:
        """Forget what a file held."""
        self._held.pop(file_id, None)
        if self._folder is not None:
            (self._folder / file_id).unlink(missing_ok=True)


class Files:
    """Every file, the announced ones by their upload's secret."""

    def __init__(self) -> None:
        self.contents = Contents()
        self._pending: dict[str, Upload] = {}
        self._files: dict[str, File] = {}
        self._deleted: set[str] = set()

    def announce(self, file: File) -> str:
        """A file will be uploaded; the last part of the address for it."""
        token = secrets.token_urlsafe(32)
        self._pending[token] = Upload(file)
        if len(self._pending) > _PENDING_KEPT:
            del self._pending[next(iter(self._pending))]
        return token

    def announced(self, token: str) -> File | None:
        """The file an upload's address is for."""
        upload = self._pending.get(token)
        return upload.file if upload else None

    def receive(self, token: str, body: bytes) -> None:
        """What an announced file holds has come."""
        self._pending[token] = Upload(self._pending[token].file, body)

    def uploaded(self, file_id: str) -> bool:
        """Whether a file was announced and came, and only waits to be completed."""
        found = self._upload_of(file_id)
        return found is not None and found[1].body is not None

    def complete(self, file_id: str, title: str) -> File:
        """Make an uploaded file a real one; it can be done once."""
        found = self._upload_of(file_id)
        assert found is not None
        token, upload = found
        del self._pending[token]
        return self.add(replace(upload.file, title=title or upload.file.title), upload.body or b"")

    def _upload_of(self, file_id: str) -> tuple[str, Upload] | None:
        return next(((t, u) for t, u in self._pending.items() if u.file.id == file_id), None)

    def add(self, file: File, body: bytes) -> File:
        """Keep a new file; the oldest go where there would be too much."""
        self.contents.put(file.id, body)
        self._files[file.id] = file
        kept = sum(each.size for each in self._files.values())
        while kept > KEPT_BYTES and len(self._files) > 1:
            oldest = next(iter(self._files.values()))
            kept -= oldest.size
            self.delete(oldest.id)
        return file

    def put(self, file: File) -> File:
        """Put a newer version of a file in its place."""
        self._files[file.id] = file
        return file

    def find(self, file_id: str) -> File | None:
        """A file by its id."""
        return self._files.get(file_id)

    def all(self) -> list[File]:
        """Every file, the newest first."""
        return list(reversed(self._files.values()))

    def delete(self, file_id: str) -> None:
        """Forget a file and what it held."""
        if self._files.pop(file_id, None) is not None:
            self._deleted.add(file_id)
            self.contents.remove(file_id)

    def was_deleted(self, file_id: str) -> bool:
        """Whether there once was such a file."""
        return file_id in self._deleted

    def dump(self) -> list[Json]:
        """Every file but what it holds, for keeping."""
        return [asdict(file) for file in self._files.values()]

    def restore(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take back what `dump` gave. Raises KeyError or TypeError for anything else."""
        for row in rows:
            file = File(**{**row, "shares": tuple(Share(**share) for share in row["shares"])})
            self._files[file.id] = file


def new_file(
    user: str, name: str, size: int, created_s: int, *, title: str = "", alt_text: str = ""
) -> File:
    """A file with an id of its own."""
    file_id = f"F0{secrets.token_hex(5).upper()}"
    return File(file_id, user, name, title or name, size, created_s, alt_text)


def file_json(file: File, base_url: str, channel_names: Mapping[str, str]) -> Json:
    """A file as Slack shows it; `channel_names` are those of the public channels, by id."""
    kind, key = file_type(file.name), f"{TEAM_ID}-{file.id}"
    name = address_name(file.name)
    public = [s for s in file.shares if s.channel in channel_names]
    private = [s for s in file.shares if s.channel not in channel_names]
    shown: Json = {
        "id": file.id,
        "created": file.created_s,
        "timestamp": file.created_s,
        "name": file.name,
        "title": file.title,
        "mimetype": kind.mimetype,
        "filetype": kind.name,
        "pretty_type": kind.pretty,
        "user": file.user,
        "user_team": TEAM_ID,
        "editable": False,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": bool(public),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{base_url}/files-pri/{key}/{name}",
        "url_private_download": f"{base_url}/files-pri/{key}/download/{name}",
        "permalink": f"{base_url}/files/{file.user}/{file.id}/{name}",
        "channels": list(dict.fromkeys(share.channel for share in public)),
        "groups": [],
        "ims": list(dict.fromkeys(share.channel for share in private)),
        "shares": _shares(public, private, channel_names),
        "comments_count": 0,
        "has_rich_preview": False,
        "file_access": "visible",
        "media_display_type": "unknown",
    }
    return {**shown, "alt_txt": file.alt_text} if file.alt_text else shown


def _shares(public: list[Share], private: list[Share], names: Mapping[str, str]) -> Json:
    shown: Json = {}
    for label, shares in (("public", public), ("private", private)):
        for share in shares:
            row: Json = {"ts": share.ts, "team_id": TEAM_ID}
            row |= {"reply_users": [], "reply_users_count": 0, "reply_count": 0}
            row |= {"channel_name": names[share.channel]} if share.channel in names else {}
            row |= {"thread_ts": share.thread_ts} if share.thread_ts else {}
            shown.setdefault(label, {}).setdefault(share.channel, []).append(row)
    return shown


def tombstone(file_id: str) -> Json:
    """What a message shows where a deleted file was."""
    return {"id": file_id, "mode": "tombstone"}
