"""docs/simulators.md names every route, fault, setting and act of both twins, and names no fault that is not there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from reconciler.simulators import salesforce, xero
from reconciler.simulators.kit.posted import DO_KEYS, MATCH_KEYS
from reconciler.simulators.salesforce.settings import Settings as SalesforceSettings
from reconciler.simulators.salesforce.switches import SWITCHES as SALESFORCE
from reconciler.simulators.salesforce.twin import ACTS
from reconciler.simulators.xero.screens import _ACTS as XERO_ACTS
from reconciler.simulators.xero.settings import Settings as XeroSettings
from reconciler.simulators.xero.switches import SWITCHES as XERO

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "simulators.md").read_text("utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", DOCUMENT))
PATHS = {word.removeprefix("GET ").removeprefix("POST ").removeprefix("DELETE ") for word in NAMED}


@pytest.mark.parametrize("module", [salesforce, xero])
def test_every_route_is_named(module: ModuleType) -> None:
    app, _ = module.create_app()
    rules = {str(rule.rule) for rule in app.url_map.iter_rules()}
    api = {rule for rule in rules if rule != "/" and not rule.startswith("/window")}
    root = "/services/data/v<version>"
    told = PATHS | {root + path for path in PATHS}
    assert {rule for rule in api if rule not in told} == set()


@pytest.mark.parametrize("switches", [SALESFORCE, XERO])
def test_every_fault_is_named_with_its_sentence(switches: dict[str, Any]) -> None:
    for name, switch in switches.items():
        assert f"| `{name}` | {switch.sentence} |" in DOCUMENT


def test_no_fault_is_named_that_is_not_there() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ", DOCUMENT, flags=re.MULTILINE)
    assert set(rows) == {*SALESFORCE, *XERO, "do"}


@pytest.mark.parametrize(
    "words",
    [
        {each.name for each in fields(SalesforceSettings)},
        {each.name for each in fields(XeroSettings)},
        set(ACTS),
        set(XERO_ACTS),
        DO_KEYS,
        MATCH_KEYS,
    ],
)
def test_every_setting_act_and_key_of_a_fault_is_named(words: set[str]) -> None:
    assert words - NAMED == set()
