"""Rules as a document, and what differs between two of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from reconciler.core.schema import FieldRule, KindRule, Limits, OptIn, Rules
from reconciler.rules import conditions, wording
from reconciler.rules.parsing import FORMAT

_WIDTH = 240  # a field stays on one line


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that differs: its path, and its words before and after ("" where there is none)."""

    path: str
    before: str
    after: str


def export(rules: Rules) -> str:
    """The whole document, in one order; `parse` makes the same rules of it."""
    return yaml.safe_dump(
        {"version": FORMAT, **_document(rules)},
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=_WIDTH,
    )


def changes(old: Rules, new: Rules) -> tuple[Change, ...]:
    """What differs from `old` to `new`, in the order of the document."""
    before, after = dict(_leaves(_document(old))), dict(_leaves(_document(new)))
    paths = dict.fromkeys((*after, *before))
    pairs = ((path, before.get(path, ""), after.get(path, "")) for path in paths)
    return tuple(Change(path, one, other) for path, one, other in pairs if one != other)


def _leaves(content: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        below = f"{path}.{name}" if path else name
        if name == "criteria":
            yield below, json.dumps(value, ensure_ascii=False)
        elif isinstance(value, Mapping) and value.keys() != {"group"}:
            yield from _leaves(value, below)
        elif isinstance(value, Mapping):
            yield below, f"group {value['group']}"
        else:
            yield below, "" if value is None else str(value)


def _document(rules: Rules) -> dict[str, Any]:
    return {
        "kinds": {name: _kind(rule) for name, rule in rules.kinds.items()},
        "schedule": {"every_minutes": rules.schedule.every_minutes, "full_compare": rules.schedule.full_compare},
    }


def _kind(rule: KindRule) -> dict[str, Any]:
    return {
        "create": rule.create.value,
        "retire": rule.retire,
        "opt_in": _opt_in(rule.opt_in),
        "suppliers": rule.suppliers,
        "first": rule.first.value,
        "policy": rule.policy.value,
        "fields": {field.key: _field(field) for field in rule.fields},
        "limits": _limits(rule.limits),
    }


def _opt_in(opt_in: OptIn) -> dict[str, Any]:
    xero: Any = {"group": opt_in.group} if opt_in.xero == "group" else opt_in.xero
    found = {"salesforce": opt_in.salesforce, "xero": xero}
    return {**found, "criteria": conditions.plain(opt_in.criteria)} if opt_in.criteria else found


def _field(field: FieldRule) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "salesforce": field.salesforce,
        "xero": field.xero,
        "comparison": field.comparison,
        "flow": field.flow.value,
        "policy": field.policy.value,
        "blank": field.blank.value,
        "drift": field.drift.value,
    }
    return {**settings, "first": field.first.value if field.first else None, **wording.plain(field)}


def _limits(limits: Limits) -> dict[str, Any]:
    return {
        "creates": limits.creates,
        "updates": limits.updates,
        "updates_share": limits.updates_share,
        "blanks": limits.blanks,
        "retirements": limits.retirements,
    }
