"""The desk where sides are connected, as the application was given it."""

from __future__ import annotations

from typing import cast

from flask import current_app

from reconciler.commands.desk import Desk


def desk() -> Desk:
    """The vendors, as connecting meets them: the real ones, or those a test handed in."""
    return cast("Desk", current_app.extensions["concord.desk"])
