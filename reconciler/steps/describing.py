"""Describe: what Salesforce says its columns hold goes before the lengths that are standard.

Asked at each full compare, and when a column is shared that was never asked about; what was told holds in between.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from reconciler.core.model import Side
from reconciler.core.plan import CannotHold
from reconciler.errors import Refusal
from reconciler.mapping.limits import Shapes
from reconciler.mapping.salesforce import columns
from reconciler.ports import Describing
from reconciler.steps.context import Context
from reconciler.store import shapes


def by(cannot_hold: Callable[..., Refusal | None], described: Shapes) -> CannotHold:
    """The same judge, who knows this organisation."""
    return partial(cannot_hold, shapes=described) if described else cannot_hold


def describe(ctx: Context, *, full: bool) -> None:
    """One call for each kind, or none."""
    wanted = {column for rule in ctx.rules.kinds.values() for field in rule.fields for column in columns(field)}
    with ctx.engine.connect() as db:
        before = shapes.asked(db, ctx.connection.id)
    gateway = ctx.gateways[Side.SALESFORCE]
    if not isinstance(gateway, Describing) or (not full and wanted <= before.keys()):
        return
    ctx.lease.keep(ctx.request_timeout)
    told = {name: shape for kind in ctx.rules.kinds for name, shape in gateway.shapes(kind).items()}
    with ctx.writing() as db:
        shapes.keep(db, ctx.connection.id, {name: told.get(name) for name in wanted})
    ctx.cannot_hold = by(ctx.cannot_hold, {name: told[name] for name in wanted & told.keys()})
