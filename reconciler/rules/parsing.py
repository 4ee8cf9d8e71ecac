"""A document, or any part of one, over the rules in force."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields as fields_of
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from reconciler.core.schema import (
    ADDRESS,
    Blank,
    Create,
    Drift,
    FieldRule,
    First,
    Flow,
    KindRule,
    Limits,
    OptIn,
    Policy,
    Rules,
    Unmapped,
)
from reconciler.core.values import COMPARISONS
from reconciler.errors import Problems, Usage
from reconciler.mapping import xero
from reconciler.mapping.shipped import CUSTOMER
from reconciler.rules import conditions, taking, wording
from reconciler.rules.checking import faults
from reconciler.rules.document import Node, node, read

FORMAT = 1
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_FIELDS = 200
_FIELD: Mapping[str, taking.Taker] = {
    "salesforce": taking.salesforce_name,
    "xero": taking.xero_name,
    "comparison": taking.one_of(*COMPARISONS),
    "flow": taking.member_of(Flow),
    "policy": taking.member_of(Policy),
    "blank": taking.member_of(Blank),
    "drift": taking.member_of(Drift),
    "first": taking.or_null(taking.member_of(First)),
    "values": wording.maps,
    "unmapped": taking.member_of(Unmapped),
    "default": wording.defaults,
}
_KIND: Mapping[str, taking.Taker] = {
    "create": taking.member_of(Create),
    "retire": taking.one_of("ask", "none"),
    "suppliers": taking.one_of("leave_out", "include"),
    "first": taking.member_of(First),
    "policy": taking.member_of(Policy),
}
_LIMITS: Mapping[str, taking.Taker] = {
    limit.name: taking.share if limit.name == "updates_share" else taking.whole(0, 1_000_000)
    for limit in fields_of(Limits)
}
_SCHEDULE: Mapping[str, taking.Taker] = {
    "every_minutes": taking.whole(1, 10_080),
    "full_compare": taking.time_of_day,
}


def shipped() -> Rules:
    """The rules a new connection starts with."""
    return Rules(kinds={CUSTOMER.kind: CUSTOMER})


def parse(text: str, base: Rules | None = None) -> Rules:
    """Read a document, or any part of one, over `base` (the shipped rules when None).

    Raises Usage whose `problems` name every fault with its line and path.
    """
    return _merged(read(text), base or shipped())


@lru_cache(maxsize=64)
def understood(document: str) -> Rules:
    """The rules of a kept version; reading YAML would be half the time of a quiet run, and a version never changes."""
    return parse(document)


def revise(rules: Rules, settings: Mapping[str, Any]) -> Rules:
    """The rules with some settings changed, given as a document's plain mappings: {"schedule": {...}}."""
    return _merged(node(settings), rules)


def with_field(rules: Rules, kind: str, key: str, **settings: Any) -> Rules:
    """The rules with one field changed: an arrow turned.  Raises Usage with the reason when it cannot hold."""
    return revise(rules, {"kinds": {kind: {"fields": {key: settings}}}})


def _merged(root: Node, base: Rules) -> Rules:
    problems = Problems()
    takers: dict[str, taking.Taker] = {
        "version": taking.one_of(str(FORMAT)),
        "kinds": lambda child: _kinds(child, base, problems),
        "schedule": lambda child: replace(base.schedule, **taking.settings(child, _SCHEDULE, problems)),
    }
    taken = taking.settings(root, takers, problems)
    rules = replace(base, kinds=taken.get("kinds", base.kinds), schedule=taken.get("schedule", base.schedule))
    for kind in rules.kinds.values():
        for path, sentence in (*faults(kind), *conditions.faults(kind)):
            whole = f"kinds.{kind.kind}.{path}"
            problems.add(f"{replace(root.at(whole), path=whole).place}: {sentence}")
    if problems.found:
        first, rest = problems.found[0], len(problems.found) - 1
        more = f" ({rest} more)" if rest else ""
        raise Usage(f"The rules cannot hold: {first}.{more}", problems=tuple(problems.found))
    return rules


def _kinds(root: Node, base: Rules, problems: Problems) -> Mapping[str, KindRule]:
    takers = {name: partial(_kind, base=rule, problems=problems) for name, rule in base.kinds.items()}
    return {**base.kinds, **taking.settings(root, takers, problems)}


def _kind(root: Node, base: KindRule, problems: Problems) -> KindRule:
    """One kind.  A field that has the kind's policy has not overridden it, so it follows a change of it."""
    takers = {
        **_KIND,
        "opt_in": lambda child: _opt_in(child, base.opt_in, problems),
        "limits": lambda child: replace(base.limits, **taking.settings(child, _LIMITS, problems)),
        "fields": lambda child: child,
    }
    taken = taking.settings(root, takers, problems)
    given = taken.pop("fields", None)
    rule = replace(base, **taken)
    following = [replace(field, policy=rule.policy) if field.policy is base.policy else field for field in base.fields]
    merged = replace(rule, fields=tuple(following))
    return replace(merged, fields=_fields(given, merged, problems)) if given else merged


def _opt_in(root: Node, base: OptIn, problems: Problems) -> OptIn:
    def of_xero(child: Node) -> tuple[str, str]:
        if isinstance(child.content, Mapping):
            given = taking.settings(child, {"group": taking.word}, problems)
            if "group" not in child.content:
                raise ValueError("which group is meant? write {group: NAME}")
            return "group", given.get("group", "")
        return taking.one_of("none", "all")(child), ""

    takers: dict[str, taking.Taker] = {
        "salesforce": taking.salesforce_name,
        "xero": of_xero,
        "criteria": lambda child: conditions.take(child, problems),
    }
    taken = taking.settings(root, takers, problems)
    who, group = taken.get("xero", (base.xero, base.group))
    return OptIn(taken.get("salesforce", base.salesforce), who, group, taken.get("criteria", base.criteria))


def _fields(root: Node, kind: KindRule, problems: Problems) -> tuple[FieldRule, ...]:
    merged = {field.key: field for field in kind.fields}
    for key, child in taking.members(root, problems).items():
        taken = taking.settings(child, _FIELD, problems)
        if key in merged:
            merged[key] = _shaped(merged[key], taken)
        elif not _KEY.fullmatch(key):
            problems.add(f"{child.place}: a field's key is small letters, digits and _, at most 40")
        elif {"salesforce", "xero"} <= taken.keys():
            names = {"salesforce": taken.pop("salesforce"), "xero": taken.pop("xero")}
            merged[key] = _shaped(FieldRule(key, "", "", policy=kind.policy), {**names, **taken})
        else:
            problems.add(f"{child.place}: a field that is new here needs both names: salesforce and xero")
    if len(merged) > _MOST_FIELDS:
        problems.add(f"{root.place}: there are more than {_MOST_FIELDS} fields")
    return tuple(merged.values())


def _shaped(field: FieldRule, taken: Mapping[str, Any]) -> FieldRule:
    """The field with what was taken; at another place in Xero it is another sort of value."""
    place = taken.get("xero", field.xero)
    if place != field.xero:
        members = ADDRESS if place.startswith(f"{xero.ADDRESSES}.") else ()
        field = replace(field, members=members, comparison=xero.COMPARISONS.get(place, "text"))
    settings = {"defaults" if name == "default" else name: value for name, value in taken.items()}
    return replace(field, **settings)
