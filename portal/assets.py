"""Other people's files that we serve ourselves: htmx, out of its wheel.  No content delivery network is asked."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, url_for

from reconciler import __version__

VERSIONS = {
    "static": __version__,
    "bootstrap.static": version("bootstrap-flask"),
    "vendor.static": version("django-js-lib-htmx"),
}


def init_app(app: Flask) -> None:
    """Serve the wheel's folder, and give every static address its version, so that browsers may keep the file."""
    app.register_blueprint(
        Blueprint("vendor", __name__, static_folder=str(_folder()), static_url_path="/vendor/htmx"),
    )
    app.jinja_env.globals["asset"] = asset


def asset(endpoint: str, filename: str, **values: Any) -> str:
    """The address of a static file, which changes with its version."""
    return url_for(endpoint, filename=filename, v=VERSIONS[endpoint], **values)


def _folder() -> Path:
    # The package is meant for Django; it is found without being imported.
    spec = find_spec("js_lib_htmx")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("htmx is missing: install the requirements.")
    return Path(spec.submodule_search_locations[0]) / "static" / "htmx"
