"""Every planted fault is found, by the few tests named for it; a fault that survives is a hole in the tests.

`-s` with the long ones prints which faults the model alone finds: that is what the model is worth.
"""

from __future__ import annotations

import pytest

from tests.mutants.mutants import GATEWAYS, MODEL, MUTANTS
from tests.mutants.planting import FAILED, LONGEST, PASSED, ROOT, Copy, Mutant

ENDS = {FAILED: "killed", PASSED: "survived"}


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy.make(tmp_path_factory.mktemp("planted") / "concord")


def test_every_fault_can_still_be_planted() -> None:
    """Its text is there, once; where the product has changed, the fault has to follow."""
    found = {mutant.name: (ROOT / mutant.file).read_text("utf-8").count(mutant.text) for mutant in MUTANTS}
    assert [name for name, count in found.items() if count != 1] == []


def test_there_are_faults_enough_and_each_says_what_it_is() -> None:
    assert len(MUTANTS) >= 24
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert all(mutant.killers and mutant.text != mutant.becomes for mutant in MUTANTS)


@pytest.mark.prove
@pytest.mark.timeout(LONGEST + 60)
def test_the_sound_product_passes_what_kills_the_faults(copy: Copy) -> None:
    """Else a test that fails for another reason would seem to kill everything."""
    killers = {killer for mutant in MUTANTS for killer in mutant.killers} - {MODEL}
    ended = copy.run(sorted(killers), each=LONGEST)
    assert ended.returncode == PASSED, ended.stdout + ended.stderr


@pytest.mark.prove
@pytest.mark.timeout(LONGEST + 60)
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_fault_is_found(copy: Copy, mutant: Mutant) -> None:
    with copy.planted(mutant):
        ended = copy.run(mutant.killers)
    assert ENDS.get(ended.returncode) == "killed", f"{mutant.name}\n{ended.stdout}\n{ended.stderr}"


@pytest.mark.long
@pytest.mark.timeout(LONGEST * len(MUTANTS))
def test_the_model_alone_finds_most_faults_of_the_engine(copy: Copy) -> None:
    """Printed as a table; four in five of core, steps and store.  Faults of the adapters it cannot see: it has none."""
    found = {}
    for mutant in (one for one in MUTANTS if one not in GATEWAYS):
        with copy.planted(mutant):
            found[mutant.name] = ENDS.get(copy.run([MODEL], profile="alone").returncode, "could not be run")
        print(f"{found[mutant.name]:10} {mutant.name}", flush=True)
    assert list(found.values()).count("killed") * 5 >= len(found) * 4
    assert "could not be run" not in found.values()
