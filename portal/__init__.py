"""Concord's web application: knows Flask, knows no sync logic.

Reading order: `factory` (what is put together), `access` (who may), then any file of `views` with its templates.
"""

from __future__ import annotations

from portal.factory import create_app

__all__ = ["create_app"]
