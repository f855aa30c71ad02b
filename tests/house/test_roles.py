"""Nothing said or clicked in Slack gives a role: where rights come from, and where they cannot."""

import ast
import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from bot.locales import Locale, text
from bot.rules.roles import Role
from storage.db import connect
from storage.migrations import migrate
from tests.storage.rows import VAULT

ROOT = Path(__file__).parents[2]
#: What runs while people type and click. The stand-ins have a workspace and people of their own.
ROOMS = ("bot", "handlers", "storage")
APART = ("bot/sandbox", "bot/cli", "bot/charts")
#: Who may make each of these, and nobody else.
MAKERS = {
    ("bot.registry", "Person"): {"bot/slack/people.py"},
    ("bot.rules.roles", "Rights"): {"bot/rules/roles.py"},
    ("bot.rules.roles", "Grants"): {"bot/settings/roles.py"},
    ("bot.settings.roles", "grants"): {"bot/settings/schema.py"},
    ("bot.settings.roles", "Roles"): {"bot/settings/schema.py"},
    ("bot.settings.roles", "AppRoles"): {"bot/settings/apps.py"},
    ("bot.slack.people", "People"): {"bot/app.py"},
}
#: A copy of a person or of rights that says something else would be a way around.
CHANGED = re.compile(r"\b(replace|model_copy|__setattr__)\([^()]*\b(rights|is_member|of_app)\b")
WRITING = re.compile(r"\b(write_text|write_bytes|writelines)\(|\bopen\([^()]*[\"'][wax]b?\+?[\"']")
#: Slack's own ways to put people into groups.
REGROUPING = re.compile(r"usergroups\.(users\.update|create|update|enable)|usergroups:write")


@pytest.fixture(scope="module")
def texts() -> Mapping[str, str]:
    """The source of every module in those rooms, by its path."""
    return {
        name: path.read_text(encoding="utf-8")
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if not (name := path.relative_to(ROOT).as_posix()).startswith(APART)
    }


def makes(text: str, module: str, name: str, *, is_home: bool) -> bool:
    """Whether a module calls what another one, or it itself, calls so."""
    if re.search(rf"(?<!class )(?<!def )(?<![\w.]){name}\(", text) is None:
        return False
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    named = {(node.module, each.name) for node in imports for each in node.names}
    return is_home or (module, name) in named


@pytest.mark.parametrize(("module", "name"), MAKERS)
def test_rights_are_made_in_one_place_from_the_settings(
    texts: Mapping[str, str], module: str, name: str
) -> None:
    home = module.replace(".", "/") + ".py"
    makers = {
        path for path, text in texts.items() if makes(text, module, name, is_home=path == home)
    }
    assert makers == MAKERS[module, name]


def test_the_bot_asks_slack_with_what_the_settings_grant(texts: Mapping[str, str]) -> None:
    [made] = re.findall(r"People\(([^()]*(?:\([^()]*\)[^()]*)*)\)", texts["bot/app.py"])
    assert "settings.grants" in [each.strip() for each in made.split(",")]


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (CHANGED, set()),
        # A mark beside the database.
        (WRITING, {"storage/generations.py"}),
        (REGROUPING, set()),
    ],
    ids=["a changed copy", "a written file", "a changed group"],
)
def test_there_is_no_way_around(
    texts: Mapping[str, str], pattern: re.Pattern[str], allowed: set[str]
) -> None:
    assert {path for path, text in texts.items() if pattern.search(text)} <= allowed


def test_no_table_keeps_a_role(tmp_path: Path) -> None:
    """Approvers stand in `approvals`: the policy of one request, as app.yaml had it; members of
    groups in what calls go by while Slack is away."""
    path = tmp_path / "smsops.db"
    migrate(path, VAULT)
    with closing(connect(path, read_only=True)) as db:
        columns = db.execute(
            "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c"
        ).fetchall()
    words = ("role", "grant", "rights", "member", "approver", "requester_of", "owner", "admin")
    found = {f"{table}.{name}" for table, name in columns if any(word in name for word in words)}
    assert found == {"approvals.approvers", "oncall_groups.members"}
    assert len(columns) > 100


@pytest.mark.parametrize(
    "text",
    [
        "replace(knock.person, rights=Rights())",
        "person.model_copy(update={'rights': 1})",
        "path.write_text('roles:')",
        "open(path, 'w')",
        "open(path, mode='ab')",
        "self._call('usergroups.users.update')",
    ],
)
def test_a_way_around_would_be_seen(text: str) -> None:
    assert any(each.search(text) for each in (CHANGED, WRITING, REGROUPING))


@pytest.mark.parametrize("role", Role)
def test_a_role_is_called_so_that_one_finds_it_in_app_yaml(role: Role) -> None:
    english, chinese = (text(locale, f"help.role.{role.value}") for locale in Locale)
    assert english.replace(" ", "_").replace("-", "") == role.value
    assert chinese.endswith(f"（{role.value}）")
    name = chinese.removesuffix(f"（{role.value}）")
    readme = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    assert f"| `{role.value}`（{name}） |" in readme
