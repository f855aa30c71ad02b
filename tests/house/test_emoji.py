"""Every emoji the bot uses is one the demo's page can show: else it stands there as a word."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "bot" / "sandbox" / "workspace" / "page" / "emoji.js"
#: As a mark at the beginning of a line or among words; keys such as `post:line:3` are none.
MARK = re.compile(
    r'(?:^|(?<=[\s"\'(>|]))(?:\\n)?:([a-z][a-z0-9_+-]{1,40}):(?=[\s"\')<|]|$)', re.MULTILINE
)
USERS = (("bot/slack", "*.py"), ("bot/locales", "*.toml"), ("handlers/commands", "*.py"))


def test_the_page_knows_every_emoji_that_is_used() -> None:
    known = set(re.findall(r"([a-z0-9_+-]+) \S+(?=[|\n])", PAGE.read_text(encoding="utf-8")))
    used = {
        (name, path.name)
        for folder, pattern in USERS
        for path in (ROOT / folder).rglob(pattern)
        for name in MARK.findall(path.read_text(encoding="utf-8"))
    }
    assert len(used) > 50, "nothing was found"
    assert {each for each in used if each[0] not in known} == set()
