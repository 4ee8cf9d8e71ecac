"""Where the vendors' own specifications are, if they are anywhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "CONCORD_VENDOR_SPECS"


@pytest.fixture(scope="session")
def vendor_specs() -> Path:
    """The folder with the vendors' specifications, which are no part of this project; without it, say so and skip."""
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.skip(f"answers were not checked against the vendors' specifications: {VARIABLE} names no folder")
    return Path(named)
