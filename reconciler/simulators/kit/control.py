"""The blueprint under /_sim: how tests and scripts steer a twin.  Knows any `Twin`, and no vendor."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from reconciler.simulators.kit.amounts import is_number, is_whole
from reconciler.simulators.kit.calls import Calls
from reconciler.simulators.kit.faults import Faults
from reconciler.simulators.kit.letters import read_json
from reconciler.simulators.kit.twin import EDIT_KEYS, Refused, Twin

MOST_RECORDS = 1_000_000
"""Of one story: its twin holds them all in memory."""
FARTHEST = 1_000_000_000_000
"""Seconds between the clock and the true time, in either direction; further than any year it shows."""
LARGEST_SEED = 2**63 - 1


def control(twin: Twin, faults: Faults, calls: Calls) -> Blueprint:
    """Build the blueprint; every route is a method of `Control`."""
    blueprint = Blueprint("control", __name__, url_prefix="/_sim")
    blueprint.register_error_handler(Refused, lambda refused: (jsonify(error=str(refused)), 400))
    blueprint.register_error_handler(RecursionError, lambda _: (jsonify(error="That is nested too deeply."), 400))
    routes = Control(twin, faults, calls)
    blueprint.get("/health")(routes.health)
    blueprint.post("/reset")(routes.reset)
    blueprint.get("/calls")(routes.count)
    blueprint.post("/calls/reset")(routes.count_afresh)
    blueprint.post("/clock")(routes.set_clock)
    blueprint.get("/switches")(routes.list_switches)
    blueprint.get("/faults")(routes.list_faults)
    blueprint.post("/faults")(routes.post_faults)
    blueprint.delete("/faults")(routes.clear_faults)
    blueprint.post("/edit")(routes.edit)
    blueprint.get("/state")(routes.state)
    blueprint.get("/settings")(routes.show_settings)
    blueprint.post("/settings")(routes.change_settings)
    blueprint.route("/<path:_rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])(nowhere)
    return blueprint


def nowhere(_rest: str) -> tuple[Response, int]:
    """A slip of the one who steers is told here, and not in a vendor's words."""
    return jsonify(
        error=f"There is no {request.method} {request.path} here; docs/simulators.md lists what there is."
    ), 404


class Control:
    """The routes of the control interface."""

    def __init__(self, twin: Twin, faults: Faults, calls: Calls) -> None:
        self._twin, self._faults, self._calls = twin, faults, calls

    def health(self) -> Response:
        twin = self._twin
        return jsonify(status="ok", name=twin.name, now=twin.clock.now().isoformat(), **twin.about())

    def reset(self) -> Response:
        body = _body("scenario", "records", "seed")
        for key, least, most in (("records", 0, MOST_RECORDS), ("seed", -LARGEST_SEED, LARGEST_SEED)):
            if key in body and not is_whole(body[key], least, most):
                raise Refused(f"{key} is a whole number from {least} to {most}.")
        about = {**self._twin.about(), **body}
        self._twin.reset(str(about["scenario"]), about["records"], about["seed"])
        self._twin.later.clear()
        self._faults.clear()
        self._calls.reset()
        return jsonify(self._twin.about())

    def count(self) -> Response:
        return jsonify(self._calls.summary())

    def count_afresh(self) -> Response:
        self._calls.reset()
        return self.count()

    def set_clock(self) -> Response:
        _set_clock(self._twin, _body("offset_seconds", "now", "frozen", "rate"))
        self._twin.later.run_due()
        return jsonify(now=self._twin.clock.now().isoformat(), frozen=self._twin.clock.frozen)

    def list_switches(self) -> Response:
        return jsonify({name: switch.sentence for name, switch in self._faults.switches.items()})

    def list_faults(self) -> Response:
        return jsonify(self._faults.listing())

    def post_faults(self) -> Response:
        posted = _json()
        if isinstance(posted, Mapping):
            posted = [posted]
        if not isinstance(posted, list):
            raise Refused("Faults are posted as a JSON list.")
        return jsonify(ids=self._faults.post(posted))

    def clear_faults(self) -> Response:
        self._faults.clear()
        return self.list_faults()

    def edit(self) -> Response:
        return jsonify(self._twin.edit(_body(*EDIT_KEYS)))

    def state(self) -> Response:
        kind, within = request.args.get("type", ""), request.args.get("organisation", "")
        return Response(_streamed(kind, self._twin.state(kind, within)), mimetype="application/json")

    def show_settings(self) -> Response:
        return jsonify(self._twin.settings({}))

    def change_settings(self) -> Response:
        return jsonify(self._twin.settings(_body()))


def _json() -> Any:
    """Whatever kind the caller says it is; None for what is no JSON, or could not be sent back."""
    try:
        return read_json(request.get_data(), parse_constant=_no_number)
    except ValueError:
        return None


def _no_number(name: str) -> None:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(name)


def _body(*known: str) -> dict[str, Any]:
    """The object sent; a slip in one of its `known` names, if there are any, is not passed over."""
    body = _json() if request.get_data() else {}
    if not isinstance(body, dict):
        raise Refused("The body must be a JSON object.")
    if known and set(body) - set(known):
        raise Refused(f"The body knows only {', '.join(known)}.")
    return body


def _set_clock(twin: Twin, body: Mapping[str, Any]) -> None:
    offset, now, frozen, rate = (body.get(key) for key in ("offset_seconds", "now", "frozen", "rate"))
    for key, value in (("offset_seconds", offset), ("rate", rate)):
        if value is not None and not is_number(value, -FARTHEST, FARTHEST):
            raise Refused(f"{key} is a number, and no larger than {FARTHEST}.")
    if frozen is not None and not isinstance(frozen, bool):
        raise Refused("frozen is true or false.")
    moment = _moment(now) if now is not None else None
    try:
        twin.clock.set(offset_seconds=offset, now=moment, frozen=frozen, rate=rate)
    except (OverflowError, ValueError) as error:
        raise Refused("The clock shows years from 1971 to 9000, and runs at most 1,000 times as fast.") from error


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise Refused("now is an ISO time, such as 2026-01-31T12:00:00Z.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _streamed(kind: str, records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """One JSON object, written as it is read, 500 records at a time: a hundred thousand would not fit comfortably."""
    yield "{" + json.dumps(kind) + ": ["
    lines: list[str] = []
    first = True
    for record in records:
        lines.append(("" if first else ",\n") + json.dumps(record))
        first = False
        if len(lines) == 500:
            yield "".join(lines)
            lines = []
    yield "".join(lines) + "]}\n"
