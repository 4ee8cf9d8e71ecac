"""Both windows' pages for the one who tries things out: calls as they arrive, and faults to switch on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from reconciler.simulators.kit.faults import Faults
from reconciler.simulators.kit.fit import Rig

WHICH = {"any": "any call", "GET": "a call that reads", "write": "a call that writes"}
MOST_TIMES = 1000

Page = Callable[..., str]


def add_workshop(blueprint: Blueprint, rig: Rig, path: str, page: Page, more: Callable[[str], None]) -> None:
    """Hang the pages on a window; `path` is where the API lives, `more` carries out choices of the vendor's own."""

    @blueprint.get("/window/calls")
    def calls() -> str:
        watching = request.args.get("watch") == "yes"
        return page("calls", "Recent calls", calls=rig.calls.recent(), summary=rig.calls.summary(), watching=watching)

    @blueprint.get("/window/faults")
    def faults() -> str:
        return page("faults", "Faults", switches=rig.faults.switches, which=WHICH, posted=shown(rig.faults))

    @blueprint.post("/window/faults")
    def switch() -> Response:
        chosen = request.form.get("fault", "")
        if chosen in rig.faults.switches:
            rig.faults.post([asked(request.form, chosen, path)])
        elif chosen == "clear":
            rig.faults.clear()
        else:
            more(chosen)
        return redirect(url_for("window.faults"), code=303)


def asked(form: Mapping[str, str], switch: str, path: str) -> dict[str, Any]:
    """The form as a fault to post: the next so many calls of the kind chosen."""
    times = form.get("times", "")
    match: dict[str, Any] = {"path": path}
    methods = {"GET": ["GET"], "write": ["POST", "PUT", "PATCH", "DELETE"]}.get(form.get("which", ""))
    if methods:
        match["method"] = methods
    return {"match": match, "times": min(MOST_TIMES, max(1, int(times[:9]))) if times.isdecimal() else 1, "do": switch}


def shown(faults: Faults) -> list[dict[str, Any]]:
    """What is switched on, in words where a name was chosen."""
    rows = []
    for fault in faults.listing():
        do, match = fault["do"], fault.get("match") or {}
        named = faults.switches[do].sentence if isinstance(do, str) else " and ".join(do)
        method = match.get("method", "any call")
        calls = " ".join(method) if isinstance(method, list) else method
        rows.append({"what": named, "calls": calls, "path": match.get("path", ""), **fault})
    return rows
