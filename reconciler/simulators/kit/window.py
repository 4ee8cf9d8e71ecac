"""Skeleton of the person's window: one template to extend, two tables to include, one stylesheet.

A page extends `window/base.html`, which wants `vendor` and `title`, shows `notice` and `problem`, and has blocks `nav`
and `main`; `window/_calls.html` (calls, summary) and `window/_faults.html` (posted) are there to include.  Pages live
at / and under /window/, where the gate neither counts nor faults.  The pages themselves are the twins' own.

No script and no inline style is needed, so both are forbidden; and no other site's page may post a form here.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

POLICY = "default-src 'self'; script-src 'none'; frame-ancestors 'none'"


def skeleton() -> Blueprint:
    blueprint = Blueprint(
        "skeleton", __name__, template_folder="templates", static_folder="static", static_url_path="/window/static"
    )
    blueprint.before_app_request(_refuse_other_sites)
    blueprint.after_app_request(_forbid_scripts)
    return blueprint


def _refuse_other_sites() -> None:
    """Browsers say where a request comes from; programs say nothing, and are let in."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        abort(403)


def _forbid_scripts(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", POLICY)
    return response
