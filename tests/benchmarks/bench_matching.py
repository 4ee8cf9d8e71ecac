"""Matching: as many customers on either side, all of them new; folding them in is counted apart."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.benchmarks.measured import Measured
from tests.engine.bench import make_database
from tests.matching.corpus import make
from tests.matching.scored import match, store

SIZES = (10_000, 25_000, 50_000)


def measure() -> Iterator[Measured]:
    """Seconds of one core for each size, how they grow, and the memory of the largest."""
    took: dict[int, float] = {}
    for size in SIZES:
        corpus, engine = make(size, seed=size), make_database()
        connection, folding = _timed(partial(store, engine, corpus))
        corpus.records.clear()  # the product has them in its database only
        score, matching = _timed(partial(match, engine, connection, corpus))
        engine.dispose()
        took[size] = folding + matching
        promise = "under 60" if size == SIZES[-1] else ""
        yield Measured(f"folding {size:,} against {size:,} new customers", folding, "s")
        yield Measured(f"matching {size:,} against {size:,}", matching, "s", promise)
        yield Measured(f"matching {size:,}: asked", 100 * score.share_asked, "% of records", "under 5")
    least, most = SIZES[0], SIZES[-1]
    grown = took[most] / took[least] / (most / least)
    yield Measured(f"folding and matching one customer, {most:,} against {least:,}", grown, "times as long")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Measured("memory at most, the corpus included", peak, "MiB", "under 1024")


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    return work(), time.process_time() - started
