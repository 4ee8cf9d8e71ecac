"""Lines of the log: what happened, to which run and record; never what an exception, a library or a record says."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from reconciler import logs
from reconciler.errors import Usage
from reconciler.settings import load

CANARY = "canary-7f3a"


@pytest.fixture(params=["json", "text"])
def form(request: pytest.FixtureRequest) -> Iterator[str]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure("DEBUG", request.param)
    yield request.param
    root.handlers[:], level = before
    root.setLevel(level)


def test_a_line_names_its_run_connection_and_record(capsys: pytest.CaptureFixture[str], form: str) -> None:
    with logs.about(connection=7, run=41):
        logging.getLogger("reconciler.steps").info("action.refused", extra={"ref": "xero:1", "name_of": CANARY})
    line = capsys.readouterr().err
    if form == "json":
        found = json.loads(line)
        assert (found["event"], found["connection"], found["run"], found["ref"]) == ("action.refused", 7, 41, "xero:1")
    else:
        assert "info action.refused connection=7 run=41 ref=xero:1" in line
    assert CANARY not in line


def fail() -> None:
    """An exception out of another, each with something in its sentence."""
    try:
        dict[str, str]()[CANARY]
    except KeyError as error:
        raise ValueError(CANARY) from error


def test_an_exception_is_told_by_its_kind_and_its_places(capsys: pytest.CaptureFixture[str], form: str) -> None:
    try:
        fail()
    except ValueError:
        logging.getLogger("reconciler").exception("run.failed")
    line = capsys.readouterr().err
    assert "ValueError < KeyError" in line
    assert "test_an_exception_is_told_by_its_kind_and_its_places" in line
    assert CANARY not in line
    assert line.count("\n") == 1


def test_a_library_is_told_by_its_place_and_only_when_something_is_wrong(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    library = logging.getLogger("urllib3.connectionpool")
    library.debug("GET /query?q=%s", CANARY)
    assert capsys.readouterr().err == ""
    library.warning(f"Retrying after {CANARY}")
    line = capsys.readouterr().err
    assert "urllib3.connectionpool" in line
    assert CANARY not in line


def test_a_line_break_makes_no_second_line(capsys: pytest.CaptureFixture[str], form: str) -> None:
    logging.getLogger("reconciler").info("action.refused", extra={"code": "A\nerror forged"})
    assert capsys.readouterr().err.count("\n") == 1


def test_configuring_twice_writes_once(capsys: pytest.CaptureFixture[str], form: str) -> None:
    logs.configure("INFO", form)
    logging.getLogger("reconciler").info("run.ended")
    assert capsys.readouterr().err.count("run.ended") == 1


@pytest.mark.parametrize("wrong", [{"CONCORD_LOG_LEVEL": "LOUD"}, {"CONCORD_LOG_FORMAT": "xml"}])
def test_a_level_or_format_that_does_not_exist_is_said(wrong: dict[str, str]) -> None:
    with pytest.raises(Usage):
        load(wrong)
