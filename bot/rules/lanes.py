"""How fast Slack may be spoken to, by channel and by method, and never against its word.

Times are seconds of a clock that only goes forward: Slack counts real time, whatever ours says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

POST, EDIT, WHISPER = "chat.postMessage", "chat.update", "chat.postEphemeral"
FILES, BRING = "files.completeUploadExternal", "files.getUploadURLExternal"
RESPOND = "response_url"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls at once, and then one every `every_s` seconds."""

    burst: int
    every_s: float


@dataclass(frozen=True, slots=True)
class Pace:
    """What is kept between two messages of a channel, and of some methods in the whole workspace.

    Slack allows a channel "1 message per second", `chat.update` 50 calls a minute (tier 3) and
    `chat.postEphemeral` and files 100 (tier 4; docs.slack.dev, rate limits, 2026-08). A burst and
    what is let through after it are together no more than that in any minute.
    """

    between_posts_s: float = 1.0
    rates: Mapping[str, Rate] = field(
        default_factory=lambda: {
            EDIT: Rate(10, 1.5),
            WHISPER: Rate(20, 0.75),
            FILES: Rate(20, 0.75),
        }
    )
    #: A channel that was found closed is not asked again for so long.
    closed_for_s: float = 60.0


#: For who looks at something else, and cannot wait.
UNPACED = Pace(0.0, {}, 0.0)


def after(last_s: float, pace: Pace) -> float:
    """When a channel may have its next message, after one whose answer came at `last_s`.

    After the answer, not after the call: what was slow on its way must not be followed too soon.
    """
    return last_s + pace.between_posts_s


def may_go_at(full_at_s: float, rate: Rate) -> float:
    """When the next call of a method may go; `full_at_s`: when nothing would be owed any more."""
    return full_at_s - (rate.burst - 1) * rate.every_s


def taken(full_at_s: float, rate: Rate, now_s: float) -> float:
    """When nothing is owed any more after a call at `now_s` (GCRA, ITU-T I.371)."""
    return max(full_at_s, now_s) + rate.every_s


@dataclass(slots=True)
class Holds:
    """Until when Slack asked us to wait (`Retry-After`), by method and channel.

    Messages are limited by channel. Another method is limited in the whole workspace: where a
    second channel is refused while a first one waits, all of them wait.
    """

    _until_s: dict[tuple[str, str], float] = field(default_factory=dict)

    def add(self, method: str, channel: str, until_s: float, now_s: float) -> None:
        """Slack refused a call of `method` for `channel`."""
        self._until_s = {key: at for key, at in self._until_s.items() if at > now_s}
        others = any(key[0] == method and key[1] != channel for key in self._until_s)
        if others and method != POST:
            self._until_s[method, ""] = max(self._until_s.get((method, ""), 0.0), until_s)
        self._until_s[method, channel] = until_s

    def until_s(self, method: str, channel: str) -> float:
        """When `method` may be called for `channel` again; 0 where it may at any time."""
        mine = self._until_s.get((method, channel), 0.0)
        return max(mine, self._until_s.get((method, ""), 0.0))
