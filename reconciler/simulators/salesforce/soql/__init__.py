"""The query language: text in, records out.

    lexer    text -> tokens with their places; stream: the way through them
    parser   tokens -> tree (syntax only; MALFORMED_QUERY)
    binder   tree + schema -> a query whose names and types are known to fit (INVALID_FIELD and friends)
    nesting  how deep inner queries go; joins: what the reference forbids around semi-joins; both on the tree
    functions what may be asked of a field in place of its value; column: a bound path and its function
    ordering how ORDER BY ranks values
    search   a bound query + tables -> ids in order, by way of an index where there is one
    answer   ids -> the rows of an answer
    groups   ids -> the rows of an answer that counts and groups

Not spoken: TYPEOF, FOR and WITH clauses, ROLLUP and CUBE, FORMAT, geolocation and currency functions.
"""

from __future__ import annotations
