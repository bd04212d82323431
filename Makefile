# Everything a newcomer needs; `make` alone lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup verify test test-slow test-lowest hostile mutants claims lint types layering formal verified paper docs bench lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 20

setup: $(STAMP) ## create .venv with the locked dependencies

$(STAMP): requirements.lock pyproject.toml
	@echo "==> creating $(VENV) with the locked dependencies (once; about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

verify: $(STAMP) ## the main job: find a trained network in random ±1 networks, then the suite
	@echo "==> pmone demo: train, prune, certify, run"
	@$(BIN)/pmone demo
	@echo "==> pmone verify: every claim and the rung it stands on"
	@$(BIN)/pmone verify --quick
	@echo "==> pmone audit: the constants hidden in every Θ"
	@$(BIN)/pmone audit --brief
	@echo "==> pmone report: all of it on one page"
	@$(BIN)/pmone report

test: $(STAMP) ## all tests but the slow ones (under 8 minutes on two cores)
	@echo "==> tests and doctests (slow ones are left out: make test-slow)"
	@$(BIN)/python -m pytest -n auto -m "not slow"

test-slow: $(STAMP) ## the slow tests, which CI runs
	@echo "==> slow tests"
	@$(BIN)/python -m pytest -n auto -m slow

hostile: $(STAMP) ## a million altered tickets, ten thousand altered models (an hour on two cores)
	@echo "==> altered files, for both checkers and two readers of each format"
	@$(BIN)/python -m tests.adversarial.hostile --out proofs/report/hostile.json

mutants: $(STAMP) ## small edits of the kernel that are not yet recorded, and which test notices each (minutes per module)
	@echo "==> mutants of the kernel"
	@$(BIN)/python -m tests.mutants.run

claims: $(STAMP) ## every claim, the rung it earns, and its evidence (under two minutes)
	@echo "==> pmone verify --quick"
	@$(BIN)/pmone verify --quick

lint: $(STAMP) ## ruff: lint and format
	@echo "==> ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP) ## mypy: strict for the kernel and the constructions
	@echo "==> mypy"
	@$(BIN)/mypy

layering: $(STAMP) ## each room imports only what stands below it
	@echo "==> layering"
	@$(BIN)/lint-imports --no-cache

formal: ## compile and check the machine-checked proofs (needs coqc, Debian's package coq)
	@echo "==> machine-checked proofs"
	@$(MAKE) --no-print-directory -C proofs/formal check

verified: ## build the proved checker (needs Debian's coq and OCaml packages; it says which)
	@echo "==> the proved checker: pmone certify --checker verified"
	@$(MAKE) --no-print-directory -C proofs/verified

paper: $(STAMP) ## the paper as PDF (needs Debian's latexmk, texlive-latex-recommended, lmodern)
	@missing=; \
	command -v latexmk >/dev/null || missing="$$missing latexmk"; \
	kpsewhich caption.sty >/dev/null 2>&1 || missing="$$missing texlive-latex-recommended"; \
	kpsewhich lmodern.sty >/dev/null 2>&1 || missing="$$missing lmodern"; \
	[ -z "$$missing" ] || { echo "make paper: not built; missing of Debian's packages:$$missing"; exit 3; }
	@echo "==> the paper"
	@$(BIN)/pmone paper >/dev/null
	@cd paper && latexmk -r latexmkrc -silent main.tex
	@echo "paper/build/main.pdf"

docs: $(STAMP) ## the documentation site, docs/_build/html, offline
	@echo "==> documentation site"
	@$(BIN)/python -m sphinx -q -W --keep-going -b html -d docs/_build/.doctrees docs docs/_build/html
	@echo docs/_build/html/index.html

bench: $(STAMP) ## time and memory of prune and certify (minutes)
	@echo "==> benchmarks: figures beside their goals, see tests/bench/README.md"
	@$(BIN)/python -m pytest tests/bench --benchmark-enable -o addopts="" -s

LOWEST := .venv-lowest

test-lowest: ## the tests with the lowest versions that pyproject.toml allows, in an environment of their own
	@echo "==> tests with the lowest versions of what is asked for by name"
	@$(PYTHON) -m venv $(LOWEST)
	@$(LOWEST)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-lowest.lock
	@$(LOWEST)/bin/python -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps -e .
	@HYPOTHESIS_PROFILE=default $(LOWEST)/bin/python -m pytest -n auto -m "not slow" \
	  constructions proofs figures paper pmone tests/figures tests/proofs/kernel tests/proofs/report \
	  tests/proofs/test_columns.py tests/repo/test_layering.py tests/pmone/test_checkout.py \
	  tests/pmone/test_run.py tests/pmone/test_export.py $(wildcard tests/constructions/test_*.py)

lock: ## re-make both lock files from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --quiet -o requirements.lock
	@uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --quiet --resolution lowest-direct -o requirements-lowest.lock

clean: ## remove the environment, caches and what building a wheel left
	@rm -rf $(VENV) $(LOWEST) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
