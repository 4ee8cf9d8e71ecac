"""What every twin gets, whatever vendor it stands for.

    clock     Clock     the twin's own time: shifted, set, frozen; stamps and the Date header follow it
    later     Later     work that falls due by that clock (commits that become visible late)
    switches  Switch    named ways for a call to go wrong; each twin adds its own
    fault     Fault     one fault: which calls go wrong, and how; `posted` reads it, `amounts` its numbers
    faults    Faults    the registry of posted faults
    calls     Calls     counts by (method, template, status) and a bounded log for the person's window
    gate      Gate      WSGI layer in front of a twin: counts, faults, latency, cut connections
    control   control   the blueprint under /_sim over anything that is a `Twin`
    window    window    skeleton (template, stylesheet) of the person's window, shared so that both look alike
    signing   signed    tokens as signed JSON, and the key to check them by
    server    Server    one app on one loopback port, in a thread, keep-alive, Date from the twin's clock

A twin is made in four steps:

    twin = MyTwin(clock=Clock(), later=Later(clock), ...)          # satisfies kit.Twin
    app = Flask(__name__); app.register_blueprint(my_routes(twin))
    rig = fit(app, twin, auth=("/connect/",), switches=MINE)     # adds /_sim, the skeleton and the gate
    with Server(app, clock=twin.clock) as server: ...server.url...

`fit` returns the `Rig` (faults, calls), for pages that show them; it is also at `app.extensions["rig"]`.
"""

from __future__ import annotations

from reconciler.simulators.kit.calls import Calls
from reconciler.simulators.kit.clock import Clock
from reconciler.simulators.kit.faults import Faults
from reconciler.simulators.kit.fit import Rig, fit
from reconciler.simulators.kit.later import Later
from reconciler.simulators.kit.server import PortTaken, Server
from reconciler.simulators.kit.twin import Refused, Twin

__all__ = ["Calls", "Clock", "Faults", "Later", "PortTaken", "Refused", "Rig", "Server", "Twin", "fit"]
