"""Whether the portal serves and Concord works: for load balancers, monitoring and scripts, and without a sign-in.

Numbers are told to this machine only, or to whoever shows the token that the settings name.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from portal.clock import now
from portal.extensions import db
from reconciler.queries import health
from reconciler.queries.health import Gauge

bp = Blueprint("health", __name__)

HERE = {"127.0.0.1", "::1"}


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    return {"status": "ok"}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    found = health.readiness(db.session(), now())
    body = {"status": "not ready" if found.faults else "ready", "faults": list(found.faults)}
    return body | {"scheduler_seconds": found.scheduler_seconds}, 503 if found.faults else 200


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    if not _may_see():
        abort(403)
    text = "".join(_lines(health.gauges(db.session(), now())))
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_see() -> bool:
    """A proxy on this machine speaks for others, so what it forwards is not from here."""
    token = current_app.config.get("METRICS_TOKEN") or ""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token:
        return hmac.compare_digest(shown.encode(), token.encode())
    return request.remote_addr in HERE and "X-Forwarded-For" not in request.headers


def _lines(gauges: Iterable[Gauge]) -> Iterator[str]:
    """Prometheus' text format: all samples of one name together, under one heading."""
    by_name: dict[str, list[Gauge]] = {}
    for gauge in gauges:
        by_name.setdefault(gauge.name, []).append(gauge)
    for name, found in by_name.items():
        yield f"# HELP {name} {found[0].help}\n# TYPE {name} gauge\n"
        for gauge in found:
            labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in gauge.labels)
            yield f"{name}{'{' + labels + '}' if labels else ''} {gauge.value:g}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
