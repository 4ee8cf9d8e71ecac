"""The settings in force, as Flask wants them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from reconciler import vault
from reconciler.settings import Settings


def flask_config(settings: Settings) -> dict[str, Any]:
    """Turn settings into Flask's configuration; makes the secret key when there is none yet."""
    current, *earlier = vault.secret_keys(settings)
    return {
        "SECRET_KEY": current,
        "SECRET_KEY_FALLBACKS": earlier,
        "METRICS_TOKEN": settings.values["METRICS_TOKEN"],
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True},  # an error that is logged holds no record's values
        "SESSION_COOKIE_NAME": "concord",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        # Counted from sign-in: a page that polls must not keep a session alive for ever.
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "SESSION_REFRESH_EACH_REQUEST": False,
        "WTF_CSRF_TIME_LIMIT": None,  # a token lives as long as its session
        "MAX_CONTENT_LENGTH": 1024 * 1024,
        "MAX_FORM_PARTS": 5_000,  # a full page of conflicts, decided at once
        "BOOTSTRAP_SERVE_LOCAL": True,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),  # every address of a static file carries its version
        "PREFERRED_URL_SCHEME": "https" if settings.secure_cookies else "http",
    }
