"""The dashboard and the rules: they open, and ask for nothing the bot does not tell."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.meters import DISK_S, Meters, Times, Wire
from bot.mounts.figures import Measured, families
from bot.rules.delivery import MessageState
from bot.rules.vitals import Ailment
from handlers.vitals import Queues
from tests.rules.test_vitals import WELL, broken

DOCS = Path(__file__).parents[2] / "docs"
DASHBOARD = json.loads((DOCS / "grafana-dashboard.json").read_text(encoding="utf-8"))
RULES = yaml.safe_load((DOCS / "prometheus-rules.yaml").read_text(encoding="utf-8"))
#: What every scrape and every process has (prometheus.io/docs/instrumenting/writing_clientlibs).
OF_OTHERS = {
    "up": {"job", "instance"},
    "process_cpu_seconds_total": {"job", "instance"},
    "process_resident_memory_bytes": {"job", "instance"},
}
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
SELECTOR = re.compile(r"\b(smsops_\w+|up|process_\w+)(?:\{([^}]*)\})?")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
MATCHED = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')


def told() -> dict[str, set[str]]:
    """The name of every figure to its labels, where each has been noted once."""
    meters, wires = Meters(), {who: Wire() for who in ("slack", "tencent", "voice")}
    meters.acknowledged.note(0.1, "command")
    meters.callbacks.add("taken")
    meters.reports.add("demo")
    meters.sends.add("demo", "accepted")
    meters.jobs.note(0.1, "poll_reviews", "ok")
    meters.workers.add("send_messages", "ok")
    for wire in wires.values():
        wire.calls.note("any", "ok", 0.1)
        wire.dates.off_s = 0.0
    queues = Queues({MessageState.QUEUED: 1}, None, None, {})
    vitals, commits = replace(WELL, broken_jobs=broken(3)), Times(DISK_S)
    measured = Measured(vitals, (Ailment.JOBS,), queues, meters, wires, commits, 1)
    return {
        each.name + suffix: {
            "instance",
            *(name for sample in each.samples for name in sample.labels),
        }
        for each in families(measured)
        for suffix in SUFFIXES[each.type]
    } | OF_OTHERS


def panels() -> list[dict[str, Any]]:
    return [each for each in DASHBOARD["panels"] if each["type"] != "row"]


def questions() -> list[str]:
    """Every expression somebody may ask Prometheus because of us."""
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    return asked + [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("expr", questions())
def test_nothing_is_asked_for_that_is_not_told(expr: str) -> None:
    known = told()
    found = SELECTOR.findall(expr)
    assert found
    for name, matchers in found:
        assert name in known
        assert set(MATCHED.findall(matchers)) <= known[name] | {"le"}
    labels = {label for name, _ in found for label in known[name]} | {"le"}
    for group in GROUPED.findall(expr):
        assert {each.strip() for each in group.split(",")} <= labels
    for pair in ("()", "{}", "[]"):
        assert expr.count(pair[0]) == expr.count(pair[1])


def test_every_figure_is_asked_for_somewhere() -> None:
    """One nobody looks at is not worth its line."""
    asked = "\n".join(questions())
    ours = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in told()} - set(OF_OTHERS)
    assert {name for name in ours if name not in asked} == set()


def test_the_dashboard_is_laid_out_and_says_what_each_panel_is() -> None:
    ids = [each["id"] for each in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    assert all(each["description"] and each["fieldConfig"]["defaults"]["unit"] for each in panels())
    places = [each["gridPos"] for each in DASHBOARD["panels"]]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 for place in places)
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    # Whoever imports it chooses the data source; none of a workplace's is in it.
    assert {str(each["datasource"]["uid"]) for each in panels()} == {"${datasource}"}


def test_every_rule_says_how_bad_it_is_what_happened_and_what_to_do() -> None:
    rules = [rule for group in RULES["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert set(rule["annotations"]) == {"summary", "description"}
        assert re.fullmatch(r"[0-9]+[smh]", rule["for"])
