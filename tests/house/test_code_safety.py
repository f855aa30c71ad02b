"""What the code never does, whatever comes in: build objects from outside bytes, run text, hold
secrets; and how few ways there are out of the process."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: What any of it would be written with: the other files need not be parsed.
SUSPICIOUS = re.compile(
    r"pickle|dill|marshal|shelve|yaml|eval|exec|compile|__import__|subprocess|popen|system|shell|aiohttp"
    r"|httpx|slack_sdk|slack_bolt|urllib|http\.client|socket|requests|lib\b"
)
NODES = {
    path: list(ast.walk(ast.parse(text)))
    for room in ("bot", "handlers", "storage")
    for path in sorted((ROOT / room).rglob("*.py"))
    if SUSPICIOUS.search(text := path.read_text(encoding="utf-8"))
}
#: They make objects of whatever class the bytes name (ASVS 5.0, 1.5.2).
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "jsonpickle"}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__"}
#: Of PyYAML only what makes no object: events, nodes, the loader that knows core types alone.
UNSAFE_YAML = {
    "load", "load_all", "unsafe_load", "full_load", "Loader", "UnsafeLoader", "FullLoader",
}  # fmt: skip
#: Each starts a child from a list of words, none of them from outside.
STARTS_CHILDREN = {"handlers/children.py", "bot/cli/demo.py"}
#: The look of a live secret; an example says that it is one.
SECRET = re.compile(
    r"xox[abeprs]-[0-9]{9,}-|xapp-[0-9]-[A-Z0-9]{9,}-|\b[AI]KID(?!EXAMPLE|TEMPORARY)[0-9A-Za-z]{32}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[0-9A-Za-z]{36}\b"
)
#: Every module that speaks over the network, and to whom. Slack's and Tencent's addresses, the
#: bot's own and that of the heartbeat stand in app.yaml; no address of anybody else is asked for
#: (ASVS 5.0, 13.2.4). The stand-ins and the tour of the demo are no part of `smsops run`.
WAYS_OUT = {
    "bot/app.py": "Slack's socket",
    "bot/slack/client.py": "Slack: hooks.slack.com",
    "bot/slack/files.py": "Slack: files.slack.com",
    "bot/slack/line.py": "Slack: api_url",
    "bot/slack/refusals.py": "nobody: it tells one fault of aiohttp's from another",
    "bot/slack/fence.py": "opens the session, for these hosts alone, and heartbeat.url",
    "bot/tencent/exchange.py": "Tencent: tencent.endpoint, oncall's",
    "bot/tencent/knocking.py": "the bot's own public_url, asked by the doctor",
    "bot/mounts/heartbeat.py": "heartbeat.url",
    "bot/systemd.py": "systemd's socket on this machine",
}
SPEAKERS = re.compile(
    r"(httpx|httpx_aiohttp|requests|urllib3|socket|ftplib|smtplib|urllib\.request|http\.client"
    r"|slack_sdk\.(web|webhook|socket_mode)|slack_bolt\.adapter\.socket_mode)(\..*)?"
    r"|aiohttp(\.Client.*)?"
)
TEXTS = {".py", ".toml", ".md", ".yaml", ".yml", ".json", ".lock", ".css", ".js", ".html", ".txt"}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{alias.name}" for alias in names)


def calls(nodes: Sequence[ast.AST]) -> Iterator[ast.Call]:
    yield from (node for node in nodes if isinstance(node, ast.Call))


def test_nothing_is_built_from_bytes_that_name_their_class() -> None:
    found = [
        (named(path), name)
        for path, nodes in NODES.items()
        for name in imports(nodes)
        if name.split(".")[0] in UNSAFE_MODULES
    ]
    assert found == []


def test_no_text_is_run() -> None:
    found = [
        (named(path), call.func.id)
        for path, nodes in NODES.items()
        for call in calls(nodes)
        if isinstance(call.func, ast.Name) and call.func.id in UNSAFE_CALLS
    ]
    assert found == []


def test_yaml_makes_events_and_nodes_and_no_objects() -> None:
    used = {
        (named(path), node.attr)
        for path, nodes in NODES.items()
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "yaml"
    }
    assert {name for name, _ in used} <= {
        "bot/settings/document.py", "bot/settings/exporting.py"
    }  # fmt: skip
    assert {attr for _, attr in used} & UNSAFE_YAML == set()


def test_children_are_started_in_two_places_and_by_no_shell() -> None:
    starting = {
        named(path)
        for path, nodes in NODES.items()
        for call in calls(nodes)
        if ast.unparse(call.func).split(".")[-1]
        in {"create_subprocess_exec", "create_subprocess_shell", "Popen", "system", "popen", "run"}
        and ast.unparse(call.func).split(".")[0] in {"asyncio", "subprocess", "os"}
        and ast.unparse(call.func) != "asyncio.run"
    }
    assert starting <= STARTS_CHILDREN
    shells = [
        named(path)
        for path, nodes in NODES.items()
        for call in calls(nodes)
        for keyword in call.keywords
        if keyword.arg == "shell"
    ]
    assert shells == []


def test_the_ways_out_of_the_process_are_few_and_known() -> None:
    speaking = {
        named(path)
        for path, nodes in NODES.items()
        for name in imports(nodes)
        if SPEAKERS.fullmatch(name)
        and not named(path).startswith(("bot/sandbox/", "bot/cli/tour/"))
    }
    assert speaking == set(WAYS_OUT)


@pytest.mark.parametrize("folder", ["bot", "handlers", "storage", "docs", "."])
def test_no_secret_stands_in_what_is_published(folder: str) -> None:
    """Source, documents, and what the image is built from (ASVS 5.0, 13.3.1)."""
    paths = (ROOT / folder).glob("*") if folder == "." else (ROOT / folder).rglob("*")
    found = [
        (named(path), match[0][:8])
        for path in paths
        if path.suffix in TEXTS and path.is_file()
        for match in SECRET.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_image_is_built_from_code_alone() -> None:
    """Everything is left out of it but what is named: no settings, database, log or `.env`."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule for rule in rules if rule.startswith("!")} == {
        "!bot", "!handlers", "!storage", "!LICENSE", "!README.md", "!pyproject.toml",
        "!requirements.lock",
    }  # fmt: skip
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes" in dockerfile
    assert re.search(r"^USER smsops$", dockerfile, re.M)
    assert not re.search(r"^(ARG|ENV)\b.*(SECRET|TOKEN|KEY)", dockerfile, re.M)
