"""What a WSGI server and `flask --app wsgi` load: the portal and its log, configured from the environment."""

from __future__ import annotations

from portal import create_app
from reconciler import logs
from reconciler.settings import load

settings = load()
logs.configure(settings.log_level, settings.values["LOG_FORMAT"])
logs.catch_the_rest()
app = create_app(settings)
