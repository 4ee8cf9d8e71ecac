"""States and provinces that are written by name and by code alike, and whether two texts mean the same one.

Only countries in which the code is everyday use; elsewhere a region is text.  Source: ISO 3166-2.
"""

from __future__ import annotations

from reconciler.core.values.text import plain

_STATES = {
    "AU": """ACT Australian Capital Territory|NSW New South Wales|NT Northern Territory|QLD Queensland|
        SA South Australia|TAS Tasmania|VIC Victoria|WA Western Australia""",
    "CA": """AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia|
        NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Québec|SK Saskatchewan|YT Yukon""",
    "US": """AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|
        DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|
        KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|
        MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|
        NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|
        SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|
        WV West Virginia|WI Wisconsin|WY Wyoming""",
}


def _spellings(states: str) -> dict[str, str]:
    known: dict[str, str] = {}
    for entry in states.split("|"):
        code, name = entry.strip().split(" ", 1)
        known[plain(code)] = known[plain(name)] = code
    return known


_CODES = {country: _spellings(states) for country, states in _STATES.items()}


def same_state(a: str, b: str, country: str) -> bool:
    """Whether two texts mean the same state of a country (alpha-2), or of any country when that is ""."""
    one, other = plain(a).replace(".", ""), plain(b).replace(".", "")
    if one == other:
        return True
    tables = [_CODES[country]] if country in _CODES else [] if country else _CODES.values()
    return any(one in codes and codes[one] == codes.get(other) for codes in tables)
