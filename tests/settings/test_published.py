"""The schema, the file of the repository and the catalogue tell an operator the same."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.locales import Locale, sentences
from bot.sandbox.tencent import SandboxConfig
from bot.settings import AppYaml, Faults, LimitsProfile, json_schema, load_file
from bot.settings.published import keys_at
from bot.settings.secrets import EVERY_SECRET

ROOT = Path(__file__).parents[2]
APP_YAML = ROOT / "app.yaml"
SCHEMA = json_schema()


def properties(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key there is, dotted, without list positions and template ids. Routes below routes are
    like those above them."""
    schema = SCHEMA["$defs"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    for part in (schema.get("items"), *schema.get("patternProperties", {}).values()):
        if part:
            yield from properties(part, path)
    for key, value in schema.get("properties", {}).items():
        if path.endswith(f"{key}.") and key == "routes":
            continue
        yield path + key, value
        yield from properties(value, f"{path}{key}.")


KEYS = dict(properties(SCHEMA))


def test_the_published_schema_is_the_one_of_the_code() -> None:
    published = (ROOT / "docs" / "app.schema.json").read_text(encoding="utf-8")
    assert json.loads(published) == SCHEMA, "run: smsops schema > docs/app.schema.json"


def test_the_schema_is_a_schema_and_accepts_the_repositorys_file() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(yaml.safe_load(APP_YAML.read_text(encoding="utf-8")), SCHEMA)


def test_the_repositorys_file_serves_the_demo() -> None:
    settings = load_file(APP_YAML)
    assert isinstance(settings, AppYaml)
    demo, sandbox = settings.apps[0], SandboxConfig().credentials
    assert (demo.sdk_app_id, demo.signature) == (sandbox.sdk_app_id, sandbox.sign)
    assert sandbox.template_id in demo.templates
    assert demo.limits.profile is LimitsProfile.CLASSIC
    assert demo.international
    assert demo.exclusive


def test_the_repositorys_file_tells_editors_where_the_schema_is() -> None:
    first_line = APP_YAML.read_text(encoding="utf-8").partition("\n")[0]
    assert first_line == "# yaml-language-server: $schema=docs/app.schema.json"


def test_what_is_commented_out_there_can_be_used_as_it_stands(tmp_path: Path) -> None:
    written = APP_YAML.read_text(encoding="utf-8")
    names = "|".join(key.rpartition(".")[2] for key in KEYS)
    whole = re.sub(rf"^( *)# ((?:{names}): )", r"\1\2", written, flags=re.MULTILINE)
    assert whole != written
    (tmp_path / "app.yaml").write_text(whole, encoding="utf-8")
    read = load_file(tmp_path / "app.yaml")
    assert not isinstance(read, Faults), read
    assert read.apps[0].limits.per_number_day == 10
    assert read.server.public_url


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_described_for_editors(key: str) -> None:
    assert KEYS[key]["description"].endswith(".")


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_explained_in_the_repositorys_file(key: str) -> None:
    name = key.rpartition(".")[2]
    lines = [line for line in APP_YAML.read_text(encoding="utf-8").splitlines() if line.strip()]
    found = [at for at, line in enumerate(lines) if re.match(rf"[ #-]*{name}:", line)]
    assert found, f"{key} is not in app.yaml"
    explained = [at for at in found if "  # " in lines[at] or "# " in lines[at - 1]]
    assert explained, f"{key} has no comment in app.yaml"


@pytest.mark.parametrize("variable", [wanted.variable for wanted in EVERY_SECRET])
def test_every_secret_is_named_in_the_repositorys_file(variable: str) -> None:
    assert variable in APP_YAML.read_text(encoding="utf-8")


@pytest.mark.parametrize("locale", Locale)
def test_the_catalogue_says_what_every_key_and_secret_accepts_and_no_others(
    locale: Locale,
) -> None:
    said = {name.removeprefix("accepts.") for name in sentences(locale, "settings")}
    said = {name for name in said if not name.startswith("fault.")}
    assert said == {*KEYS, *(wanted.variable for wanted in EVERY_SECRET), "known_keys"}


def test_the_keys_at_a_place_are_those_of_the_schema() -> None:
    assert keys_at(("apps", 3, "limits"))[0] == "profile"
    assert keys_at(("apps", 0, "templates", "1110")) == ("class",)
    assert keys_at(("apps",)) == ()
    assert keys_at(("nowhere", "at", 1)) == ()


@pytest.mark.parametrize(
    "content",
    [
        "apps: []",
        "apps: [{name: a, sdk_app_id: 1500006666, signature: 签名}]",
        "apps: [{name: a, sdk_app_id: 1400006666, signature: 签名, templates: {x: {class: otp}}}]",
        "apps: [{name: a, sdk_app_id: 1400006666, signature: 签名, limits: {profile: 2024}}]",
        "apps: [{name: a, sdk_app_id: 1400006666, signature: 签名, bogus: 1}]",
        "{apps: [{name: a, sdk_app_id: 1400006666, signature: 签名}], server: {port: '1'}}",
        "{apps: [{name: a, sdk_app_id: 1400006666, signature: 签名}], default_app: }",
    ],
)
def test_what_the_program_refuses_the_schema_refuses_too(tmp_path: Path, content: str) -> None:
    (tmp_path / "app.yaml").write_text(content, encoding="utf-8")
    assert isinstance(load_file(tmp_path / "app.yaml"), Faults)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(content), SCHEMA)
