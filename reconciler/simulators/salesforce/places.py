"""The state and country picklists an organisation may have switched on.

Which there are is in `atlas`.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.simulators.salesforce.atlas import COUNTRIES, STATES
from reconciler.simulators.salesforce.errors import ApiError


def states() -> Iterator[tuple[str, str, str]]:
    """Each state's code and name, and the countries it is valid for: a bit map over their list, in base 64."""
    for number, country in enumerate(COUNTRIES):
        bits = bytearray(-(-len(COUNTRIES) // 8))
        bits[number // 8] = 0x80 >> number % 8
        for code, name in STATES.get(country, {}).items():
            yield code, name, b64encode(bits).decode()


def placed(prefix: str, written: Mapping[str, Any], record: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
    """Complete what was written of one address: a code brings its text, a text its code; refuse what is in no list.

    Code and text that do not fit are settled by the code in a new record, and refused in one that stands.  A country
    that is taken away takes its state along.
    """
    names = {f"{prefix}{part}" for part in ("Country", "CountryCode", "State", "StateCode")}
    if not names & set(written):
        return {}
    if not any(written.get(name) for name in names) and written.get(f"{prefix}CountryCode", ...) is None:
        return dict.fromkeys(names)
    country = _pick(prefix, "Country", COUNTRIES, written, record)
    states = STATES.get(country or "", {})
    state = _pick(prefix, "State", states, written, record)
    if not new:
        _check_fit(prefix, written, {"Country": (country, COUNTRIES), "State": (state, states)})
    return {
        f"{prefix}CountryCode": country,
        f"{prefix}Country": COUNTRIES.get(country or ""),
        f"{prefix}StateCode": state,
        f"{prefix}State": states.get(state or ""),
    }


def _pick(
    prefix: str, part: str, choices: Mapping[str, str], written: Mapping[str, Any], record: Mapping[str, Any]
) -> str | None:
    """The chosen code: a written code first, then a written text, then what stands."""
    code_name, text_name = f"{prefix}{part}Code", f"{prefix}{part}"
    if written.get(code_name):
        if written[code_name] in choices:
            return str(written[code_name])
        raise _unavailable(code_name, written[code_name], part)
    text = written[text_name] if text_name in written else record.get(text_name)
    if text is None or code_name in written:
        return None
    for code, name in choices.items():
        if _says(text, code, name):
            return code
    raise ApiError("FIELD_INTEGRITY_EXCEPTION", f"{_PROBLEMS[part]}: {_label(text_name)}", [text_name])


def _says(text: str, code: str, name: str) -> bool:
    return text.lower() in (name.lower(), code.lower())


def _check_fit(
    prefix: str, written: Mapping[str, Any], chosen: Mapping[str, tuple[str | None, Mapping[str, str]]]
) -> None:
    for part, (code, choices) in chosen.items():
        name = f"{prefix}{part}"
        if code and written.get(f"{name}Code") and written.get(name) and not _says(written[name], code, choices[code]):
            message = f"A mismatched integration value and ISO code for field: {_label(name)}"
            raise ApiError("FIELD_INTEGRITY_EXCEPTION", message, [name])


_PROBLEMS = {
    "Country": "There's a problem with this country, even though it may appear correct. "
    "Please select a country/territory from the list of valid countries.",
    "State": "There's a problem with this state, even though it may appear correct. "
    "Please select a state from the list of valid states.",
}
_CALLED = {"Country": "country/territory", "State": "state"}


def _label(name: str) -> str:
    """`BillingCountry` as people read it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def _unavailable(name: str, value: str, part: str) -> ApiError:
    message = f"The {name} field contains {value}, which isn't an available {_CALLED[part]}."
    return ApiError("FIELD_INTEGRITY_EXCEPTION", message, [name])
