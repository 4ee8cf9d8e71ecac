"""The vendors' time stamps as aware times in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

# What a record without a readable stamp is dated: so old that it wins against nothing.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_XERO_DATE = re.compile(r"/Date\((-?\d{1,17})(?:[+-]\d{4})?\)/")


def read(stamp: object) -> datetime:
    """Read `2022-03-17T16:21:26.000+0000`, `/Date(1518685950940+0000)/` or any ISO form; EPOCH when it is none.

    The milliseconds of a /Date are UTC already: an offset behind them is for show and is never added.  An ISO stamp
    without an offset is UTC too, at both vendors.
    """
    if not isinstance(stamp, str):
        return EPOCH
    try:
        if found := _XERO_DATE.fullmatch(stamp):
            return EPOCH + timedelta(milliseconds=int(found[1]))
        time = datetime.fromisoformat(stamp)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return EPOCH
