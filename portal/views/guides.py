"""What to hand to the person with the rights on each side: the guide, and the package for Salesforce."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

import reconciler
from portal import prose
from portal.asking import side
from portal.extensions import db
from reconciler.metadata import package
from reconciler.queries import connections, rules
from reconciler.rules import shipped

bp = Blueprint("guides", __name__, url_prefix="/guides")

FOLDER = Path(reconciler.__file__).parents[1] / "docs"


@bp.get("/<side_name>")
def show(side_name: str) -> ResponseReturnValue:
    path = FOLDER / f"{side(side_name)}.md"
    if not path.is_file():
        abort(404)
    text = path.read_text("utf-8").replace("https://CONCORD", request.host_url.rstrip("/"))
    return render_template("guide.html", name=side_name, text=prose.page(text))


@bp.get("/salesforce/package")
def salesforce_package() -> ResponseReturnValue:
    """For the rules of the first connection, or those that Concord comes with."""
    found = connections.connections(db.session())
    kind = (rules.rules(db.session(), found[0].id) if found else shipped()).kinds["customer"]
    headers = {"Content-Disposition": 'attachment; filename="concord-salesforce.zip"'}
    return Response(package(kind), mimetype="application/zip", headers=headers)
