"""The paper agrees with the registry and with its data, and no result is typed by hand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from constructions.errors import InputError
from figures import gallery
from paper import formal, generate, sources, tables, tex, values
from proofs.claims import blocks_rates, horner_rates, registry, sign_agnostic
from proofs.evidence import Rung

PAPER = Path(generate.__file__).parent
SECTIONS = {path.stem: path.read_text(encoding="utf-8") for path in PAPER.glob("sections/*.tex")}
ALL = "\n".join([(PAPER / "main.tex").read_text(encoding="utf-8"), *SECTIONS.values()])
RESULTS = ("experiments", "reproducibility")
LABEL = r"[A-Z]+\*?\d*"
WORKS = {"P1": "malach2020", "P2": "orseau2020", "P3": "pensia2020"} | {
    "P4": "diffenderfer2021",
    "P5": "kumar2025",
    "P6": "ramanujan2020",
}


NUMBER_WORDS = re.compile(
    r"\b(zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(thir|four|fif|six|seven|"
    r"eigh|nine)teen|(twen|thir|for|fif|six|seven|eigh|nine)ty|(hundred|thousand|[mb]illion|dozen)s?|"
    r"twice|thrice|half|halves|thirds?|quarters?|tenths?)\b",
    re.IGNORECASE,
)


def typed_numbers(text: str) -> list[str]:
    """Numbers that a reader would see, in digits or words, "one" excepted.

    Not those in comments, names of commands, labels, files and rendered values.
    """
    text = re.sub(r"(?<!\\)%.*", "", text)
    text = re.sub(r"\\begin\{minipage\}(\[[tb]\])?\{[^}]*\}", "", text)
    text = re.sub(r"\\begin\{claim\}\[\w+\]", "", text)
    silent = (
        r"label|ref|eqref|cite|input|includegraphics(\[[^]]*\])?|pmvalue|pmdisplay|begin|end|"
        r"setlength|vspace"
    )
    text = re.sub(rf"\\({silent}|renewcommand\{{\\arraystretch\}})\{{[^}}]*\}}", "", text)
    return re.findall(r"\S*\d\S*", text) + [m[0] for m in NUMBER_WORDS.finditer(text)]


@pytest.fixture(scope="module")
def data() -> dict[str, sources.Data]:
    return {name: sources.read(name) for name in sources.SOURCES}


# -- the registry --------------------------------------------------------------------------------


def stated() -> list[tuple[str, str]]:
    """The claims that the paper states: (label, body)."""
    pattern = rf"\\begin\{{claim\}}\[({LABEL})\]\\label\{{({LABEL})\}}(.*?)\\end\{{claim\}}"
    found = re.findall(pattern, ALL, re.DOTALL)
    assert len(found) == ALL.count(r"\begin{claim}"), "a claim without [label] and \\label"
    assert all(option == label for option, label, _ in found)
    return [(label, body) for _, label, body in found]


def test_every_registered_claim_is_stated_exactly_once():
    counts = Counter(label for label, _ in stated())
    assert counts == dict.fromkeys(registry.claims(), 1)


def labels(text: str) -> set[str]:
    """All labels of the text that look like a claim's."""
    return set(re.findall(rf"\\(?:ref|label|proofof|pmdisplay|pmtitle)\{{({LABEL})\}}", text))


def test_every_label_like_a_claims_is_in_the_registry():
    assert labels(ALL) <= set(registry.claims())


@pytest.mark.parametrize(
    "planted", [r"by \ref{S9}", r"\proofof{Z1}", r"\begin{claim}[E9]\label{E9}"]
)
def test_a_label_that_is_missing_from_the_registry_is_found(planted):
    assert labels(ALL + planted) - set(registry.claims())


def test_every_statement_shows_the_formula_of_the_registry():
    for label, body in stated():
        assert rf"\pmdisplay{{{label}}}" in body, label


def test_every_claim_has_one_proof():
    for label, _ in stated():
        if registry.claim(label).required == Rung.MEASURED:
            continue  # (P6) has no proof but a count
        own = ALL.count(rf"\proofof{{{label}}}")
        shared = len(re.findall(rf"\\begin\{{proof\}}\[Proof of[^]]*\\ref\{{{label}\}}", ALL))
        next_to_it = re.search(
            rf"\\label\{{{label}\}}(?:(?!\\begin\{{claim\}}).)*?\\end\{{claim\}}\s*\\begin\{{proof\}}\n",
            ALL,
            re.DOTALL,
        )
        assert own + shared + bool(next_to_it) == 1, label


def rendered(text: str) -> str:
    """Return the text with the constants of the theorems in it."""
    found = values.constants()
    return re.sub(r"\\pmvalue\{([^}]*)\}", lambda m: found.get(m[1], m[0]), text)


def test_explicit_constants_are_those_that_the_registry_proves():
    def shown(value: object) -> str:
        return f"{float(value):g}"  # type: ignore[arg-type]

    sections = {name: rendered(text) for name, text in SECTIONS.items()}
    proofs, introduction = sections["proofs"], sections["introduction"]
    assert rf"at most ${shown(blocks_rates.C_WIDTH)}\,d\log_2^2" in introduction
    assert rf"at most ${shown(blocks_rates.C_DEPTH)}\,l\log_2" in introduction
    assert rf"<{shown(blocks_rates.C_WIDTH)}\,Y^2" in proofs
    assert rf"<{shown(sign_agnostic.C_WIDTH)}\,d" in proofs
    assert rf"\le{shown(sign_agnostic.C_DEPTH)}\,lY" in proofs
    slope, offset = shown(horner_rates.SLOPE), shown(horner_rates.OFFSET)
    width, depth = shown(horner_rates.C_WIDTH), shown(horner_rates.C_DEPTH)
    assert rf"<{slope}\,\Lambda+{offset}\le{width}\,\Lambda+{width}" in proofs
    assert rf"l(X+w+{depth})" in proofs
    assert rf"$4d+{slope}\log_2(l\log_2(dl/\eps)/\delta)+{offset}$" in sections["abstract"]
    assert rf"\rho=({slope}\Lambda+{offset})/d" in sections["optimality"]


def test_no_constant_of_a_theorem_is_typed():
    decimals = [value for value in values.constants().values() if "." in value]
    assert len(decimals) >= 6
    for value in decimals:
        assert value not in ALL, value


def test_the_literature_carries_the_registrys_marks():
    rows = re.findall(r"^.*\\cite\{(\w+)\} &.* & ([^&]*)\\\\$", SECTIONS["introduction"], re.M)
    marks = dict(rows)
    for label, work in WORKS.items():
        source = registry.claim(label).source
        assert source.sure is not None
        assert rf"\cite{{{work}}}" in ALL
        if work in marks:
            assert marks[work].startswith(source.sure), work
    assert set(WORKS.values()) - set(marks) == {"ramanujan2020"}  # stated in the text only
    for label, work in WORKS.items():
        statement = dict(stated())[label]
        nearby = SECTIONS["peers"].split(statement)[0][-500:] + statement
        assert rf"\cite{{{work}}}" in nearby, label


def test_citations_are_in_the_bibliography_and_all_of_it_is_cited():
    entries = re.findall(
        r"^@\w+\{(\w+),", (PAPER / "references.bib").read_text(encoding="utf-8"), re.M
    )
    cited = {key for keys in re.findall(r"\\cite\{([^}]*)\}", ALL) for key in keys.split(",")}
    assert cited == set(entries)
    assert len(set(entries)) == len(entries)


# -- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", RESULTS)
def test_no_number_is_typed_in_the_results(section):
    assert typed_numbers(SECTIONS[section]) == []


@pytest.mark.parametrize("section", ["abstract", "certificates", "limitations"])
def test_no_number_is_typed_in_the_words_of_other_sections(section):
    words = re.sub(r"\$[^$]*\$", "", SECTIONS[section])
    assert [found for found in typed_numbers(words) if re.search(r"\d", found)] == []


@pytest.mark.parametrize(
    "typed",
    [
        "a width of 223 neurons",
        "$N=2652$ random weights",
        r"an error of \textbf{0.0125}",
        r"in \pmvalue{demo.prune.most}7 seconds",
        r"\caption{Seed 1.}\label{tab:demo}",
        r"\caption{Twelve networks of a thousand}",
        "twenty-two draws",
        "twice as wide",
    ],
)
def test_a_typed_number_is_found(typed):
    assert len(typed_numbers(SECTIONS["experiments"] + typed)) >= 1


def test_labels_files_values_and_comments_are_no_typed_numbers():
    text = (
        r"\ref{S4} \input{generated/table_1} \pmvalue{verify.rung.1} % 42"
        r"\includegraphics[width=.9\linewidth]{figure_2}"
    )
    assert typed_numbers(text) == []


def test_every_value_and_table_of_the_text_is_rendered(data):
    wanted = set(re.findall(r"\\pmvalue\{([^}]*)\}", ALL))
    assert wanted
    assert wanted <= set(values.values(data))
    files = set(re.findall(r"\\input\{generated/([^}]*)\}", ALL))
    assert files == {"values", "claims"} | {f"table_{name}" for name in tables.tables(data)}


def test_rendering_repeats_byte_for_byte(tmp_path):
    first = {p.name: p.read_bytes() for p in generate.render(out=tmp_path / "a")}
    second = {p.name: p.read_bytes() for p in generate.render(out=tmp_path / "b")}
    assert first == second
    assert b"pmdefine" in first["values.tex"]


def test_a_changed_number_in_the_data_changes_the_paper(tmp_path, data):
    folder = tmp_path / "data"
    shutil.copytree(sources.DATA, folder)
    changed = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    changed["trials"][0]["width"] += 1
    (folder / "demo.json").write_text(json.dumps(changed), encoding="utf-8")
    generate.render(folder, tmp_path / "out")
    shown = (tmp_path / "out" / "table_demo.tex").read_text(encoding="utf-8")
    assert tex.integer(changed["trials"][0]["width"]) in shown
    assert shown.split("\n", 1)[1].strip() != tables.tables(data)["demo"]


def test_every_figure_of_the_text_is_in_the_gallery():
    names = re.findall(r"\\includegraphics(?:\[[^]]*\])?\{([^}]*)\}", ALL)
    assert names
    assert set(names) <= set(gallery.PICTURES)
    assert len(names) == len(set(names))


# -- data ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sources.SOURCES)
def test_a_missing_source_is_an_error_that_names_it(tmp_path, name):
    folder = tmp_path / "data"
    shutil.copytree(sources.DATA, folder)
    (folder / f"{name}.json").unlink()
    with pytest.raises(InputError, match=rf"{name}\.json is missing; `pmone paper --fresh {name}`"):
        generate.render(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON"),
        ("[]", "has schema None"),
        ('{"schema": "pmone-demo/0"}', "has schema 'pmone-demo/0'"),
    ],
)
def test_malformed_data_are_refused(tmp_path, text, message):
    (tmp_path / "demo.json").write_text(text)
    with pytest.raises(InputError, match=message):
        sources.read("demo", tmp_path)


def test_an_unknown_source_is_refused_before_anything_runs(tmp_path):
    with pytest.raises(InputError, match="source 'dmeo': expected one of demo, "):
        sources.refresh(["demo", "dmeo"], folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_data_cover_the_registry_and_hold_no_failure(data):
    assert {claim["id"] for claim in data["verify"]["claims"]} == set(registry.claims())
    for name in ("verify", "audit"):
        assert data[name]["exit_code"] == 0, name
    for trial in data["demo"]["trials"]:
        assert trial["certificate"]["verdict"] == "accepted"


def test_what_the_text_says_in_words_about_the_tables_holds(data):
    trials = data["demo"]["trials"]
    assert len({trial["certificate"]["bound"] for trial in trials}) == 1
    rows = {row["construction"]: row for row in data["compare"]["rows"]}
    assert all(row["random_weights"] > 0 for row in rows.values())
    assert rows["pensia"]["random_weights"] < rows["horner"]["random_weights"]
    assert rows["pensia"]["random_bits"] > 5 * rows["horner"]["random_bits"]
    for binary in ("sign-agnostic", "blocks", "diffenderfer"):
        assert rows[binary]["random_weights"] > 100 * rows["horner"]["random_weights"]
    assert all(rows[name]["depth"] < rows["blocks"]["depth"] / 5 for name in ("pensia", "malach"))
    assert {row["status"] for row in rows.values()} <= {"accepted", "not run"}


def test_what_the_text_says_in_words_about_the_figures_holds():
    rows = gallery.PICTURES["edge-popup"].dataset.read(gallery.DATA)
    correct: dict[tuple[str, str], dict[str, list[int]]] = {}
    for row in rows:
        shares = correct.setdefault((row["shape"], row["k"]), {})
        shares.setdefault(row["weights"], []).append(int(row["correct"]))
    assert len(correct) == 9  # both shapes are the same network at k = 1
    for at, shares in correct.items():
        assert len(shares["±1"]) == len(shares["continuous"])
        assert sum(shares["±1"]) > sum(shares["continuous"]), at
    errors = gallery.PICTURES["error-vs-width"].dataset.read(gallery.DATA)
    assert {row["construction"] for row in errors if row["outcome"] == "not searched"} == {
        "kumar-natale"
    }


def test_only_whole_theorems_of_constructions_are_called_so():
    found = formal.theorems()
    letters = formal.main(found)
    assert "S" in letters
    label = {letter: label for label, letter in formal.MAIN.items()}["S"]
    partial = {**found, label: [t for t in found[label] if t["name"] != "S4_theorem"]}
    assert formal.main(partial) == [letter for letter in letters if letter != "S"]
    text = tables.tables({name: sources.read(name) for name in sources.SOURCES})["formal"]
    assert all(tex.escape(t["name"]) in text for group in found.values() for t in group)


def test_empty_tables_and_ragged_rows_are_refused():
    with pytest.raises(ValueError, match="no rows"):
        tex.table("l", ["a"], [])
    with pytest.raises(ValueError, match="2 cells"):
        tex.table("l", ["a"], [["1", "2"]])


def test_unknown_symbols_are_refused():
    with pytest.raises(ValueError, match="no LaTeX"):
        tex.escape("a ⊕ b")


# -- the document --------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_paper_builds_without_dangling_references_or_wide_lines(tmp_path):
    if shutil.which("latexmk") is None:
        if os.environ.get("CI"):
            pytest.fail("latexmk is missing, and CI must not skip this")
        pytest.skip("needs latexmk (see `make paper`)")
    shutil.copytree(PAPER, tmp_path / "paper", ignore=shutil.ignore_patterns("build", "generated"))
    generate.render(out=tmp_path / "paper" / "generated")
    generate.draw(out=tmp_path / "paper" / "generated")
    run = subprocess.run(
        ["latexmk", "-r", "latexmkrc", "main.tex"],
        cwd=tmp_path / "paper",
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    log = (tmp_path / "paper" / "build" / "main.log").read_text(encoding="utf-8", errors="replace")
    assert "undefined" not in log
    assert "multiply defined" not in log
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert max(wide, default=0) <= 5, wide
