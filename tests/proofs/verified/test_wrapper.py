"""The proved checker from Python: what is asked, what is believed. The program is a stand-in."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from constructions import TargetNetwork, construction, plan_for
from proofs import verified
from proofs.kernel import Certificate, check

TARGET = TargetNetwork.from_layers([[[0.5, -0.25]]])


@pytest.fixture
def ticket(tmp_path: Path) -> Path:
    plan = plan_for(TARGET, "0.1", "0.01", "horner")
    construction("horner").prune(TARGET, plan, plan.draw(1)).save(tmp_path / "ticket.npz")
    return tmp_path / "ticket.npz"


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that puts a program in place which says this of every file."""
    monkeypatch.setenv("PMONE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "cache" / "verified"
    folder.mkdir(parents=True)
    (folder / "sources.sha256").write_text(verified.sources_sha256() + "\n")

    def put(said: Certificate, code: int | None = None) -> None:
        raw = said.as_dict() | {"bound": said.bound, "radius": said.radius}
        if said.target_sha256 is None:
            del raw["target_sha256"]
        lines = []
        for V in said.matrices:
            lines += [f"{len(V)} {V.shape[1]}", *(" ".join(map(str, row)) for row in V.tolist())]
        (tmp_path / "json").write_text(json.dumps(raw))
        (tmp_path / "matrices").write_text("".join(f"{line}\n" for line in lines))
        program = folder / verified.NAME
        program.write_text(
            "#!/bin/sh\n"
            f'cat {tmp_path / "json"}; cp {tmp_path / "matrices"} "$4"\n'
            f"exit {said.exit_code if code is None else code}\n"
        )
        program.chmod(0o755)

    return put


def test_without_the_program_it_says_how_to_build_it(
    ticket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PMONE_CACHE", str(tmp_path / "empty"))
    with pytest.raises(verified.NotBuilt, match=r"not built: run `make verified` .*coq.*zarith"):
        verified.check(ticket)
    assert verified.version() is None


def test_a_program_of_other_sources_is_not_asked(stand_in, ticket: Path, tmp_path: Path) -> None:
    stand_in(check(ticket))
    assert verified.check(ticket).accepted
    (tmp_path / "cache" / "verified" / "sources.sha256").write_text("0" * 64 + "\n")
    with pytest.raises(verified.NotBuilt, match="from other sources"):
        verified.check(ticket)


def test_what_it_says_becomes_a_certificate(stand_in, ticket: Path) -> None:
    ours = check(ticket)
    stand_in(ours)
    found = verified.check(ticket, target=list(TARGET.weights))
    # It bounds no outputs one by one.
    assert found == replace(ours, output_bounds=(), exact=None)
    assert verified.same_matrices(found, ours)
    assert found.epsilon == Fraction(1, 10)


def test_integers_of_any_size_are_read(stand_in, ticket: Path) -> None:
    huge = np.array([[1 << 90, -3]], dtype=object)
    stand_in(replace(check(ticket), matrices=(huge, np.array([[7]]))))
    one, two = verified.check(ticket).matrices
    assert one.tolist() == [[1 << 90, -3]]
    assert (two.dtype, two.tolist()) == (np.int64, [[7]])


def test_another_target_is_rejected(stand_in, ticket: Path) -> None:
    stand_in(check(ticket))
    found = verified.check(ticket, target=[np.array([[0.5, 0.25]])])
    assert found.verdict == "rejected"
    assert "differs from the given target" in found.reasons[0]


def test_the_digest_is_the_kernels(ticket: Path) -> None:
    assert verified.digest(TARGET.weights) == check(ticket).target_sha256


def test_malformed_is_passed_on(stand_in, ticket: Path) -> None:
    stand_in(Certificate("malformed", reasons=("header: missing",)))
    assert verified.check(ticket, target=list(TARGET.weights)).exit_code == 4


@pytest.mark.parametrize("code", [1, 2, 137])
def test_a_program_that_fails_or_contradicts_itself_is_an_error(
    stand_in, ticket: Path, code: int
) -> None:
    stand_in(check(ticket), code=code)
    with pytest.raises(RuntimeError, match="proved checker"):
        verified.check(ticket)


def test_a_missing_file_is_an_error_of_its_own(stand_in, ticket: Path, tmp_path: Path) -> None:
    stand_in(check(ticket))
    with pytest.raises(FileNotFoundError):
        verified.check(tmp_path / "nothing.npz")


def test_both_agree(stand_in, ticket: Path) -> None:
    ours = check(ticket)
    stand_in(replace(ours, bound=ours.bound * 1.0001))
    found = verified.check_both(ticket)
    assert found == ours
    assert found.accepted


def test_both_refuse_where_one_does(stand_in, ticket: Path) -> None:
    stand_in(replace(check(ticket), verdict="rejected", reasons=("layer 3: no",)))
    found = verified.check_both(ticket)
    assert found.verdict == "rejected"
    assert "disagree" in found.reasons[0]
    assert "layer 3: no" in found.reasons[0]


def test_both_refuse_other_matrices(stand_in, ticket: Path) -> None:
    ours = check(ticket)
    stand_in(replace(ours, matrices=tuple(V + 1 for V in ours.matrices)))
    found = verified.check_both(ticket)
    assert found.verdict == "rejected"
    assert "different matrices" in found.reasons[0]
