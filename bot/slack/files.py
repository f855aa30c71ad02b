"""Files at Slack: what people put there is fetched, what we have for them is brought and shown."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

import aiohttp

from bot.errors import SlackError
from bot.slack.line import TIMEOUT_S, SlackLine
from bot.slack.refusals import Faults

#: Where Slack keeps what people upload (docs.slack.dev, file object, 2026-08).
FILES_HOST = "files.slack.com"
CHUNK_BYTES = 64 * 1024
#: No list is a page: Slack sends one to sign in with where the token may not read the file.
PAGE = "text/html"
#: An upload that is slower than this is taken for stuck.
UPLOAD_BYTES_PER_S = 100_000
#: The deadline around the whole of it holds instead.
NO_TIMEOUT = aiohttp.ClientTimeout(total=None)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be shown in Slack; `body` is read in pieces, from its beginning."""

    name: str
    body: IO[bytes]
    size_bytes: int


class FileFault(StrEnum):
    """Why a file cannot be had."""

    #: An address that is not Slack's; the token does not go there.
    FOREIGN = "foreign"
    #: Deleted, or not ours to read: Slack sends whoever may not to its sign-in page.
    CLOSED = "closed"
    TOO_LARGE = "too_large"


class Files(SlackLine):
    """What is done with files, over the line of one token."""

    async def download(self, url: str, max_bytes: int, deadline_s: float) -> bytes | FileFault:
        """What a file somebody put into a form holds, at most so many bytes.

        The address came from outside: the token goes to Slack's own hosts only, and no redirect is
        followed. Raises SlackError where Slack does not answer in time.
        """
        if not self._is_of(FILES_HOST, url):
            return FileFault.FOREIGN
        with Faults("file"):
            async with asyncio.timeout(deadline_s):
                return await self._fetch(url, max_bytes)

    async def download_stream(
        self, url: str, max_bytes: int, idle_s: float
    ) -> AsyncGenerator[bytes | FileFault, None]:
        """As `download`, piece by piece, so that no file is in memory as a whole. A `FileFault` is
        the last piece. Raises SlackError where Slack sends nothing for `idle_s` seconds."""
        if not self._is_of(FILES_HOST, url):
            yield FileFault.FOREIGN
            return
        with Faults("file"):
            async with self._asked(url, idle_s) as answer:
                if answer.status != 200:
                    yield _closed(answer.status)
                    return
                if answer.content_type == PAGE:
                    yield FileFault.CLOSED
                    return
                size = 0
                async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                    size += len(chunk)
                    if size > max_bytes:
                        yield FileFault.TOO_LARGE
                        return
                    yield chunk

    def _asked(
        self, url: str, idle_s: float | None = None
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._session.get(
            url,
            headers={"Authorization": f"Bearer {self.web.token}"},
            allow_redirects=False,
            proxy=self.web.proxy,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=idle_s, sock_read=idle_s),
        )

    async def _fetch(self, url: str, max_bytes: int) -> bytes | FileFault:
        async with self._asked(url) as answer:
            if answer.status != 200:
                return _closed(answer.status)
            body = bytearray()
            async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                body += chunk
                if len(body) > max_bytes:
                    return FileFault.TOO_LARGE
            return bytes(body)

    async def upload(
        self, channel: str, files: Sequence[Upload], comment: str, thread_ts: str | None = None
    ) -> None:
        """Posts files, none of them empty, as one message with a comment.

        Nobody sees any of them before all are there, so what broke half-way can be done again.
        Raises SlackError (docs.slack.dev, files.getUploadURLExternal and
        files.completeUploadExternal, 2026-08).
        """
        brought = [await self.bring(file) for file in files]
        await self.share(channel, brought, comment, thread_ts)

    async def share(
        self,
        channel: str,
        brought: Sequence[Mapping[str, str]],
        comment: str,
        thread_ts: str | None = None,
    ) -> None:
        """Posts files that were brought as one message. Raises SlackError."""
        await self._call(
            "files.completeUploadExternal",
            files=list(brought),
            channel_id=channel,
            initial_comment=comment,
            thread_ts=thread_ts,
        )

    async def is_shared(self, file: Mapping[str, str]) -> bool:
        """Whether a file that was brought stands in a message already. Raises SlackError."""
        try:
            answer = await self._call("files.info", file=file["id"])
        except SlackError as fault:
            if fault.code == "file_not_found":
                # Nobody sees a file before it is completed.
                return False
            raise
        shown = answer["file"]
        return any(shown.get(where) for where in ("channels", "groups", "ims", "shares"))

    async def keep(self, file: Upload) -> str:
        """Brings a picture nobody sees yet; its id, for the blocks of a message. Slack may take
        some seconds until it lets a message show it (``invalid_blocks`` before).

        Raises SlackError (docs.slack.dev, Slack file object, 2026-08).
        """
        ready = await self.bring(file)
        await self._call("files.completeUploadExternal", files=[ready])
        return ready["id"]

    async def bring(self, file: Upload) -> dict[str, str]:
        """A file at Slack that is not completed yet, as completing it names it."""
        answer = await self._call(
            "files.getUploadURLExternal", filename=file.name, length=file.size_bytes
        )
        await self._put(answer["upload_url"], file)
        return {"id": answer["file_id"], "title": file.name}

    async def _put(self, url: str, file: Upload) -> None:
        """The bytes, to the address Slack gave for them."""
        if not self._is_of(FILES_HOST, url):
            raise SlackError("file", "foreign_host", permanent=True)
        file.body.seek(0)
        deadline_s = TIMEOUT_S + file.size_bytes / UPLOAD_BYTES_PER_S
        with Faults("file"):
            async with asyncio.timeout(deadline_s):
                sent = self._session.post(
                    url,
                    data=_pieces(file.body),
                    headers={"Content-Length": str(file.size_bytes)},
                    allow_redirects=False,
                    proxy=self.web.proxy,
                    timeout=NO_TIMEOUT,
                )
                async with sent as answer:
                    if answer.status != 200:
                        raise SlackError("file", f"http_{answer.status}", permanent=False)


def _closed(status: int) -> FileFault:
    """Raises SlackError where Slack may give the file later."""
    if status >= 500 or status == 429:
        raise SlackError("file", f"http_{status}", permanent=False)
    return FileFault.CLOSED


async def _pieces(body: IO[bytes]) -> AsyncIterator[bytes]:
    """A file in pieces, read off the loop."""
    while piece := await asyncio.to_thread(body.read, CHUNK_BYTES):
        yield piece
