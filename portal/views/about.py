"""What this is, which version runs, and what the keys and words mean."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

bp = Blueprint("about", __name__, url_prefix="/about")


@bp.get("")
def index() -> ResponseReturnValue:
    return render_template("about.html")
