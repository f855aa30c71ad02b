"""The JSON schema of app.yaml, for editors that complete and check while one types."""

from functools import cache
from typing import Any

from bot.settings.places import Place
from bot.settings.schema import AppYaml

Schema = dict[str, Any]


def json_schema() -> Schema:
    """The schema as published in docs/app.schema.json."""
    schema = _plain(AppYaml.model_json_schema(by_alias=True))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "app.yaml"} | schema


@cache
def keys_at(place: Place) -> tuple[str, ...]:
    """The keys app.yaml may hold at `place`; none where it is no mapping with fixed keys."""
    root = json_schema()
    here = root
    for part in place:
        here = _resolved(root, _below(here, part))
    return tuple(here.get("properties", ()))


def _below(schema: Schema, part: str | int) -> Schema:
    if isinstance(part, int):
        return _object(schema.get("items"))
    if part in schema.get("properties", {}):
        return _object(schema["properties"][part])
    return _object(next(iter(schema.get("patternProperties", {}).values()), None))


def _resolved(root: Schema, schema: Schema) -> Schema:
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    return _object(root["$defs"].get(name, schema))


def _object(schema: object) -> Schema:
    return schema if isinstance(schema, dict) else {}


def _plain(schema: Schema) -> Schema:
    """Without what pydantic adds from class names and docstrings: nobody edits those."""
    schema["$defs"] = {name: _definition(one) for name, one in schema["$defs"].items()}
    return _definition(schema)


def _definition(schema: Schema) -> Schema:
    kept = {key: value for key, value in schema.items() if key not in {"title", "description"}}
    if "properties" in kept:
        kept["properties"] = {key: _property(one) for key, one in kept["properties"].items()}
    return kept


def _property(schema: Schema) -> Schema:
    kept = {key: value for key, value in schema.items() if key != "title"}
    if isinstance(kept.get("default", ""), dict | None):
        del kept["default"]
    if "anyOf" in kept:
        # What may be left out is None inside, but a key without a value is refused in the file.
        kept |= next(one for one in kept.pop("anyOf") if one != {"type": "null"})
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    return kept
