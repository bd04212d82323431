"""Is an altered theorem refused? Each row edits one statement, and Coq must reject its proof.

Only the file with the theorem is compiled again, against the others as they are; the error must
be inside the theorem, so that nothing else can be what was refused.
"""

from __future__ import annotations

import re
import subprocess

import pytest

from proofs.formal import check_assumptions
from tests.proofs.formal.building import FOLDER

ALTERED = [
    ("common/Quantize.v", "near_range", "v <= pow2 p", "v <= pow2 p - 1"),
    ("common/Explicit.v", "Bits_ok", "<= 1 + eps.", "<= 1 + eps / 4."),
    ("common/Network.v", "H1_hidden", "c ^ t * hid", "c ^ S t * hid"),
    ("common/Network.v", "H1_scaling", "0 <= c", "c <= 0"),
    ("common/Pool.v", "G1_pool_failure", "G1 (length slots) u", "G1 (length slots) (S u)"),
    ("common/Pool.v", "G1_closed", "q ^ (N - n) *", "q ^ S (N - n) *"),
    ("common/Pool.v", "G2_closed", "= G2 n N", "= G2 (n - 1) N"),
    ("common/Pool.v", "G3_closed", "2 * Gs", "Gs"),
    ("common/Expansion.v", "E1_exists", "- 1 - neg s", "- neg s"),
    ("common/Expansion.v", "E1_unique", "length m' = length s", "length m' = length m'"),
    ("common/Expansion.v", "E2_nonneg", "0 <= hpre", "1 <= hpre"),
    ("common/Expansion.v", "E2_positive", "1 <= hpre", "2 <= hpre"),
    ("common/Expansion.v", "E3_range", "<= V <= pow2 (length s - e)",
     "<= V <= pow2 (length s - e + 1)"),
    ("common/Expansion.v", "E4_range", "V <= pow2 (length s - e)",
     "V <= pow2 (length s - e + 1)"),
    ("common/Range.v", "E3_prob", "= 2 * (1/2) ^ e", "= (1/2) ^ e"),
    ("common/Range.v", "E4_prob", "(1/4) ^ e", "(1/8) ^ e"),
    ("blocks/BlocksSection.v", "B1_scalar", "seq 0 (p + 1)", "seq 0 p"),
    ("blocks/BlocksSection.v", "B2_sum", "IZR (v j) * u j", "2 * IZR (v j) * u j"),
    ("blocks/BlocksSection.v", "B2_neuron", "= relu (pre i (unit_of T i r))",
     "= pre i (unit_of T i r)"),
    ("blocks/BlocksEvent.v", "B3_block_prob", "INR B / 3", "INR B / 4"),
    ("blocks/BlocksEvent.v", "B3_copy_prob", "(7/8) ^ B", "(3/4) ^ B"),
    ("blocks/BlocksEvent.v", "B3_count", "+ 3) / 2", "+ 1) / 2"),
    ("blocks/BlocksEvent.v", "B4_bad_prob", "<= fail_sum", "<= fail_sum / 2"),
    ("blocks/BlocksMain.v", "B4_plan", "at_least (1 - delta)", "at_least (1 - delta / 2)"),
    ("blocks/BlocksRates.v", "B5_sharp", "3 <= c", "4 <= c"),
    ("sign_agnostic/SignAgnosticEvent.v", "split_prob", "<= beta 0", "<= beta 0 / 2"),
    ("sign_agnostic/SignAgnosticMain.v", "A1_plan", "at_least (1 - delta)",
     "at_least (1 - delta / 2)"),
    ("horner/HornerInjected.v", "S1_injected_exact", "2 ^ Z.of_nat t * gamma j",
     "2 ^ Z.of_nat (S t) * gamma j"),
    ("horner/HornerInjected.v", "S1_injected_no_clip", "0 <= held t + drives (x t)",
     "1 <= held t + drives (x t)"),
    ("horner/HornerAccumulator.v", "S1_stage_exact", "= H t", "= H (S t)"),
    ("horner/HornerAccumulator.v", "S1_no_clip", "0 <= fst", "1 <= fst"),
    ("horner/HornerSection.v", "S2_section", "= relu (pre i o)", "= pre i o"),
    ("horner/HornerTicket.v", "S3_exact", "= net dims VR l x o", "= 2 * net dims VR l x o"),
    ("horner/HornerReadOut.v", "split_prob", "G1 (2 * dims 0)", "G1 (dims 0)"),
    ("horner/HornerMain.v", "S4_plan", "at_least (1 - delta)", "at_least (1 - delta / 2)"),
    ("lower_bounds/LowerBound.v", "T1_counting", "2 ^ length", "2 * length"),
    ("lower_bounds/GridBound.v", "T5_grid", "M ^ (wd L * wd 0%nat)", "M ^ (wd L * wd 0%nat + 1)"),
    ("lower_bounds/GridBound.v", "T5_weights", "lg (INR M)", "(lg (INR M) + 1)"),
    ("lower_bounds/GridBound.v", "T3_depth", "INR L * (INR W * INR W)", "INR L * INR W"),
    ("lower_bounds/LowerBound.v", "T4_slope", "(L - 1)", "(L - 2)"),
    ("lower_bounds/LowerBound.v", "T4_width", "- 1) / 2 <=", "- 1) <="),
    ("checker/ErrorBound.v", "Q2_bound", "error w v e radius l", "error w v e radius (l - 1)"),
    ("checker/Replay.v", "replay_sound", "(1 <= length V)%nat", "(2 <= length V)%nat"),
    ("checker/Verify.v", "verify_sound", "/ IZR (epsilon_denominator T)",
     "/ (2 * IZR (epsilon_denominator T))"),
]  # fmt: skip


def extent(source, theorem):
    """Return where the theorem's statement and its proof end, with the start."""
    found = re.search(rf"\b(?:Theorem|Lemma) {theorem}\b", source)
    assert found, f"no theorem {theorem}"
    proof = source.index("Proof", found.start())
    return found.start(), proof, re.compile(r"\b(Qed|Defined)\.").search(source, proof).end()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "theorem", "right", "wrong"), ALTERED, ids=[f"{f}: {t}" for f, t, _, _ in ALTERED]
)
def test_an_altered_statement_has_no_proof(compiled, file, theorem, right, wrong):
    source = (compiled / file).read_text("utf-8")
    start, proof, end = extent(source, theorem)
    statement = source[start:proof]
    assert right in statement
    path = compiled / file
    (compiled / "altered").mkdir(exist_ok=True)
    try:
        path.write_text(source[:start] + statement.replace(right, wrong) + source[proof:], "utf-8")
        run = subprocess.run(
            ["coqc", "-q", "-R", ".", "Pmone", "-o", f"altered/{path.stem}.vo", file],
            cwd=compiled, capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        path.write_text(source, "utf-8")
    place = re.search(r"line (\d+), characters[^\n]*\n(?:.*\n)*?Error", run.stderr)
    assert run.returncode != 0, run.stdout
    assert place, run.stderr
    first, last = (source.count("\n", 0, i) + 1 for i in (start, end))
    assert first <= int(place[1]) <= last + wrong.count("\n"), run.stderr


def test_every_name_in_the_table_is_a_theorem():
    for file, theorem, right, _ in ALTERED:
        source = (FOLDER / file).read_text("utf-8")
        start, proof, _ = extent(source, theorem)
        assert right in source[start:proof], theorem
    assert {row[0] for row in ALTERED} <= set(check_assumptions.read_sources(FOLDER))
