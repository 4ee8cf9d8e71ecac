"""Fits a twin's Flask app with everything of the kit.  The only place that knows all its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask

from reconciler.simulators.kit.calls import Calls
from reconciler.simulators.kit.control import control
from reconciler.simulators.kit.faults import Faults
from reconciler.simulators.kit.gate import Dress, Gate
from reconciler.simulators.kit.switches import COMMON, Switch
from reconciler.simulators.kit.twin import Twin
from reconciler.simulators.kit.window import skeleton


@dataclass(frozen=True, slots=True)
class Rig:
    """What hangs on an app beside its twin; at `app.extensions["rig"]`."""

    twin: Twin
    faults: Faults
    calls: Calls


def fit(
    app: Flask,
    twin: Twin,
    *,
    auth: tuple[str, ...],
    uncounted: tuple[str, ...] = (),
    switches: Mapping[str, Switch] = COMMON,
    dress: Dress = lambda _environ, _effect, answer: answer,
) -> Rig:
    """Add /_sim, the skeleton of the window and the gate to an app; `auth`, `uncounted` and `dress` as in `Gate`."""
    rig = Rig(twin, Faults(switches), Calls())
    app.url_map.strict_slashes = False
    app.register_blueprint(control(twin, rig.faults, rig.calls))
    app.register_blueprint(skeleton())
    app.extensions["rig"] = rig
    app.wsgi_app = Gate(  # type: ignore[method-assign]
        app.wsgi_app,
        twin=twin,
        routes=app.url_map,
        faults=rig.faults,
        calls=rig.calls,
        auth=auth,
        uncounted=uncounted,
        dress=dress,
    )
    return rig
