"""Takes the README's pictures from a running demonstration.

    ./dev demo                                        (in another terminal; it prints the password)
    .venv/bin/python docs/pictures.py PASSWORD [ADDRESS]

Needs Playwright (requirements-dev.txt) and a Chromium on the PATH.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent / "pictures"
SIZE = {"width": 1280, "height": 800}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PICTURES = {"overview": "/", "directions": "/c/1/directions", "review": "/c/1/review?reason=clash"}


def main(password: str, address: str = "http://localhost:8000") -> None:
    """Sign in and take each picture."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_context(viewport=SIZE, color_scheme="light").new_page()  # type: ignore[arg-type]
        sign_in(page, address, password)
        for name, path in PICTURES.items():
            take(page, address + path, FOLDER / f"{name}.png")
        browser.close()


def sign_in(page: Page, address: str, password: str) -> None:
    """Sign in as the demonstration's administrator."""
    page.goto(address)
    page.fill("input[name=name]", "demo")
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")


def take(page: Page, address: str, path: Path) -> None:
    """Take one picture, once the page is at rest."""
    page.goto(address)
    page.wait_for_timeout(500)
    page.screenshot(path=path)


if __name__ == "__main__":
    main(*sys.argv[1:])
