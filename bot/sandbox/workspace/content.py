"""What a message says, as an app sends it: text, blocks and attachments, checked."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.workspace.blocks import Surface, check_blocks, complaint, inner_key
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal
from bot.sandbox.workspace.sharing import picture_faults, show_pictures
from bot.sandbox.workspace.strict_json import read_json
from bot.sandbox.workspace.world import World

# chat.postMessage: longer texts are cut, with a warning; chat.update refuses from 4,000 on
# (docs.slack.dev, both methods, 2026-08).
TEXT_LIMIT = 40_000
ATTACHMENT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Content:
    """A checked message body. `cut`: the text was too long and lost its end."""

    text: str
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    cut: bool = False


def read_content(world: World, args: Mapping[str, Any]) -> Content | Refusal:
    """Text, blocks and attachments of a message, with ids filled in where the app gave none."""
    blocks = _read_list(args.get("blocks"))
    if blocks is None:
        return Refusal(ErrorCode.INVALID_BLOCKS_FORMAT)
    attachments = _read_list(args.get("attachments"))
    if attachments is None or not all(isinstance(a, dict) for a in attachments):
        return Refusal(ErrorCode.INVALID_ATTACHMENTS)
    if len(attachments) > ATTACHMENT_LIMIT:
        return Refusal(ErrorCode.TOO_MANY_ATTACHMENTS)
    lists = [("/blocks", blocks)]
    lists += [(f"/attachments/{n}/blocks", a.get("blocks", [])) for n, a in enumerate(attachments)]
    faults = [f for at, each in lists for f in check_blocks(each, Surface.MESSAGE, at)]
    faults = faults or [f for at, each in lists for f in picture_faults(world, each, at)]
    if faults:
        return Refusal(ErrorCode.INVALID_BLOCKS, complaint(faults))
    for _, each in lists:
        show_pictures(world, each)
    text = args.get("text")
    text = text if isinstance(text, str) else ""
    if not (text.strip() or blocks or attachments):
        return Refusal(ErrorCode.NO_TEXT)
    return Content(
        text[:TEXT_LIMIT],
        tuple(with_ids(blocks)),
        tuple(map(_with_inner_ids, attachments)),
        cut=len(text) > TEXT_LIMIT,
    )


def _read_list(value: object) -> list[Any] | None:
    if value in (None, ""):
        return []
    if isinstance(value, str):
        try:
            value = read_json(value.encode())
        except ValueError:
            return None
    return value if isinstance(value, list) else None


def with_ids(blocks: Iterable[Json]) -> list[Json]:
    """The blocks with a ``block_id`` each and an ``action_id`` on every interactive element."""
    return [_with_block_id(block) for block in blocks]


def _with_inner_ids(attachment: Json) -> Json:
    return (
        {**attachment, "blocks": with_ids(attachment["blocks"])}
        if "blocks" in attachment
        else attachment
    )


def _with_block_id(block: Json) -> Json:
    filled = {**block, "block_id": block.get("block_id") or _new_id()}
    for key in ("element", "accessory"):
        if isinstance(block.get(key), dict):
            filled[key] = _with_action_id(block[key])
    used = {"actions": "elements", "card": "actions"}.get(block["type"])
    if used is not None and used in block:
        filled[used] = [_with_action_id(element) for element in block[used]]
    inner = inner_key(block)
    return {**filled, inner: with_ids(block[inner])} if inner else filled


def _with_action_id(element: Json) -> Json:
    if element.get("type") == "image":
        return element
    return {**element, "action_id": element.get("action_id") or _new_id()}


def _new_id() -> str:
    return secrets.token_urlsafe(4)[:5]
