"""What slack_sdk's client is made to try, method by method: its cells of the conformance table."""

from collections.abc import Mapping

from tests.sandbox.tencent.tried import Tried
from tests.sandbox.workspace.trials import TRIALS

SLACK = "Slack"
SLACK_SDK = "slack_sdk"
#: What AsyncWebClient asks for with GET; for all else it uses POST (slack.md §2.1).
GETS = frozenset(
    {
        "bots.info",
        "chat.getPermalink",
        "conversations.history",
        "conversations.info",
        "conversations.list",
        "conversations.members",
        "conversations.replies",
        "files.info",
        "files.list",
        "reactions.get",
        "team.info",
        "usergroups.list",
        "usergroups.users.list",
        "users.conversations",
        "users.info",
        "users.list",
        "users.lookupByEmail",
    }
)


def both(method: str, error: str) -> tuple[Tried, Tried]:
    """A method's success and its refusal."""
    way = "GET" if method in GETS else "POST"
    return Tried(SLACK, method, SLACK_SDK, way=way), Tried(SLACK, method, SLACK_SDK, code=error)


METHODS: Mapping[str, tuple[Tried, Tried]] = {
    method: both(method, error) for method, (_, _, error) in TRIALS.items()
}
#: It takes a token of its own: its trials are in test_sockets.py.
OPENED, NOT_OPENED = both("apps.connections.open", "not_allowed_token_type")
CELLS: tuple[Tried, ...] = (
    OPENED,
    NOT_OPENED,
    *(cell for cells in METHODS.values() for cell in cells),
)
