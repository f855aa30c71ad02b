"""Builds the settings: file, overrides, environment in; one frozen object or every fault out."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.settings.across import faults_across, leaked_secrets
from bot.settings.document import Document, read_document
from bot.settings.faults import Fault, Faults, Problem, fault_at
from bot.settings.masking import shown
from bot.settings.places import Mark, Place, dotted
from bot.settings.published import keys_at
from bot.settings.roles import HELD, nearest
from bot.settings.schema import AppYaml
from bot.settings.secrets import Needs, Secrets, read_secrets
from bot.settings.shapes import CallbackGuard, Provider, SlackMode
from bot.settings.tables import read_table

if TYPE_CHECKING:
    from bot.rules.lint import LintTable

#: Keys of earlier programs, and what says the same today.
FORMER_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "roles.sender": "roles.requester",
        "roles.admin": "roles.owner, roles.auditor",
        "approvals.kinds": "approvals.table",
        "approvals.default": "approvals.table",
    }
)
NO_OVERRIDES: Mapping[str, object] = MappingProxyType({})


class Settings(AppYaml):
    """Everything an operator decides: app.yaml and the secrets. Built once, never changed.

    `source` is the file it was read from, which may say something else by now.
    """

    secrets: Secrets
    source: Path = Path("app.yaml")

    def fingerprint(self) -> str:
        """The SHA-256 of the file as it is now; "" where it cannot be read any more."""
        try:
            return sha256(self.source.read_bytes()).hexdigest()
        except OSError:
            return ""

    def parts(self) -> Mapping[str, str]:
        """What the file says as it is now under each key at its top, as JSON; nothing where it
        cannot be read any more."""
        document, _ = read_document(self.source)
        said = {} if document is None else document.data
        return {key: json.dumps(value, sort_keys=True, default=str) for key, value in said.items()}


def load(
    path: Path, environ: Mapping[str, str], overrides: Mapping[str, object] = NO_OVERRIDES
) -> Settings | Faults:
    """The settings of the file at `path` and the environment, or everything that is wrong.

    `overrides` replaces values before they are judged: dotted key to value, list positions as
    numbers (`{"server.port": 0, "apps.0.name": "demo"}`).
    """
    document, file, faults = _read(path, overrides)
    secrets = read_secrets(environ, _needs(document))
    if isinstance(secrets, list):
        return Faults.of(faults + secrets)
    if file is None:
        return Faults.of(faults)
    return Settings(**dict(file), secrets=secrets, source=path.absolute())


def load_file(path: Path, overrides: Mapping[str, object] = NO_OVERRIDES) -> AppYaml | Faults:
    """The file's part of the settings alone, for whoever has no secrets: a pipeline, say."""
    _, file, faults = _read(path, overrides)
    return file if file else Faults.of(faults)


def load_written(path: Path) -> tuple[AppYaml, str] | Faults:
    """The file's part of the settings, and the text it was read from, for whoever changes it."""
    document, file, faults = _read(path, NO_OVERRIDES)
    return Faults.of(faults) if document is None or file is None else (file, document.text)


def _read(
    path: Path, overrides: Mapping[str, object]
) -> tuple[Document | None, AppYaml | None, list[Fault]]:
    document, faults = read_document(path)
    if document is None:
        return None, None, faults
    document = document.replaced(overrides)
    file, refused = _judged(document)
    empty = [fault for fault in faults if fault.problem is Problem.EMPTY]
    faults += _of_other_keys(refused, empty)
    faults += _of_other_keys(faults_across(document), [*empty, *refused])
    faults += leaked_secrets(document)
    file = _anchored(file, path) if file else None
    table = _table(document, file)
    faults += table if isinstance(table, list) else []
    if file is None or faults or isinstance(table, list):
        return document, None, faults
    return document, file.model_copy(update={"content": file.content.with_table(table)}), faults


def _of_other_keys(faults: Iterable[Fault], known: Iterable[Fault]) -> list[Fault]:
    """Those that do not follow from a fault of the same key: what is empty is missing as well."""
    keys = {fault.key for fault in known}
    return [fault for fault in faults if fault.key not in keys]


def _anchored(file: AppYaml, path: Path) -> AppYaml:
    """Relative paths start at the file, not where the program happened to be started."""
    folder, content = path.absolute().parent, file.content
    if content.lint_table is not None:
        content = content.model_copy(update={"lint_table": folder / content.lint_table})
    return file.model_copy(update={"data_dir": folder / file.data_dir, "content": content})


def _table(document: Document, file: AppYaml | None) -> "LintTable | list[Fault] | None":
    """The linter's table as the file wants it; None where it wants ours."""
    path = file.content.lint_table if file else None
    return None if path is None else read_table(path, document.mark(("content", "lint_table")))


def _needs(document: Document | None) -> Needs:
    """What decides about secrets, read even where other keys are refused."""
    mode = _word(document, "slack", "mode", SlackMode.HTTP.value)
    provider = _word(document, "tencent", "provider", Provider.V3.value)
    return Needs(
        SlackMode(mode) if mode in list(SlackMode) else None,
        Provider(provider) if provider in list(Provider) else None,
        tuple(_app_ids(document)),
        CallbackGuard.BASIC_AUTH if _asks_password(document) else None,
        calls=document is not None and _calls(document),
    )


def _calls(document: Document) -> bool:
    oncall = document.data.get("oncall")
    return isinstance(oncall, dict) and oncall.get("voice") is not None


def _asks_password(document: Document | None) -> bool:
    callbacks = document.data.get("callbacks") if document else None
    return isinstance(callbacks, dict) and callbacks.get("basic_auth") is True


def _word(document: Document | None, section: str, key: str, default: str) -> str | None:
    """The text under a key, `default` where it is left out; None where it is no text."""
    values = document.data.get(section, {}) if document else None
    word = values.get(key, default) if isinstance(values, dict) else None
    return word if isinstance(word, str) else None


def _app_ids(document: Document | None) -> Iterator[str]:
    apps = document.data.get("apps") if document else None
    for app in apps if isinstance(apps, list) else []:
        if isinstance(app, dict) and isinstance(found := app.get("sdk_app_id"), str | int):
            yield str(found)


def _judged(document: Document) -> tuple[AppYaml | None, list[Fault]]:
    """Judged as JSON: there, strict still takes a list for a tuple and a word for an Enum."""
    try:
        return AppYaml.model_validate_json(json.dumps(document.data)), []
    except ValidationError as error:
        errors = error.errors(include_url=False)
        # Only follows from a fault of the key the default depends on.
        return None, [
            _fault(document, one) for one in errors if one["type"] != "default_factory_not_called"
        ]


def _fault(document: Document, error: ErrorDetails) -> Fault:
    place = tuple(part for part in error["loc"] if part != "[key]")
    mark, found = document.mark(place) or Mark(1, 1), error["input"]
    match error["type"]:
        case "missing":
            return fault_at(place, mark, Problem.MISSING)
        case "extra_forbidden":
            return _unknown_key(document, place)
    if found is None:
        return fault_at(place, mark, Problem.EMPTY)
    if error.get("ctx", {}).get("pattern") == HELD and (near := nearest(str(found))):
        return fault_at(place, mark, Problem.MISSPELT_HOLDER, shown(found, place[-1]), near=near)
    return fault_at(place, mark, Problem.NOT_ACCEPTED, shown(found, place[-1]))


def _unknown_key(document: Document, place: Place) -> Fault:
    *above, key = place
    if now := FORMER_KEYS.get(dotted(place)):
        return fault_at(place, document.mark(place), Problem.FORMER_KEY, now=now)
    known = keys_at(tuple(above))
    near = get_close_matches(str(key), known, n=1)
    values = {"near": near[0] if near else "", "known": ", ".join(known)}
    problem = Problem.MISSPELT_KEY if near else Problem.UNKNOWN_KEY
    return replace(fault_at(place, document.mark(place), problem, **values), accepts="known_keys")
