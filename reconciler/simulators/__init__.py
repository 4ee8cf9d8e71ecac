"""Salesforce and Xero as local services, for the demo and for tests.

A leaf: nothing here imports the rest of the reconciler, so that one misreading of a vendor cannot hide on both sides
of the wire.  Each twin is three layers: a state that knows nothing of HTTP, routes that hold no state, and the kit
(clock, faults, call counts, control interface, server) that both twins share.

Start reading at `simulate.Pair`, which starts both in threads, or at `kit`, whose docstring lists what a twin gets.
"""

from __future__ import annotations
