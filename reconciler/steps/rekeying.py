"""Keys that were made another way find nobody: after a change of how they are made, they are made anew, once.

In pieces, each a transaction of its own.  The connection notes the new way last, so that whoever is killed in between
begins again; nothing else looks for partners meanwhile, since the run holds the lease.
"""

from __future__ import annotations

from reconciler.core.match.finding import FOLDING
from reconciler.steps.context import Context
from reconciler.store import connections, keys


def rekey(ctx: Context) -> None:
    """Make the keys of a connection anew if they were made another way."""
    if ctx.connection.keys_version == FOLDING:
        return
    left = True
    while left:
        ctx.lease.keep(ctx.request_timeout)
        with ctx.writing() as db:
            left = keys.drop_some(db, ctx.connection.id)
    after: int | None = 0
    while after is not None:
        ctx.lease.keep(ctx.request_timeout)
        with ctx.writing() as db:
            after = keys.put_some(db, ctx.connection.id, after)
    with ctx.writing() as db:
        connections.keys_made(db, ctx.connection.id, FOLDING)
