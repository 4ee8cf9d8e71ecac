"""Whatever is written into the rules is taken whole or refused with line and key; nothing hangs, escapes or swells."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import rules
from reconciler.core import criteria
from reconciler.core.criteria import Group, Operator, Row, met
from reconciler.core.model import Record, Ref, Side
from reconciler.errors import Usage
from reconciler.mapping.shipped import CUSTOMER

pytestmark = pytest.mark.prove

FULL = rules.export(
    rules.parse(
        """
kinds:
  customer:
    opt_in:
      xero: {group: VIP}
      criteria: {all: [{field: name, is: containing, value: Ltd}, {any: [{field: phone, is: filled}]}]}
    fields:
      account_number: {flow: X2S, values: {Gold: [G, GG], Silver: S}, default: {salesforce: Gold}, first: xero}
      billing: {values: {country: {Aotearoa: New Zealand}}, unmapped: pass}
"""
    )
)
WRONG: tuple[Any, ...] = (
    None, "", "x", "off", "~", "*a", "&a", "!!python/object:os.system", "{", "[", "\n", "\t", "9" * 5000, "1e999999999",
    "-1", ".nan", "0x10", "2020-01-01", "(a+)+$", "__class__", "{0.__class__}", "\u202e", "é" * 300,
    [], [[]], ["x"], {}, {"x": "y"}, {"x": {"y": {"z": ["w"]}}}, [{"field": "name"}], True, 1.5, 10**40,
)  # fmt: skip


def places(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every node below the root."""
    below = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, child in below:
        yield (*path, key)
        yield from places(child, (*path, key))


CONTENT = yaml.safe_load(FULL)
ALIKE = {"email", "fax", "name", "shipping", "tax_number", "website"}  # fields that say no more than the others
PLACES = [path for path in places(CONTENT) if not ALIKE & set(map(str, path[:-1]))]


def put(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    target = content
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return content


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_a_wrong_thing_anywhere_is_refused_with_its_line_and_its_key(path: tuple[Any, ...]) -> None:
    for wrong in WRONG:
        text = json.dumps(put(deepcopy(CONTENT), path, wrong), indent=1, ensure_ascii=False)
        try:
            made = rules.parse(text)
        except Usage as refused:
            problems = refused.problems
            assert problems
            assert all(problem.startswith("line ") for problem in problems), problems
            keys = [str(key) for key in path if isinstance(key, str)]
            below = keys[2:] or keys  # what is wrong within a condition is said of the criteria as a whole
            assert any(key in problem for key in below for problem in problems), problems
        else:
            assert rules.parse(rules.export(made)) == made


@pytest.mark.parametrize("path", PLACES[:12], ids=lambda path: ".".join(map(str, path)))
def test_a_key_given_twice_is_named_with_its_line(path: tuple[Any, ...]) -> None:
    twice = "\n".join([*("  " * depth + f"{key}:" for depth, key in enumerate(path[:-1])), ""])
    indent = "  " * (len(path) - 1)
    text = f"{twice}{indent}{path[-1]}: x\n{indent}{path[-1]}: y\n"
    with pytest.raises(Usage) as refused:
        rules.parse(text)
    (problem,) = refused.value.problems
    assert problem.startswith(f"line {len(path) + 1}, column")
    assert f"{path[-1]} is given twice" in problem


@given(
    st.integers(0, len(FULL)),
    st.sampled_from([": ", "{", "}", "[", "'", '"', "*x", "&x", "!t ", "\t", "\n- ", "? ", "%", "\x07"]),
)
@settings(max_examples=400)
def test_a_document_cut_or_spoilt_anywhere_is_taken_or_names_a_line(at: int, junk: str) -> None:
    for text in (FULL[:at], FULL[:at] + junk + FULL[at:]):
        try:
            rules.parse(text)
        except Usage as refused:
            assert all("line " in problem for problem in refused.problems), refused.problems  # noqa: PT017


BOMBS = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (768 << 20, 768 << 20))
resource.setrlimit(resource.RLIMIT_CPU, (40, 40))
from datetime import datetime, UTC
from reconciler import rules
from reconciler.core import criteria
from reconciler.core.criteria import Group, Operator, Row
from reconciler.core.model import Record, Ref, Side
from reconciler.errors import Usage
from reconciler.mapping.shipped import CUSTOMER

def customer(content):
    return json.dumps({"kinds": {"customer": content}})

pairs = zip("abcdefgh", "bcdefghi")
laughs = "a: &a [x, x]\\n" + "".join(f"{c}: &{c} [{', '.join(['*' + p] * 9)}]\\n" for p, c in pairs)
row = {"field": "name", "is": "one_of", "value": ["x" * 255] * 100}
bombs = {
    "deep lists": "[" * 100_000,
    "deep maps": "a: " + "{a: " * 60_000,
    "deep blocks": "\\n".join(" " * n + "a:" for n in range(600)),
    "a billion laughs": laughs,
    "an alias of itself": "a: &a [*a]",
    "one megabyte": "# " + "x" * (1 << 20),
    "one megabyte of keys": "\\n".join(f"k{n}: 1" for n in range(100_000)),
    "a quarter of lists": "kinds: [" + "[]," * 85_000 + "]",
    "a quarter of quotes": "'" * 250_000,
    "a quarter of questions": "? " * 120_000,
    "a number without end": customer({"limits": {"creates": "9" * 200_000}}),
    "a share without end": customer({"limits": {"updates_share": "0." + "1" * 200_000}}),
    "an exponent": customer({"limits": {"creates": "1e99999999999"}}),
    "a time without end": '{"schedule": {"full_compare": "' + "1" * 200_000 + '"}}',
    "a field without end": customer({"fields": {"x" * 200_000: {"flow": "off"}}}),
    "a word without end": customer({"fields": {"phone": {"flow": "o" * 200_000}}}),
    "a map without end": customer({"fields": {"phone": {"values": {f"a{n}": f"b{n}" for n in range(9_000)}}}}),
    "deep criteria": customer({"opt_in": {"criteria": None}}).replace("null", '{"all":[' * 5_000),
    "wide criteria": customer({"opt_in": {"criteria": {"any": [{"field": "name", "is": "filled"}] * 5_000}}}),
    "many values": customer({"opt_in": {"criteria": {"field": "name", "is": "one_of", "value": ["x"] * 20_000}}}),
}
for name, text in bombs.items():
    try:
        rules.parse(text)
    except Usage as refused:
        print(name, "|", refused.problems[0][:60].replace("\\n", " "))
    else:
        print(name, "| TAKEN")

# The largest condition that can be saved, on the largest record that can be read.
rows = tuple(Row("name", each, ("(a+)+$" * 42,) * (100 if each is Operator.ONE_OF else 1) if each.takes_value else ())
             for each in Operator)
worst = Group(True, tuple(Group(False, rows * 2) for _ in range(6)))
assert len(criteria.rows(worst)) >= 90
now = datetime(2026, 1, 1, tzinfo=UTC)
record = Record(Ref(Side.XERO, "x"), "customer", "1", now, now, {"name": "a" * 100_000 + "!"})
for _ in range(200):
    criteria.met(worst, record, {})
print("judged")
"""


def test_no_bomb_hangs_or_eats_memory() -> None:
    """In a process of its own that may use 768 MiB and 40 seconds of processor time: it is killed for more."""
    done = subprocess.run([sys.executable, "-c", BOMBS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    *told, judged = done.stdout.strip().splitlines()
    assert judged == "judged"
    assert len(told) == 20
    assert not [line for line in told if "TAKEN" in line]


@pytest.mark.parametrize("operator", [each for each in Operator if each.takes_value])
@pytest.mark.parametrize("value", ["(a+)+$", ".*", "%", "_", "[a-z]*", "\\d", "^", "$(id)", "{{7*7}}", "' OR 1=1 --"])
def test_what_looks_like_a_pattern_is_a_text(operator: Operator, value: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    record = Record(Ref(Side.XERO, "x"), "customer", "1", now, now, {"name": "aaaa 77 zz"})
    found = met(Row("name", operator, (value,)), record, {})
    assert found is (operator is Operator.NOT_EQUAL)
    same = Record(Ref(Side.XERO, "x"), "customer", "1", now, now, {"name": value})
    texts = {Operator.EQUAL, Operator.CONTAINING, Operator.BEGINNING, Operator.ONE_OF}
    assert met(Row("name", operator, (value,)), same, {}) is (operator in texts)


@pytest.mark.parametrize(
    "field", ["__class__", "name.__class__", "{0.__class__}", "name[0]", "fields", "ref.id", "billing.__len__"]
)
def test_no_name_of_a_field_reaches_anything_but_a_field(field: str) -> None:
    text = json.dumps({"kinds": {"customer": {"opt_in": {"criteria": {"field": field, "is": "filled"}}}}})
    with pytest.raises(Usage, match=r"not shared|no part called"):
        rules.parse(text)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    record = Record(Ref(Side.XERO, "x"), "customer", "1", now, now, {"name": "A"})
    members = {each.key: each.members for each in CUSTOMER.fields}
    assert not met(Group(False, (Row(field, Operator.FILLED),)), record, members)
    assert criteria.rows(Row(field, Operator.FILLED))
