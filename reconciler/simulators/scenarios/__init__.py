"""The invented organisations behind the scenarios; `reconciler.simulators.scenario` is the only door."""
