"""The certificate: what it states, how it prints, and the kernel's independence."""

import ast
import hashlib
import json
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import proofs.kernel
from proofs.kernel import Certificate, check
from proofs.kernel.integers import Rejected
from proofs.kernel.ticket_file import Limits, TicketFile
from tests.proofs.kernel.forge import Forged, header, horner, powers

KERNEL = Path(proofs.kernel.__file__).parent


@pytest.fixture
def ticket():
    rng = np.random.default_rng(4)
    weights = [rng.standard_normal((3, 2)) / 2, rng.standard_normal((2, 3)) / 2]
    result = horner(weights, [6, 7], slack=40, seed=2**60 + 1, epsilon="0.125")
    result.header["seed"] = str(result.header["seed"])
    return result


@pytest.fixture
def path(ticket, tmp_path):
    return ticket.save(tmp_path / "t.npz")


def test_what_an_accepted_certificate_states(ticket, path):
    one = check(path)
    assert one.accepted
    assert (one.verdict, one.exit_code, one.reasons) == ("accepted", 0, ())
    assert one.bound <= one.epsilon == Fraction(1, 8)
    assert one.delta == Fraction(1, 100)
    assert one.radius == 1.0
    assert one.domain == "||x||_2 <= 1"
    assert one.dims == (2, 3, 2)
    assert one.widths == tuple(ticket.header["widths"])
    assert one.depth == len(one.widths) - 1 == len(ticket.edges)
    assert one.kept_weights == sum(len(e) for e in ticket.edges)
    assert one.random_weights == sum(
        a * b for a, b in zip(one.widths, one.widths[1:], strict=False)
    )
    assert one.layer_scale_log2 == (6, 7)
    assert one.construction == "forged"
    assert one.seed == 2**60 + 1
    for w, v, p in zip(ticket.targets, one.matrices, (6, 7), strict=True):
        assert v.dtype == np.int64
        assert np.array_equal(v, np.rint(np.ldexp(w, p)))
    text = b"pmone-target 1\n"
    for w in ticket.targets:
        text += f"{w.shape[0]} {w.shape[1]}\n".encode() + w.astype("<f8").tobytes(order="C")
    assert one.target_sha256 == hashlib.sha256(text).hexdigest()
    assert str(one) == one.describe()
    assert f"||f(x) - ticket(x)||_2 <= {one.bound!r} <= epsilon = 0.125" in str(one)


def test_json_is_json_and_complete(path):
    one = check(path)
    found = json.loads(json.dumps(one.as_dict(), allow_nan=False))
    assert found["schema"] == "pmone-certificate/1"
    assert found["verdict"] == "accepted"
    assert found["bound"] == one.bound
    assert Fraction(found["epsilon"]) == one.epsilon
    assert found["seed"] == str(2**60 + 1)
    fields = set(Certificate.__dataclass_fields__) - {"matrices"}
    assert fields <= set(found)


def test_epsilon_is_compared_exactly(ticket, tmp_path):
    path = tmp_path / "t.npz"
    bound = check(ticket.save(path)).bound
    exact = f"{bound:.800f}".rstrip("0")
    for text, verdict in [(exact, "accepted"), (exact[:-1], "rejected"), ("0", "rejected")]:
        ticket.header["epsilon"] = text
        one = check(ticket.save(path))
        assert (one.verdict, one.bound) == (verdict, bound)
        if verdict == "rejected":
            assert "exceeds epsilon" in one.reasons[0]
            assert one.exit_code == 1
            assert "not proved" in str(one)
            assert "the bound that holds" in str(one)
    ticket.header["epsilon"] = "0.125"


def test_an_exact_ticket_proves_epsilon_zero(tmp_path):
    ticket = horner([np.array([[0.5, -0.25]])], [3], slack=40, epsilon="0")
    assert check(ticket.save(tmp_path / "t.npz")).accepted


def test_a_given_target_must_be_the_stored_one(ticket, path):
    assert check(path, target=ticket.targets).accepted
    changed = [w.copy() for w in ticket.targets]
    changed[1][0, 0] = np.nextafter(changed[1][0, 0], 2)
    one = check(path, target=changed)
    assert one.verdict == "rejected"
    assert one.reasons == ("target_2 differs from the given target",)
    assert "layers" in check(path, target=ticket.targets[:1]).reasons[0]
    assert check(path, target=[w[:, :1] for w in ticket.targets]).verdict == "rejected"
    turned = [w.reshape(w.shape[::-1]) for w in ticket.targets]
    assert check(path, target=turned).reasons == ("target_1 differs from the given target",)
    assert check(path, target=[np.asfortranarray(w) for w in ticket.targets]).accepted
    for wrong in ([w.astype(np.float32) for w in ticket.targets], [ticket.targets[0].tolist()],
                  [w.ravel() for w in ticket.targets]):  # fmt: skip
        with pytest.raises(TypeError, match="target: matrix 1"):
            check(path, target=wrong)


def test_signed_zeros_are_different_bits(tmp_path):
    path = horner([np.array([[0.0, 1.0]])], [2], slack=40).save(tmp_path / "t.npz")
    assert check(path, target=[np.array([[0.0, 1.0]])]).accepted
    assert check(path, target=[np.array([[-0.0, 1.0]])]).verdict == "rejected"


def test_one_layer_of_random_weights_is_enough(tmp_path):
    """L = 1, l = 1: no ReLU at all, inputs of any sign."""
    edges = {(0, 0)}
    head = header([1, 1], [0], [], seed=3, epsilon="0")
    sign = check(Forged(head, [np.array([[1.0]])], [], [edges]).save(tmp_path / "t.npz")).matrices
    ticket = Forged(head, [sign[0].astype(float)], [], [edges])
    assert check(ticket.save(tmp_path / "t.npz")).accepted
    empty = Forged(head, [np.zeros((1, 1))], [], [set()])
    assert check(empty.save(tmp_path / "t.npz")).accepted


@pytest.mark.parametrize("scale", [-1070, -300, 300, 1000])
def test_scales_near_the_ends_of_float64(tmp_path, scale):
    weights = np.array([[3, -5], [7, 0]]) * 2.0**scale
    ticket = horner(
        [weights], [-scale], matrices=[np.array([[3, -5], [7, 0]])], slack=40, epsilon="0"
    )
    one = check(ticket.save(tmp_path / "t.npz"))
    assert one.accepted
    assert one.bound == 0.0
    ticket.targets[0] = weights * 2
    one = check(ticket.save(tmp_path / "t.npz"))
    assert one.verdict == "rejected"
    norm = np.linalg.norm([[3, -5], [7, 0]], 2) * 2.0**scale
    assert norm * (1 - 1e-9) <= one.bound <= norm * (1 + 2**-11)


def test_a_bound_beyond_float64_is_no_number(tmp_path):
    ticket = powers(0, 0)
    ticket.header |= {"scale_log2": -4000, "layer_scale_log2": [-4000]}
    one = check(ticket.save(tmp_path / "t.npz"))
    assert one.verdict == "rejected"
    assert one.bound is None
    assert "beyond the range" in one.reasons[0]
    json.dumps(one.as_dict(), allow_nan=False)
    assert "not proved" in str(one)


def test_radius_and_domain(ticket, tmp_path):
    path = tmp_path / "t.npz"
    for domain, radius in [
        ({"kind": "ball", "radius": "2.5", "nonnegative": False}, 2.5),
        ({"kind": "box", "low": ["-3", "0"], "high": ["1", "4"]}, 5.0),
        ({"kind": "ball", "radius": "0", "nonnegative": False}, 0.0),
    ]:
        old = dict(ticket.header)
        ticket.header["domain"] = domain
        assert check(ticket.save(path)).radius == radius
        ticket.header = {**old, "domain": domain, "homogenized": True}
        if domain["kind"] == "ball":
            one = check(ticket.save(path))
            assert Fraction(one.radius) ** 2 >= Fraction(domain["radius"]) ** 2 + 1
            assert "constant 1" in one.domain
        ticket.header = old


def test_progress_is_reported(path):
    seen = []
    check(path, progress=lambda done, total, text: seen.append((done, total, text)))
    assert all(0 <= done <= total and text for done, total, text in seen)
    depth = check(path).depth
    assert len({s for s in seen if s[1] == depth}) == depth + 1
    assert seen[:depth] == [(t, depth, f"layer {t + 1} of {depth}") for t in range(depth)]
    assert seen[depth:] == [
        (depth, depth, "matrices extracted"),
        (0, 2, "norms of target layer 1 of 2"),
        (1, 2, "norms of target layer 2 of 2"),
        (2, 2, "bound computed"),
    ]


def test_the_bound_is_the_sum_over_the_layers(tmp_path):
    """R·(v_3v_2e_1 + v_3e_2w_1 + e_3w_2w_1), and for an output the same with its own row."""
    w = [np.array([[3.0]]), np.array([[0.7]]), np.array([[1.0], [-1.9]])]
    p = [0, 1, 2]
    v = [np.array([[2]]), np.array([[5]]), np.array([[3], [-8]])]
    domain = {"kind": "ball", "radius": "3", "nonnegative": False}
    ticket = horner(w, p, matrices=v, slack=60, epsilon="100", domain=domain)
    one = check(ticket.save(tmp_path / "t.npz"))

    def norm(a):
        return float(np.linalg.norm(a))

    v = [a / 2.0**k for a, k in zip(v, p, strict=True)]
    e = [norm(a - b) for a, b in zip(w, v, strict=True)]
    before = norm(v[1]) * e[0] + e[1] * norm(w[0])
    whole = 3 * (norm(v[2]) * before + e[2] * norm(w[1]) * norm(w[0]))
    rows = [
        3 * (abs(v[2][o, 0]) * before + abs(w[2] - v[2])[o, 0] * norm(w[1]) * norm(w[0]))
        for o in range(2)
    ]
    assert one.bound == pytest.approx(whole, rel=2**-10)
    assert one.output_bounds == pytest.approx(rows, rel=2**-10)
    assert one.exact is False


def test_a_ticket_is_exact_only_if_every_layer_is(tmp_path):
    w = [np.array([[0.5]]), np.array([[0.7]])]
    for target, exact in ([w[0], w[0]], True), (w, False), (w[::-1], False):
        one = check(horner(target, [1, 1], slack=40).save(tmp_path / "t.npz"))
        assert one.exact is exact


def test_the_limits_given_are_those_of_the_walk(path, ticket, tmp_path, monkeypatch):
    """The largest target matrix, kept edges and size are what the budget grows with."""
    asked = []

    def budget(*arguments):
        asked.append(arguments)
        raise Rejected("seen")

    module = sys.modules["proofs.kernel.check"]
    monkeypatch.setattr(module, "Budget", budget)
    limits = Limits(bits=77)
    assert check(path, limits=limits).reasons == ("seen",)
    wide = horner(
        [np.ones((3, 1)) / 4, np.ones((1, 3)) / 4, np.ones((4, 1)) / 4], [4] * 3, slack=60
    )
    check(wide.save(tmp_path / "w.npz"))
    assert asked.pop()[1] == 4
    with TicketFile(path, limits) as file:
        assert asked == [(limits, 6, sum(len(e) for e in ticket.edges), file.size)]
    empty = Forged(header([1, 5, 1], [0], [(1, "split")]), [np.ones((1, 1))], [], [set(), set()])
    check(empty.save(tmp_path / "e.npz"))
    assert asked[1][:3] == (Limits(), 1, 0)


def test_a_fault_of_the_checker_is_never_acceptance(path, monkeypatch):
    def broken(*_):
        raise ArithmeticError("planted")

    monkeypatch.setattr(sys.modules["proofs.kernel.check"], "_verdict", broken)
    one = check(path)
    assert one.verdict == "rejected"
    assert "the checker itself failed (ArithmeticError: planted)" in one.reasons[0]


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "proofs.kernel", *arguments],
        capture_output=True, text=True, cwd=KERNEL.parents[1], check=False,
    )  # fmt: skip


def test_the_command_line_gives_verdict_json_and_exit_code(path, tmp_path):
    done = run(str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("accepted\n")
    done = run("--json", str(path))
    assert done.stdout == json.dumps(check(path).as_dict(), indent=2) + "\n"
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"nothing")
    assert run(str(bad)).returncode == 4
    done = run(str(tmp_path / "absent.npz"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for wrong in (run(), run("--help"), run(str(path), str(path))):
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert wrong.stderr == "usage: python -m proofs.kernel FILE [--json]\n"


def imports_of(source: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(node.module)
    return names


def test_the_kernel_imports_only_numpy_scipy_sparse_and_the_standard_library():
    for source in KERNEL.glob("*.py"):
        for name in imports_of(source):
            top = name.split(".")[0]
            allowed = top == "numpy" or name.startswith(("scipy.sparse", "proofs.kernel"))
            assert allowed or top in sys.stdlib_module_names, (source.name, name)


def test_the_kernel_has_no_assert():
    for source in KERNEL.glob("*.py"):
        tree = ast.parse(source.read_text(encoding="utf-8"))
        assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree)), source.name


def test_the_checker_stays_short():
    """The modules that the package's docstring lists for review, comments included."""
    names = re.findall(r"\w+\.py", proofs.kernel.__doc__)
    assert len(names) >= 8
    lengths = {n: len((KERNEL / n).read_text(encoding="utf-8").splitlines()) for n in names}
    assert max(lengths.values()) <= 300
    assert sum(lengths.values()) <= 2050  # of these about 240 for real weights


def test_a_certificate_bounds_every_output_and_says_what_is_exact(tmp_path):
    target = [np.array([[0.5, 0.25], [0.3, -0.7]])]
    certificate = check(horner(target, [6], slack=40).save(tmp_path / "t.npz"))
    assert certificate.accepted
    assert certificate.output_bounds[0] == 0 < certificate.output_bounds[1] <= certificate.bound
    assert certificate.max_bound == certificate.output_bounds[1]
    assert certificate.exact is False
    said = certificate.as_dict()
    assert said["output_bounds"] == list(certificate.output_bounds)
    assert said["max_bound"] == certificate.max_bound
    exact = check(horner([np.array([[0.5, 0.25]])], [6], slack=40).save(tmp_path / "t.npz"))
    assert exact.exact
    assert exact.bound == 0
    assert "exact: every W_i is 2^-p_i V_i" in str(exact)
    assert "exact:" not in str(certificate)
