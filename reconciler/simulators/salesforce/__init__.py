"""Salesforce as a local service: the parts of its REST API and sign-in that an integration of accounts uses.

Layers, from the bottom up, none of which imports one further up:

    schema objects values table soql    what there is, single values, indexed storage, the query language
    org rules recycling writing         the organisation; everything that changes a record goes through `writing`
    tokens quota cursors twin           sign-in, limits, open queries; `SalesforceTwin` ties the state together
    wire rows queries ...               routes: read a request, call the state, answer; they remember nothing
    window                              the same for a person: pages at / and under /window

What is simulated, endpoint by endpoint, stands in docs/simulators.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from reconciler.simulators.kit import Clock, fit
from reconciler.simulators.salesforce.oauth import oauth
from reconciler.simulators.salesforce.rest import add_rest
from reconciler.simulators.salesforce.switches import SWITCHES
from reconciler.simulators.salesforce.twin import SalesforceTwin
from reconciler.simulators.salesforce.window import pages

CLIENTS = {"concord": "concord"}

__all__ = ["CLIENTS", "SalesforceTwin", "create_app"]


def create_app(
    scenario: str = "empty",
    records: int = 0,
    seed: int = 1,
    *,
    clock: Clock | None = None,
    clients: Mapping[str, str] = CLIENTS,
) -> tuple[Flask, SalesforceTwin]:
    """A fresh organisation telling `scenario`, and the app that serves it."""
    twin = SalesforceTwin(clock or Clock(), clients)
    twin.reset(scenario, records, seed)
    app = Flask(__name__, static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    add_rest(app, twin)
    app.register_blueprint(oauth(twin))
    rig = fit(app, twin, auth=("/services/oauth2/", "/id/"), uncounted=("/.well-known/",), switches=SWITCHES)
    app.register_blueprint(pages(twin, rig))
    return app, twin
