"""Concord's heart: it keeps Salesforce and Xero in agreement, and runs without Flask.

One run is four steps, and the modules follow them:

    observe   steps/observe.py   both deltas are folded into *last seen*
    decide    core/plan.py       pure: link state and rules in, actions out
    check     core/guard.py      pure: does the plan's effect pass a limit?
    apply     steps/writing.py   journal, send, settle: one action at a time in meaning,
                                 one batch at a time on the wire

Read in this order: `core/model.py` (the words), `core/merge.py` (the rule of three),
`core/plan.py` (what a run means to do), `engine.py` (the run on one screen),
`store/tables/` (what is remembered).
"""

from __future__ import annotations

__version__ = "0.1.0"
