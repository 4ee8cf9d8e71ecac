"""Mail: each change told once, one letter a day, a mail server that is down in nobody's way, no name of a customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import Engine, delete, update
from sqlalchemy.orm import Session

from reconciler.commands import work
from reconciler.core.model import Side
from reconciler.errors import Denied, Unavailable, Usage
from reconciler.mail import Postman, post, send_test
from reconciler.queries import notices
from reconciler.settings import load
from reconciler.store.database import make_engine
from reconciler.store.tables import (
    AccessRow,
    ConflictRow,
    MailingRow,
    PlanRow,
    QuestionRow,
    RejectionRow,
    RunRow,
    SideRow,
)
from tests.adapters.clocks import SteppedClock
from tests.engine.bench import Bench, make_database
from tests.mail.server import Mailbox, mail_server
from tests.portal import world
from tests.portal.conftest import filled

__all__ = ["filled"]


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(world.NOW)


@pytest.fixture
def engine(tmp_path, filled) -> Iterator[Engine]:
    """A copy of the portal's world, in order: nothing is held, and every connection gets through."""
    copy = tmp_path / "concord.db"
    copy.write_bytes(filled.read_bytes())
    engine = make_engine(f"sqlite:///{copy}")
    with engine.begin() as db:
        db.execute(update(PlanRow).values(status="done"))
    yield engine
    engine.dispose()


def postman(box: Mailbox, engine: Engine, clock: SteppedClock, **more: str) -> Postman:
    settings = {
        "CONCORD_SMTP_URL": f"smtp://127.0.0.1:{box.port}",
        "CONCORD_MAIL_FROM": "concord@example.org",
        "CONCORD_MAIL_TO": "ada@example.org, rui@example.org",
        "CONCORD_PUBLIC_URL": "https://concord.example.org/",
        "CONCORD_MAIL_DIGEST_AT": "23:00",
    }
    return Postman(post(load(settings | more)), engine, clock)


def hold(engine: Engine, *, held: bool = True) -> None:
    with engine.begin() as db:
        db.execute(update(PlanRow).where(PlanRow.id == 2).values(status="held" if held else "approved"))


def ended(engine: Engine, clock: SteppedClock, status: str, problem: str = "") -> None:
    """A run that has just ended so."""
    with Session(engine) as session:
        report = world.report(problem=problem)
        session.add(
            RunRow(
                connection_id=1, asked_at=clock.now(), started_at=clock.now(), finished_at=clock.now(),
                status=status, report=report,
            )
        )  # fmt: skip
        session.commit()


def subjects(box: Mailbox) -> list[str]:
    return [str(letter["Subject"]) for letter in box.letters]


def text(letter: EmailMessage) -> str:
    return str(letter.get_content())


def test_a_stopped_sync_is_told_once_with_a_link_and_so_is_that_all_is_well(box, engine, clock) -> None:
    man = postman(box, engine, clock)
    assert man.look() == 0
    hold(engine)
    assert [man.look() for _ in range(5)] == [1, 0, 0, 0, 0]
    assert "https://concord.example.org/c/1/plans/2" in text(box.letters[0])
    assert "creates: 140 found, 100 allowed" in text(box.letters[0])
    hold(engine, held=False)
    assert [man.look() for _ in range(3)] == [1, 0, 0]
    assert subjects(box) == [
        "Concord: Northwind: stopped, waits for your approval",
        "Concord: Northwind is well again",
    ]


@pytest.mark.prove
def test_a_restart_and_a_second_scheduler_tell_nothing_twice(box, engine, clock) -> None:
    hold(engine)
    assert sum(postman(box, engine, clock).look() for _ in range(4)) == 1


@pytest.mark.prove
def test_it_goes_to_everybody_from_the_sender_and_says_that_a_machine_wrote_it(box, engine, clock) -> None:
    hold(engine)
    postman(box, engine, clock).look()
    (letter,) = box.letters
    assert letter["From"] == "concord@example.org"
    assert len(box.recipients) == 2
    assert letter["Auto-Submitted"] == "auto-generated"


@pytest.mark.prove
def test_a_sign_in_that_is_refused_is_told_until_a_sync_has_used_a_new_one(box, engine, clock) -> None:
    man = postman(box, engine, clock)
    with Session(engine) as session:
        access = AccessRow(side="xero", signed_out_at=clock.now(), signed_out_because="refused")
        session.add(access)
        session.flush()
        session.get_one(SideRow, (1, "xero")).access_id = access.id
        session.commit()
    ended(engine, clock, "unavailable", "denied")
    assert man.look() == 1
    assert "Xero no longer lets Concord in" in text(box.letters[0])
    with engine.begin() as db:
        db.execute(update(AccessRow).values(signed_out_at=None))
    assert man.look() == 0
    ended(engine, clock, "done")
    assert man.look() == 1
    assert subjects(box)[-1].endswith("is well again")


@pytest.mark.prove
def test_calls_that_are_spent_are_told_once_a_day_of_them(box, engine, clock) -> None:
    man = postman(box, engine, clock)
    for _ in range(3):
        ended(engine, clock, "unavailable", "spent")
        man.look()
    ended(engine, clock, "done")
    man.look()
    assert subjects(box) == ["Concord: Northwind: no calls left for today", "Concord: Northwind is well again"]


@pytest.mark.prove
def test_a_side_that_fails_now_and_then_is_not_worth_a_mail_but_an_hour_of_it_is(box, engine, clock) -> None:
    man = postman(box, engine, clock)
    for _ in range(4):
        ended(engine, clock, "unavailable")
        assert man.look() == 0
        clock.advance(14 * 60)
    clock.advance(10 * 60)
    assert man.look() == 1
    assert subjects(box) == ["Concord: Northwind: no sync has got through for a while"]


@pytest.mark.prove
def test_a_second_fault_is_told_beside_one_that_is_known(box, engine, clock) -> None:
    man = postman(box, engine, clock)
    hold(engine)
    man.look()
    ended(engine, clock, "unavailable", "spent")
    man.look()
    hold(engine, held=False)
    assert man.look() == 0  # one of two is gone: not well yet
    ended(engine, clock, "done")
    man.look()
    assert [each.rpartition(": ")[2] for each in subjects(box)[:2]] == [
        "stopped, waits for your approval",
        "no calls left for today",
    ]
    assert len(box.letters) == 3


def test_one_letter_a_day_says_what_waits_and_on_a_day_without_none_comes(box, engine, clock) -> None:
    man = postman(box, engine, clock, CONCORD_MAIL_DIGEST_AT="10:00")
    assert man.look() == 0  # begun at half past nine
    clock.advance(3600)
    assert [man.look() for _ in range(3)] == [1, 0, 0]
    (letter,) = box.letters
    assert letter["Subject"] == "Concord: 5 things wait for a person"
    assert "3 conflicts to decide: https://concord.example.org/c/1/review" in text(letter)
    with engine.begin() as db:
        for table in (ConflictRow, QuestionRow, RejectionRow):
            db.execute(delete(table))
    clock.advance(24 * 3600)
    assert man.look() == 0
    clock.advance(24 * 3600)
    assert man.look() == 0


@pytest.mark.prove
def test_what_is_put_off_is_not_in_the_days_letter(box, engine, clock) -> None:
    man = postman(box, engine, clock, CONCORD_MAIL_DIGEST_AT="10:00")
    man.look()
    with Session(engine) as session:
        until = clock.now() + timedelta(days=2)
        work.snooze(session, "conflict", 1, until, by="Rui", now=clock.now())
    clock.advance(3600)
    man.look()
    assert "2 conflicts to decide" in text(box.letters[0])


def test_a_mail_server_that_is_down_is_shown_and_tried_again_at_the_next_look(box, engine, clock) -> None:
    man = postman(box, engine, clock)
    hold(engine)
    box.busy = True
    assert man.look() == 0
    with Session(engine) as session:
        found = notices.mail_state(session)
    assert found.failed_at == clock.now()
    assert "did not take a letter" in found.fault
    box.busy = False
    clock.advance(20)
    assert man.look() == 1
    with Session(engine) as session:
        found = notices.mail_state(session)
    assert (found.sent_at, found.failed_at) == (clock.now(), None)


@pytest.mark.prove
def test_nobody_at_the_mail_server_is_no_error_of_ours(engine, clock) -> None:
    with mail_server() as box:
        pass
    hold(engine)
    assert postman(box, engine, clock).look() == 0


@pytest.mark.prove
def test_a_process_that_died_while_sending_leaves_the_letter_to_another_for_a_while(box, engine, clock) -> None:
    man = postman(box, engine, clock)
    man.look()
    hold(engine)
    with engine.begin() as db:
        mine = update(MailingRow).where(MailingRow.name == "connection 1")
        db.execute(mine.values(held_until=clock.now() + timedelta(minutes=5)))
    assert man.look() == 0
    clock.advance(301)
    assert man.look() == 1


@pytest.mark.prove
def test_the_same_letter_sent_twice_by_a_crash_bears_the_same_id(box, engine, clock) -> None:
    hold(engine)
    postman(box, engine, clock).look()
    with engine.begin() as db:
        db.execute(update(MailingRow).values(told=[], serial=0))
    postman(box, engine, clock).look()
    assert len({str(letter["Message-ID"]) for letter in box.letters}) == 1


def test_no_letter_names_a_customer_or_holds_a_value_of_one(box, engine, clock) -> None:
    man = postman(box, engine, clock, CONCORD_MAIL_DIGEST_AT="10:00")
    man.look()
    hold(engine)
    ended(engine, clock, "unavailable", "spent")
    clock.advance(3600)
    assert man.look() == 2
    told = " ".join(subjects(box) + [text(letter) for letter in box.letters])
    for name in (*world.NAMES, "+64", "ar@example.com", "Queen Street"):
        assert name not in told


def test_a_password_is_given_to_the_mail_server_and_shown_to_nobody(box, engine, clock) -> None:
    man = postman(box, engine, clock, CONCORD_SMTP_URL=f"smtp://concord:s%40cret@127.0.0.1:{box.port}")
    send_test(man.post, clock.now())
    assert box.logins == ["\0concord\0s@cret"]
    assert "s@cret" not in repr(man)
    assert subjects(box) == ["Concord: a test"]


@pytest.mark.prove
def test_encryption_that_is_offered_and_fails_sends_nothing_in_the_clear(box, engine, clock) -> None:
    box.starttls = True
    with pytest.raises(Unavailable):
        send_test(postman(box, engine, clock).post, clock.now())
    assert box.letters == []


@pytest.mark.prove
def test_a_recipient_that_is_turned_away_is_said(box, engine, clock) -> None:
    box.unknown = "rui@"
    with pytest.raises(Unavailable, match="refused 1 of the recipients"):
        send_test(postman(box, engine, clock).post, clock.now())


@pytest.mark.prove
@pytest.mark.parametrize(
    "wrong",
    [{"CONCORD_SMTP_URL": "imap://x"}, {"CONCORD_MAIL_TO": " , "}, {"CONCORD_MAIL_FROM": ""},
     {"CONCORD_MAIL_DIGEST_AT": "noon"}, {"CONCORD_SMTP_URL": "smtp://x:port"}],
)  # fmt: skip
def test_mail_settings_that_cannot_be_used_are_said(box, engine, clock, wrong: dict[str, str]) -> None:
    with pytest.raises(Usage):
        postman(box, engine, clock, **wrong)


@pytest.mark.prove
def test_without_a_mail_server_nothing_is_sent_and_a_test_says_so(engine, clock) -> None:
    man = Postman(post(load({})), engine, clock)
    assert man.look() == 0
    with pytest.raises(Usage, match="No mail server"):
        send_test(man.post, clock.now())


def test_a_run_that_a_side_refuses_to_serve_says_denied_whatever_kind_of_denial() -> None:
    """A sign-in that is refused for good is a kind of its own, and a denial like any other."""

    class SignedOut(Denied):
        """As the adapters raise it."""

    engine = make_database()
    bench = Bench(engine)
    bench.gateways[Side.XERO].hooks.fail_next = SignedOut("No.", side="xero")
    report = bench.run()
    assert (report["status"], report["problem"]) == ("unavailable", "denied")
    engine.dispose()


def test_the_time_of_the_daily_letter_is_of_the_same_zone_as_the_clock() -> None:
    from reconciler.core.notices import digest_time

    now = datetime.fromisoformat("2026-03-01T06:59:00+00:00")
    at = post(load({"CONCORD_SMTP_URL": "smtp://h", "CONCORD_MAIL_FROM": "a", "CONCORD_MAIL_TO": "b"}))
    assert at is not None
    assert digest_time(at.digest_at, now).isoformat() == "2026-02-28T07:00:00+00:00"
