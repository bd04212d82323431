"""`import pmone`: about a dozen names, lazy, typed, each with an example; the README uses these."""

import ast
import doctest
import inspect
import subprocess
import sys
from importlib import metadata

import pytest

import pmone
from tests import readme

NAMES = [name for name in pmone.__all__ if not name.startswith("__")]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_a_docstring_with_an_example(name):
    found = getattr(pmone, name)
    assert inspect.getdoc(found)
    examples = [e for test in doctest.DocTestFinder().find(found, name) for e in test.examples]
    assert examples


def test_the_names_are_about_a_dozen_and_all_are_there():
    assert set(pmone.__all__) <= set(dir(pmone))
    assert len(set(NAMES)) == len(NAMES) <= 15
    assert pmone.__version__ == metadata.version("pmone")


def test_what_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'pmone' has no attribute 'no_such_name'"):
        pmone.no_such_name  # noqa: B018


def test_what_type_checkers_see_is_what_there_is():
    tree = ast.parse(inspect.getsource(pmone))
    (typed,) = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [alias.name for node in ast.walk(typed) if isinstance(node, ast.ImportFrom)
               for alias in node.names]  # fmt: skip
    assert sorted(imports) == sorted(pmone.__all__)


def test_importing_pmone_loads_nothing_until_a_name_is_used():
    code = "import sys, pmone; print(*sys.modules); pmone.TargetNetwork; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = map(str.split, done.stdout.splitlines())
    assert {"numpy", "constructions", "proofs"}.isdisjoint(before)
    assert {"constructions", "proofs.kernel"} <= set(after)
    assert {"sympy", "matplotlib", "scipy.stats", "joblib", "typer"}.isdisjoint(after)


def test_read_takes_files_and_fitted_models(tmp_path):
    models = pytest.importorskip("sklearn.neural_network")
    with pytest.raises(pmone.InputError, match="fitted MLPRegressor"):
        pmone.read(models.MLPRegressor())
    with pytest.raises(pmone.InputError, match="unknown suffix"):
        pmone.read(tmp_path / "model.txt")
    model = models.MLPRegressor((3,), max_iter=1, solver="lbfgs", random_state=0)
    model.coefs_, model.intercepts_ = [[[0.5], [0.25]], [[2.0]]], [[0.5], [0.0]]
    model.out_activation_ = "identity"
    assert pmone.read(model, domain=pmone.Ball("3"))([1.0, 1.0]) == 2.5


def test_a_draw_without_a_ticket_is_told_from_bad_arguments():
    target = pmone.TargetNetwork.from_layers([[[0.5, -0.25]]])
    with pytest.raises(pmone.InputError, match="construction = 'magic'"):
        pmone.plan(target, "0.5", "0.9", "magic")
    plan = pmone.plan(target, "0.5", "0.9")
    outcomes = set()
    for seed in range(200):
        try:
            outcomes.add(type(pmone.prune(target, plan, seed)))
        except pmone.NoTicket as failure:
            outcomes.add(type(failure))
    assert outcomes == {pmone.Ticket, pmone.NoTicket}


@pytest.mark.parametrize("construction", ["grouped", "horner", "sign-agnostic", "blocks"])
def test_every_construction_is_planned_pruned_and_certified(construction, tmp_path):
    target = pmone.TargetNetwork.from_layers([[[0.5, -0.25]]], domain=pmone.Ball("1", True))
    plan = pmone.plan(target, eps="0.1", delta="1e-9", construction=construction, fit="adaptive")
    assert isinstance(plan, pmone.Plan)
    pmone.prune(target, plan).save(tmp_path / "t.npz")
    certificate = pmone.certify(tmp_path / "t.npz", target=target.weights)
    assert isinstance(certificate, pmone.Certificate)
    assert certificate.accepted
    assert isinstance(pmone.load(tmp_path / "t.npz"), pmone.Ticket)


class TestReadme:
    def test_its_lines_run_and_certify(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        exec(compile(readme.python(), "README.md", "exec"), {})
        assert capsys.readouterr().out.startswith("accepted")
        assert (tmp_path / "ticket.npz").exists()

    def test_it_imports_pmone_alone_and_uses_its_public_names(self):
        tree = ast.parse(readme.python())
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        assert [ast.unparse(node) for node in imports] == ["import pmone"]
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pmone"
        }
        assert {"plan", "prune", "certify"} <= used <= set(pmone.__all__)
