"""Reads faults as they are posted: whatever could never be carried out is refused with a sentence, and not found out
by the call that meets it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.simulators.kit.amounts import LARGEST, is_number, is_whole
from reconciler.simulators.kit.fault import NUMBERS, SWITCHES, Effect, Fault
from reconciler.simulators.kit.switches import Switch
from reconciler.simulators.kit.twin import EDIT_KEYS, Refused

MATCH_KEYS = {"method", "path", "nth", "every", "rate", "seed"}
DO_KEYS = {*SWITCHES, *NUMBERS, "status", "headers", "body", "edit", "when"}
BODILESS = (204, 304)
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")


def read(number: int, posted: Any, switches: Mapping[str, Switch]) -> Fault:
    if not isinstance(posted, Mapping) or "do" not in posted or set(posted) - {"match", "times", "do"}:
        raise Refused('A fault is {"match": {...}, "times": n, "do": ...}.')
    match = {} if posted.get("match") is None else posted["match"]
    if not isinstance(match, Mapping) or set(match) - MATCH_KEYS:
        raise Refused(f"A fault's match knows only {', '.join(sorted(MATCH_KEYS))}.")
    if sum(key in match for key in ("nth", "every", "rate")) > 1:
        raise Refused("A fault matches by one of nth, every and rate.")
    nth, every = _whole(match, "nth"), 1 if match.get("every") is True else _whole(match, "every")
    rate = match.get("rate")
    if rate is not None and not is_number(rate, 0, 1):
        raise Refused("rate is a number from 0 to 1.")
    return Fault(
        id=number,
        posted=dict(posted),
        methods=_methods(match.get("method")),
        path=_pattern(match.get("path")),
        nth=nth,
        every=every,
        rate=rate,
        dice=random.Random(f"{match.get('seed', 0)}"),
        times=_whole(posted, "times") or (1 if nth else None),
        effect=_effect(posted["do"], switches),
    )


def _methods(given: Any) -> frozenset[str]:
    """One or several; none means any."""
    listed = given if isinstance(given, list | tuple) else () if given is None else (given,)
    if not all(isinstance(each, str) for each in listed):
        raise Refused("method is the name of one, or a list of several.")
    return frozenset(each.upper() for each in listed)


def _pattern(text: Any) -> re.Pattern[str]:
    try:
        return re.compile("" if text is None else text)
    except (re.error, TypeError) as error:
        raise Refused(f"The path of a fault is a regular expression: {error}.") from error


def _effect(do: Any, switches: Mapping[str, Switch]) -> Effect:
    if isinstance(do, str) and do in switches:
        return replace(_effect(switches[do].do, switches), switch=do)
    if not isinstance(do, Mapping) or not do or set(do) - DO_KEYS:
        known = sorted((DO_KEYS - {"when", "headers", "body"}) | set(switches))
        raise Refused(f"A fault does one of {', '.join(known)}.")
    if not all(isinstance(do[key], bool) for key in SWITCHES if key in do):
        raise Refused(f"{', '.join(SWITCHES)} are true or false.")
    if do.get("when", "before") not in ("before", "after"):
        raise Refused('An edit happens "before" or "after" the call.')
    if "when" in do and "edit" not in do:
        raise Refused("Only an edit has a when.")
    if "edit" in do and (not isinstance(do["edit"], Mapping) or set(do["edit"]) - set(EDIT_KEYS)):
        raise Refused("An edit is the body of /_sim/edit.")
    for key in NUMBERS:
        if key in do and not is_number(do[key], 0, LARGEST):
            raise Refused(f"{key} is a number from 0 to {LARGEST}.")
    return Effect(**{**do, "status": _status(do), "headers": _headers(do.get("headers", {}))})


def _status(do: Mapping[str, Any]) -> int | None:
    """An answer without a status of its own is a good one."""
    status = do.get("status", 200 if "body" in do else None)
    if ("status" in do or status is not None) and not is_whole(status, 200, 599):
        raise Refused("A status is a whole number from 200 to 599.")
    if status in BODILESS and (do.get("body") not in (None, "") or do.get("html")):
        raise Refused("An answer of status 204 or 304 has no body.")
    return status


def _headers(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping) or any(isinstance(value, list | Mapping) for value in given.values()):
        raise Refused("The headers of a fault are an object of names and texts.")
    headers = {name: str(value) for name, value in given.items()}
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise Refused(f"{name!r} with {value!r} is no header that can be sent.")
    return headers


def _whole(source: Mapping[str, Any], key: str) -> int | None:
    value = source.get(key)
    if value is not None and not is_whole(value, 1):
        raise Refused(f"{key} is a whole number from 1.")
    return value
