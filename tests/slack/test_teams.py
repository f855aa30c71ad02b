"""Which workspaces a user is of: one, or several of an organisation."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.slack.client import teams_of


@pytest.mark.parametrize(
    ("user", "teams"),
    [
        ({"team_id": "T0A"}, {"T0A"}),
        ({"team_id": "T0A", "enterprise_user": {"teams": ["T0B", "T0C"]}}, {"T0A", "T0B", "T0C"}),
        ({"enterprise_user": {"enterprise_id": "E0A", "teams": ["T0B"]}}, {"T0B"}),
        ({"team_id": "T0A", "enterprise_user": {"teams": None}}, {"T0A"}),
        ({"team_id": None, "enterprise_user": None}, set()),
        ({"team_id": ""}, set()),
        ({}, set()),
    ],
)
def test_a_user_is_of_the_workspaces_slack_names(user: Mapping[str, Any], teams: set[str]) -> None:
    assert teams_of(user) == teams
