"""Every mutant of the kernel was noticed by a test, or is argued to decide nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.operators import mutants
from tests.mutants.run import KERNEL, Worker, code, digest, modules, read, recorded

RECORD = recorded()


def survivors(module: str) -> Iterator[tuple[str, str]]:
    """The mutants that nothing noticed, as line of the source and edit."""
    for mutant in mutants(read(module)):
        if not RECORD[module]["mutants"][mutant.name]:
            yield code(module, mutant), mutant.what


@pytest.mark.parametrize("module", modules())
def test_the_record_is_of_this_source_and_of_every_mutant(module):
    assert RECORD[module]["source"]["sha256"] == digest(module), "make mutants"
    assert set(RECORD[module]["mutants"]) == {mutant.name for mutant in mutants(read(module))}


def test_a_verdict_is_a_failed_test_or_a_process_that_could_not_go_on():
    """That pytest ends for another reason would say nothing of the mutant."""
    said = {said for module in RECORD.values() for said in module["mutants"].values()}
    for verdict in said - {"", "the process dies"}:
        assert "::" in verdict or verdict.startswith(("importing ", "takes more than ")), verdict


@pytest.mark.parametrize("module", modules())
def test_what_survives_is_argued_to_decide_nothing(module):
    found = list(survivors(module))
    argued = [(line, what) for line, edits, _ in EQUIVALENT.get(module, ()) for what in edits]
    assert sorted(found) == sorted(argued)
    assert all(len(reason) > 10 for _, _, reason in EQUIVALENT.get(module, ()))


@pytest.mark.slow
def test_a_few_are_noticed_again(tmp_path):
    """By the test of the record, in a copy of the sources."""
    worker, choice = Worker(tmp_path), random.Random()
    killed = [
        (module, mutant, RECORD[module]["mutants"][mutant.name])
        for module in modules()
        for mutant in mutants(read(module))
        if "::" in RECORD[module]["mutants"][mutant.name]
    ]
    for module, mutant, test in choice.sample(killed, 8):
        assert worker.judge(module, mutant.source, [test]), f"{module}.py:{mutant.name}: {test}"
    module, mutant, test = killed[0]
    assert not worker.judge(module, read(module), [test])
    worker.close()
    assert (tmp_path / KERNEL / f"{module}.py").read_text() == read(module)


def test_edits_are_of_what_a_program_decides_by():
    source = '''
def f(a: int = 1, *, b: bool = True) -> int:
    """Not 2."""
    if a < 3 and not b:
        raise ValueError(f"{a} of {3}")
    return sum(x for x in range(a) if x) if b else -a
'''
    assert [mutant.name for mutant in mutants(source)] == [
        "2:15 1 becomes 2", "2:15 1 becomes 0", "2:31 True becomes False",
        "4:7 and becomes or", "4:7 a < 3 left out", "4:7 not b left out", "4:7 < becomes <=",
        "4:7 < becomes >=", "4:11 3 becomes 4", "4:11 3 becomes 2", "4:17 not left out",
        "5:8 statement dropped", "6:11 condition turned round", "6:14 filter left out",
        "6:51 - left out",
    ]  # fmt: skip
    for mutant in mutants(source):
        assert mutant.source != source
        compile(mutant.source, "mutant", "exec")
