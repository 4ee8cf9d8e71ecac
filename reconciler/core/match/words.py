"""Words of names that are typed in several ways: abbreviations, British and American English, spelled-out umlauts.

For finding and comparing only.  A word stands here when its short form means nothing else in a company's name.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ONE_WORD = """
    international intl int'l internat | manufacturing mfg manuf | services svcs | service svc | brothers bros
    engineering engg engr eng | management mgmt mgt | technologies tech techs | construction constr constn
    distribution distrib distr | maintenance maint | national natl nat'l | development dev devt | developments devs
    associates assoc assocs | association assn | consulting consultg consltg | consultants conslt | laboratories labs
    laboratory lab | pharmaceuticals pharma pharm | equipment equip eqpt | transportation transp | university univ
    government govt | department dept | insurance insur | industries inds indus | properties props | property prop
    communications comms | systems syst | solutions solns | solution soln | products prods | electrical elec
    refrigeration refrig | automotive autom | holdings hldgs | holding hldg | group grp | centre center ctr cntr
    theatre theater | tyres tires | jewellery jewelry | colour color | harbour harbor | grey gray | catalogue catalog
    and und et og och | mount mt
"""
_FORMS = {
    word: group.split()[0] for line in _ONE_WORD.splitlines() for group in line.split("|") for word in group.split()
}
_UMLAUT = re.compile("(?<=[aou])e|(?<=a)a")
_SHORTEST_SPELLED = 5  # Joe is not Jo


def settled(name: str) -> str:
    """A name's key with one form of each word."""
    return " ".join([_word(word) for word in name.split()])


@lru_cache(maxsize=16_384)
def _word(word: str) -> str:
    word = _FORMS.get(word, word)
    return word if len(word) < _SHORTEST_SPELLED else _UMLAUT.sub("", word)
