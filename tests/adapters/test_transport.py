"""One exchange: what is repeated, what is in doubt, and what the side's clock says."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
import urllib3

from reconciler.adapters.auth import MemoryTokenStore, TokenSource
from reconciler.adapters.failures import never_left, unreachable
from reconciler.adapters.throttle import Allowance, MemoryBudget
from reconciler.adapters.transport import Exchange, Reply, measure, retry_after
from reconciler.core.model import Side
from reconciler.errors import Denied, Unavailable
from reconciler.ports import Meter
from reconciler.tokens import Token
from tests.adapters.clocks import NOON, SteppedClock


class Plain:
    """A vendor without opinions."""

    def cured_by_new_token(self, reply: Reply) -> bool:
        return b"for ever" not in reply.body

    def allowance(self, headers: Any) -> Allowance:
        return Allowance()

    def turned_away(self, reply: Reply, *, write: bool) -> Unavailable | None:
        return None


class Numbered:
    """Grants token-1, token-2, ..."""

    def __init__(self) -> None:
        self.given = 0

    def request(self, before: Token | None) -> Token:
        self.given += 1
        return Token(f"token-{self.given}")

    def resolve(self, before: Token, began: datetime) -> None:
        """Nothing is ever left unanswered here."""


class Line:
    """An exchange whose answers are laid out beforehand; `tokens` lists what each attempt was signed with."""

    def __init__(self, *replies: Reply | Exception, seconds: float = 0) -> None:
        self.clock, self.tokens, self._replies, self._seconds = SteppedClock(), list[str](), list(replies), seconds
        source = TokenSource(Numbered(), MemoryTokenStore(), self.clock)
        self.exchange = Exchange(
            Side.XERO, tokens=source, budget=MemoryBudget(self.clock), clock=self.clock, dialect=Plain()
        )

    def run(self, *, write: bool = False) -> Reply:
        return self.exchange.run(self._attempt, write=write)

    def _attempt(self, token: Token) -> Reply:
        self.tokens.append(token.access)
        self.clock.advance(self._seconds)
        reply = self._replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def reply(status: int, body: bytes = b"{}", **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def test_an_expired_token_is_renewed_once_and_the_request_repeated() -> None:
    line = Line(reply(401), reply(200))
    assert line.run(write=True).status == 200
    assert line.tokens == ["token-1", "token-2"]
    assert line.exchange.meter.calls == 2


def test_a_second_401_ends_in_words_and_not_in_a_loop() -> None:
    line = Line(reply(401), reply(401), reply(200))
    with pytest.raises(Denied):
        line.run()
    assert line.tokens == ["token-1", "token-2"]


def test_a_401_that_no_token_cures_is_not_repeated() -> None:
    line = Line(reply(401, b"refused for ever"))
    with pytest.raises(Denied):
        line.run()
    assert line.tokens == ["token-1"]


def test_a_write_refused_late_is_not_repeated_under_a_lease_that_may_have_run_out() -> None:
    line = Line(reply(401), reply(200), seconds=11)
    with pytest.raises(Unavailable) as caught:
        line.run(write=True)
    assert not caught.value.sent
    assert line.tokens == ["token-1"]
    late_read = Line(reply(401), reply(200), seconds=11)
    assert late_read.run().status == 200


@pytest.mark.parametrize("status", [500, 502, 503, 504, 301, 302, 307, 406, 420])
def test_a_write_answered_so_may_have_been_carried_out_and_a_reading_leaves_no_doubt(status: int) -> None:
    for write in (True, False):
        line = Line(reply(status, Retry_After="7"))
        with pytest.raises(Unavailable) as caught:
            line.run(write=write)
        assert caught.value.sent is write
        assert caught.value.wait_seconds == 7
        assert len(line.tokens) == 1


def test_too_many_calls_were_not_carried_out() -> None:
    with pytest.raises(Unavailable) as caught:
        Line(reply(429, Retry_After="26")).run(write=True)
    assert not caught.value.sent
    assert caught.value.wait_seconds == 26


def test_an_answer_that_breaks_off_leaves_a_write_in_doubt() -> None:
    line = Line(urllib3.exceptions.ProtocolError("Connection aborted."))
    with pytest.raises(Unavailable) as caught:
        line.run(write=True)
    assert caught.value.sent
    assert line.exchange.meter.calls == 1


def test_what_never_left_is_not_in_doubt_and_costs_no_call() -> None:
    pool = urllib3.connectionpool.HTTPConnectionPool("127.0.0.1", 1)
    line = Line(urllib3.exceptions.NewConnectionError(pool, "refused"))  # type: ignore[arg-type]
    with pytest.raises(Unavailable) as caught:
        line.run(write=True)
    assert not caught.value.sent
    assert line.exchange.meter.calls == 0


def test_a_refused_connection_is_known_never_to_have_left_through_both_libraries() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(requests.ConnectionError) as by_requests:
        requests.post(url, data=b"x", timeout=30)
    with pytest.raises(urllib3.exceptions.HTTPError) as by_urllib3:
        urllib3.PoolManager().request("POST", url, body=b"x", retries=False)
    assert never_left(by_requests.value)
    assert never_left(by_urllib3.value)


def test_a_connection_closed_without_an_answer_may_have_been_heard_through_both_libraries() -> None:
    url, stop = _deaf()
    try:
        with pytest.raises(requests.ConnectionError) as by_requests:
            requests.post(url, data=b"x", timeout=30)
        with pytest.raises(urllib3.exceptions.HTTPError) as by_urllib3:
            urllib3.PoolManager().request("POST", url, body=b"x", retries=False)
    finally:
        stop()
    assert not never_left(by_requests.value)
    assert not never_left(by_urllib3.value)


def test_a_failures_sentence_holds_no_address() -> None:
    error = requests.ConnectionError("HTTPConnectionPool(host='acme.my.salesforce.com'): /query?q=SELECT")
    assert "acme" not in str(unreachable(Side.SALESFORCE, error, write=True))


def test_the_sides_clock_is_measured_within_its_uncertainty() -> None:
    for true_offset in (-301.4, -0.2, 0.0, 0.7, 12.0):
        for fraction in (0.0, 0.25, 0.5, 0.99):
            meter, sent_at = Meter(), NOON + timedelta(seconds=fraction)
            answered = sent_at + timedelta(seconds=0.1 + true_offset)
            measure(meter, answered.replace(microsecond=0), sent_at, 0.2)
            assert meter.offset is not None
            assert abs(meter.offset - true_offset) <= meter.uncertainty


def test_a_sharp_reading_is_not_given_up_for_a_blurred_one_that_agrees() -> None:
    meter = Meter()
    measure(meter, NOON, NOON, 0.1)
    sharp = meter.offset, meter.uncertainty
    measure(meter, NOON, NOON, 30.0)
    assert (meter.offset, meter.uncertainty) == sharp


def test_a_clock_that_jumped_is_believed() -> None:
    meter = Meter()
    measure(meter, NOON, NOON, 0.1)
    measure(meter, NOON + timedelta(seconds=600), NOON, 2.0)
    assert meter.offset is not None
    assert meter.offset > 590


def test_the_time_of_a_reading_is_the_date_of_its_answer() -> None:
    line = Line(reply(200, Date=format_datetime(NOON + timedelta(seconds=90), usegmt=True)))
    line.run()
    assert line.exchange.last.read_at == NOON + timedelta(seconds=90)


@pytest.mark.parametrize(
    ("text", "seconds"), [("26", 26), ("0", 0), ("", None), ("soon", None), ("-5", None), ("²", None)]
)
def test_retry_after_is_a_number_or_nothing(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}) == seconds


def _deaf() -> tuple[str, Any]:
    """A server that reads and hangs up."""
    import threading

    listener = socket.create_server(("127.0.0.1", 0))

    def hear() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)

    thread = threading.Thread(target=hear, daemon=True)
    thread.start()

    def stop() -> None:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()

    return f"http://127.0.0.1:{listener.getsockname()[1]}/", stop
