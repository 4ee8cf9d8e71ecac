"""What docs/deploy promises: the server takes the application, and units and image start what exists."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "docs" / "deploy"


def test_the_server_takes_the_application(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "CONCORD_DATABASE_URL": f"sqlite:///{tmp_path}/concord.db",
        "CONCORD_INSTANCE": str(tmp_path),
    }
    command = [sys.executable, "-m", "gunicorn", "--check-config", "wsgi:app"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("*.service")), ids=lambda path: path.stem)
def test_a_unit_runs_as_a_user_without_rights_and_may_write_its_folder_only(unit: Path) -> None:
    settings = dict(re.findall(r"^(\w+)=(.*)$", unit.read_text("utf-8"), flags=re.MULTILINE))
    assert settings["User"] == "concord"
    assert settings["NoNewPrivileges"] == "true"
    assert settings["ProtectSystem"] == "strict"
    assert settings["ReadWritePaths"] == "/srv/concord/instance"


def test_the_image_takes_what_exists_and_gives_up_its_rights() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    for sources in re.findall(r"^COPY (.+) \S+$", text, flags=re.MULTILINE):
        for source in sources.split():
            assert (ROOT / source).exists(), source
    assert text.index("USER concord") < text.index('CMD ["gunicorn"')
