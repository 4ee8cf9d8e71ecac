"""Values: their canonical form, when two of them are the same value, and the keys by which customers are found.

Read `comparing` first.  Nothing here knows a vendor's field names or limits: that is `reconciler.mapping`.
"""

from reconciler.core.values.comparing import COMPARISONS, canonical, equal, is_blank
from reconciler.core.values.keys import domain_key, email_key, name_key, phone_key, tax_key
from reconciler.core.values.translating import meant, no_word, same, translated

__all__ = [
    "COMPARISONS",
    "canonical",
    "domain_key",
    "email_key",
    "equal",
    "is_blank",
    "meant",
    "name_key",
    "no_word",
    "phone_key",
    "same",
    "tax_key",
    "translated",
]
