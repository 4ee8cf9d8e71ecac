"""The documents as tests: what the README and the others say about the product is what the product does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import reconciler
from reconciler.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PICTURES = ROOT / "docs" / "pictures"

# Words of the code that mean something else, or nothing, to those who read screens (the README's glossary).
NEVER_ON_SCREENS = ("settle", "adopt", "retire", "tombstone", "watermark", "delta", "digest", "baseline")


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def settings_table() -> str:
    """Write the README's table from the declared settings."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default else ""
        rows.append(f"| `CONCORD_{setting.name}` | {default} | {setting.meaning} |")
    return "\n".join(rows)


def visible_text(template: str) -> str:
    """Strip a template of everything that is not read on a screen."""
    for hidden in (r"\{#.*?#\}", r"\{%.*?%\}", r"\{\{.*?\}\}", r"<!--.*?-->", r"<(script|style)\b.*?</\1>", r"<[^>]*>"):
        template = re.sub(hidden, " ", template, flags=re.DOTALL)
    return template


def test_the_settings_table_is_what_the_code_declares() -> None:
    found = re.search(r"<!-- settings:.*?-->\n(.*?)\n<!-- end of settings -->", read("README.md"), flags=re.DOTALL)
    assert found is not None
    assert found.group(1) == settings_table(), f"The README should say:\n{settings_table()}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"(?<!!)\[[^\]]+\]\(([^)#]+)[^)]*\)", document.read_text("utf-8")):
        assert "://" in target or (document.parent / target).exists(), target


@pytest.mark.skipif(not PICTURES.exists(), reason="no pictures taken yet")
def test_the_pictures_are_the_ones_that_are_shown() -> None:
    named = set(re.findall(r"docs/pictures/([\w.-]+\.png)", read("README.md")))
    assert named <= {path.name for path in PICTURES.iterdir()}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(document: Path) -> None:
    for name in re.findall(r"`((?:reconciler|portal|docs|migrations|tests)/[\w./-]+)`", document.read_text("utf-8")):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_of_dev_that_is_named_exists(document: Path) -> None:
    known = set(re.findall(r'^    "(\w+)": \w+,$', read("dev"), flags=re.MULTILINE))
    assert known >= {"demo", "test", "check", "prove"}
    assert set(re.findall(r"\./dev (\w+)", document.read_text("utf-8"))) <= known


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_setting_that_is_named_is_declared(document: Path) -> None:
    declared = {f"CONCORD_{setting.name}" for setting in SETTINGS}
    named = set(re.findall(r"\bCONCORD_[A-Z_]+[A-Z]", document.read_text("utf-8")))
    assert {name.removesuffix("_FILE") for name in named} - {"CONCORD_PYTHON", "CONCORD_VENDOR_SPECS"} <= declared


def test_the_changelog_opens_with_the_version_that_runs() -> None:
    versions = re.findall(r"^## (\S+)", read("CHANGELOG.md"), flags=re.MULTILINE)
    assert versions[0] == reconciler.__version__


def test_the_readme_runs_what_the_continuous_checks_run() -> None:
    steps = re.search(r"for step in ([\w ]+); do", read(".ci/run"))
    assert steps is not None
    assert "test" in steps.group(1).split()
    assert "./dev test" in read("README.md")


def test_the_words_of_the_code_stay_off_the_screens() -> None:
    templates = sorted((ROOT / "portal").rglob("*.html"))
    assert templates
    for template in templates:
        words = set(re.findall(r"[a-z]+", visible_text(template.read_text("utf-8")).lower()))
        for word in NEVER_ON_SCREENS:
            assert not {word, word + "s", word + "d", word + "ed"} & words, f"{template}: {word}"


@pytest.mark.parametrize("word", [word for word in NEVER_ON_SCREENS if word != "digest"])
def test_a_word_that_stays_off_the_screens_is_explained(word: str) -> None:
    glossary = read("README.md").partition("## Words")[2]
    assert re.search(rf"^\| [^|]*\b{word}\b", glossary, flags=re.MULTILINE), word
