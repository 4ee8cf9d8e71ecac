"""What the question's page sets side by side."""

from __future__ import annotations

from reconciler.queries import questions
from tests.engine.bench import X


def test_a_question_shows_both_records_field_by_field_and_marks_what_is_equal(bench):
    bench.customer("Aurora Brewing", phone="+64 9 300 1000", email="a@aurora.example")
    bench.customer("Aurora Brewing", X, phone="+64 9 300 2000", email="A@aurora.example")
    bench.run()
    with bench.session() as session:
        (question,) = questions.questions(session, bench.id).rows
        lines = {line.key: line for line in questions.side_by_side(session, question, bench.id)}
    assert set(lines) == {"name", "email", "phone"}
    assert [lines[key].alike for key in ("name", "email", "phone")] == [(True, True), (True, True), (False, False)]
    assert question.details["candidates"][0]["against"] == ["another telephone"]
