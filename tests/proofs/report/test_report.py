"""The reports, without a browser: structure of the page, notation, graph, terminal, store."""

import itertools
import json
import re
from collections import Counter
from html.parser import HTMLParser
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from constructions import InputError
from proofs import suite
from proofs.audit import tables
from proofs.claims import machine, registry
from proofs.report import (
    Store,
    drawing,
    notation,
    page,
    print_audit,
    print_claim,
    print_report,
    terminal,
    work,
)
from tests.proofs.report import reports

VOID = {"meta", "br", "img", "rect", "link", "hr", "input"}


class Page(HTMLParser):
    """Read a page: ids, links, sources, text, and tags that do not match."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.outside, self.open, self.faults = [], [], [], [], []
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        for key in ("href", "src", "srcset", "action", "poster", "data"):
            link = values.get(key)
            if link is not None and link.startswith("#"):
                self.links.append(link[1:])
            elif link is not None and not link.startswith("data:image/"):
                self.outside.append(link)
        self.faults += [key for key in values if key.startswith("on")]

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.faults.append(f"</{tag}> closes {self.open[-1:]}")

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


@pytest.fixture(scope="module")
def report():
    return reports.report()


@pytest.fixture(scope="module")
def html(report):
    return page.render(report, reports.audit())


@pytest.fixture(scope="module")
def read(html):
    return Page(html)


class TestPage:
    def test_tags_match_and_ids_are_unique(self, read):
        assert read.faults == []
        assert len(read.ids) == len(set(read.ids))

    def test_every_link_leads_somewhere_on_the_page(self, read):
        assert read.links
        assert set(read.links) <= set(read.ids)

    def test_nothing_comes_from_elsewhere_and_nothing_runs(self, html, read):
        assert read.outside == []
        assert "script" not in read.tags
        assert not re.search(r"@import|url\(|<iframe|javascript:", html)

    def test_every_claim_has_its_statement_and_a_command(self, report, read):
        for claim in report["claims"]:
            assert f"claim-{claim['id']}" in read.ids
            assert f"pmone verify {claim['id']} --quick" in read.text

    def test_near_misses_are_shown_with_counterexamples(self, report, read):
        for miss in report["near_misses"]:
            assert f"near-miss-{miss['id']}" in read.ids
            assert miss["truth"] in read.text
        assert "x = 3" in read.text

    def test_it_reads_on_phones_and_in_the_dark(self, html):
        assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
        assert "prefers-color-scheme: dark" in html

    def test_all_audit_tables_are_there(self, read):
        for table in tables.tables(reports.audit()):
            assert table.title in read.text

    def test_what_became_of_altered_files_is_counted(self, read):
        found = json.loads(page.HOSTILE.read_text(encoding="utf-8"))
        assert f"seed {found['seed']} and read at commit {found['commit'][:7]}" in read.text
        for kind in ("tickets", "models"):
            counts = Counter(found[kind])
            assert counts.pop("count") == counts.total()
            assert all(f"{kind}{said}{number:,}" in read.text for said, number in counts.items())

    def test_a_refuted_claim_is_loud(self):
        bad = Page(page.render(reports.report(verdict="failed")))
        assert "Something is refuted" in bad.text
        assert "REFUTED: G1" in bad.text
        assert "counterexample" not in bad.faults

    def test_an_unrefuted_near_miss_is_loud(self):
        report = reports.report()
        report["near_misses"][0]["refuted"] = False
        assert "NOT REFUTED" in Page(page.render(report)).text

    def test_skipped_never_looks_like_passed(self):
        claim = reports.claim("G1", reports.evidence("G1/proof", verdict="not run"))
        claim |= {"rung": "stated", "status": "stated", "reached": False}
        text = page.render({**reports.report(), "claims": [claim], "verdict": "inconclusive"})
        assert "✓ <a" not in text.replace("</span> <a", " <a")
        assert "not-run" in text
        assert "would earn proved" in text

    @given(st.text(alphabet="<>&\"'abc_^{}−σ ", max_size=40))
    def test_whatever_the_texts_say_the_page_stays_whole(self, text):
        report = reports.report()
        report["claims"][0] |= {"title": text or "t", "statement": text, "outline": text}
        report["near_misses"][0] |= {"statement": text, "counterexample": {"x": text}}
        found = Page(page.render(report))
        assert found.faults == []

    def test_figures_are_embedded(self, tmp_path):
        (tmp_path / "one_figure.png").write_bytes(b"\x89PNG\r\n")
        (tmp_path / "one_figure.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
        (tmp_path / "big.png").write_bytes(b"\x89PNG\r\n")
        (tmp_path / "big.svg").write_text("x" * 400_000)
        (tmp_path / "notes.txt").write_text("no figure")
        files = page.figure_files(tmp_path)
        assert [f.name for f in files] == ["big.png", "one_figure.svg"]
        read = Page(page.render(reports.report(), None, files))
        assert read.outside == []
        assert read.tags.count("img") == 2
        assert "one figure" in read.text

    def test_no_folder_of_figures_is_no_figures(self, tmp_path):
        assert page.figure_files(tmp_path / "none") == []

    def test_the_registry_itself_makes_a_whole_page(self):
        read = Page(page.render(reports.of_registry()))
        assert read.faults == []
        assert {f"claim-{label}" for label in registry.claims()} <= set(read.ids)
        assert set(read.links) <= set(read.ids)


class TestNotation:
    @pytest.mark.parametrize(
        ("text", "html"),
        [
            ("2^{p+1}", "2<sup><i>p</i>+1</sup>"),
            ("V_oj u_j", "<i>V</i><sub><i>oj</i></sub> <i>u</i><sub><i>j</i></sub>"),
            ("Σ_{b: s_b=−1} 2^b", None),
            ("a slot, not a_o", "a slot, not a<sub><i>o</i></sub>"),
            ("ε = 1e-600", "ε = 10<sup>−600</sup>"),
            ("2.5e7", "2.5·10<sup>7</sup>"),
            ("C'·l", "<i>C′</i>·<i>l</i>"),
            ("B1's rows and coefficients' range", "B1’s rows and coefficients’ range"),
            ("`run_exact` <b>", "<code>run_exact</code> &lt;<i>b</i>&gt;"),
            ("smallest_slacks", "smallest_slacks"),
            ("Σ_γ n_γ", "Σ<sub><i>γ</i></sub> <i>n</i><sub><i>γ</i></sub>"),
            ("‖A‖_∞", "‖A‖<sub>∞</sub>"),
        ],
    )
    def test_a_formula_is_well_formed_html(self, text, html):
        found = notation.as_html(text)
        assert Page(found).faults == []
        assert html is None or found.replace("<sub><i>∞</i></sub>", "<sub>∞</sub>") == html

    @given(st.text(max_size=60))
    def test_any_text_is_escaped_and_kept(self, text):
        read = Page(f"<p>{notation.as_html(text)}</p>")
        assert set(read.tags) <= {"p", "i", "sub", "sup", "code"}
        assert read.faults == []


class TestGraph:
    def test_edges_that_others_imply_are_left_out(self):
        svg = drawing.draw(reports.graph({"A": "", "B": "A", "C": "A B Z", "D": "C A"}))
        joined = re.findall(r"<title>(\w+ rests on \w+)</title>", svg)
        assert joined == ["B rests on A", "C rests on B", "D rests on C"]

    @given(st.integers(1, 4), st.integers(0, 30))
    def test_boxes_never_overlap_and_lie_inside_the_picture(self, chain, alone):
        labels = {f"A{i}": f"A{i - 1}" if i else "" for i in range(chain)}
        svg = drawing.draw(reports.graph(labels | {f"B{i}": "" for i in range(alone)}))
        boxes = [tuple(map(float, b)) for b in re.findall(r'<rect x="(\S+)" y="(\S+)"', svg)]
        assert len(boxes) == chain + alone
        for (x, y), (x1, y1) in itertools.combinations(boxes, 2):
            assert abs(x - x1) >= 50 or abs(y - y1) >= 30
        width, height = (
            map(int, re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0]) if svg else (0, 0)
        )
        assert all(0 <= x <= width - 50 and 0 <= y <= height - 30 for x, y in boxes)

    def test_every_claim_has_one_box_that_leads_to_it(self):
        claims = reports.of_registry()["claims"]
        svg = drawing.draw(claims)
        for claim in claims:
            assert svg.count(f'<a href="#claim-{claim["id"]}">') == 1
        assert Page(svg).faults == []

    def test_border_and_fill_are_required_and_reached(self):
        claim = reports.claim("G1") | {"rung": "tested", "required_rung": "machine-checked"}
        assert 'class="box fill-tested border-machine-checked"' in drawing.draw([claim])
        assert "fill-refuted" in drawing.draw([claim | {"refuted": True}])
        for status in ("proved modulo BM", "proved; not run here: G1"):
            assert " modulo" in drawing.draw([claim | {"status": status}])

    def test_no_claims_no_graph(self):
        assert drawing.draw([]) == ""


def shown(show, width=140):
    """Return what a function prints on a console."""
    console = Console(file=StringIO(), width=width)
    show(console)
    return console.file.getvalue()


class TestTerminal:
    def test_the_table_names_rungs_and_counts(self, report):
        text = shown(lambda console: print_report(report, console, details=True))
        assert "✓ G1" in text
        assert "3/200 in [0.003, 0.05]" in text
        assert "Passed: 2 of 2 claims reached their required rung" in text
        assert "1 only stated, from the literature: BM" in text
        assert "1 of 1 near misses refuted" in text

    def test_one_line_per_claim_between_verdict_and_verdict(self, report):
        lines = shown(lambda console: print_report(report, console), 80).splitlines()
        verdict = "Passed: 2 of 2 claims reached their required rung"
        assert lines[0] == f"{verdict}."
        assert [line.split()[1] for line in lines[2:5]] == ["G1", "BM", "T1"]
        end = "".join(lines[7:])
        joint = (
            "Joint error of 2 statistical tests: rejects a true statement with probability ≤ 2e-06"
        )
        assert end.startswith(joint)
        assert verdict in end

    def test_what_was_not_run_is_summed_up_once(self):
        unrun = [
            reports.evidence(f"G1/{name}", verdict="not run", reason="no Coq: make formal")
            for name in "ab"
        ]
        claims = [reports.claim("G1", *unrun), reports.claim("G2", *unrun)]
        text = shown(lambda console: print_report({**reports.report(), "claims": claims}, console))
        assert text.count("no Coq") == 1
        assert "Not run: 4 checks: no Coq: make formal." in text

    @pytest.mark.parametrize("details", [False, True])
    @pytest.mark.parametrize("width", [80, 100, 120, 140])
    def test_nothing_is_wider_than_the_terminal_and_no_word_is_broken(self, width, details):
        report, audit = reports.of_registry(), self.wide_audit()
        text = shown(lambda console: print_report(report, console, details), width)
        assert max(map(len, text.splitlines())) <= width
        for claim in report["claims"]:
            assert set(claim["title"].split()) <= set(text.split())
        audited = shown(lambda console: print_audit(audit, console), width)
        assert max(map(len, audited.splitlines())) <= width
        for table in tables.tables(audit):
            cells = itertools.chain(table.columns, *table.rows)
            assert {word for cell in cells for word in cell.split()} <= set(audited.split())

    @staticmethod
    def wide_audit():
        """An audit with forms and factors as long as the real ones."""
        audit = reports.audit()
        long = {
            "form": "L ≤ l·(log₂(dl/ε) + ½log₂(l·d²/δ) + C')",
            "factors": {"first digit, merge, read-out": 3.0, "e − ½log(l·d²/δ)": 1.5},
        }
        return audit | {"constants": [audit["constants"][0] | long]}

    def test_a_narrow_terminal_still_says_what_was_required(self):
        claim = reports.claim("G1") | {"rung": "tested", "status": "tested", "reached": False}
        report = {**reports.report(), "claims": [claim]}
        text = shown(lambda console: print_report(report, console), 80)
        assert "? G1 tested, required proved" in " ".join(text.split())

    def test_a_refutation_is_printed_with_its_counterexample(self):
        text = shown(lambda console: print_report(reports.report(verdict="failed"), console))
        assert "✗ G1" in text
        assert "G1/proof: failed: for a reason" in text
        assert "counterexample: x = 1" in text

    def test_claims_that_were_not_run_are_said_in_the_last_line(self):
        claim = reports.claim("G2") | {"not_run_here": ["G1", "E1"]}
        line = terminal.headline({**reports.report(), "claims": [claim]})
        assert "not run here, though some of these rest on it: G1, E1" in line

    @pytest.mark.parametrize("verdict", ["passed", "not run", "inconclusive"])
    def test_the_formal_build_says_what_it_came_to(self, verdict):
        build = reports.evidence("formal/build", verdict=verdict, reason="for a reason")
        build["details"] = {"end of the log": ["Error: no such lemma"]}
        report = {**reports.report(), "formal": build}
        text = shown(lambda console: print_report(report, console))
        assert "for a reason" in text
        assert (verdict.upper() in text) == (verdict != "passed")
        assert ("Error: no such lemma" in text) == (verdict != "passed")

    def test_what_did_not_run_is_said(self):
        e = [reports.evidence("G1/a"), reports.evidence("G1/b", verdict="not run")]
        assert terminal.evidence_summary(e).endswith("1 NOT RUN")
        assert terminal.evidence_summary([]) == "no checks"

    def test_brackets_are_text_and_no_markup(self):
        claim = reports.claim("G1", reports.evidence("G1/proof", reason="[/red] in [0, 1]"))
        claim |= {"refuted": True, "title": "[bold]"}
        claim["evidence"][0]["verdict"] = "failed"
        report = {**reports.report(), "claims": [claim]}
        assert "[/red] in [0, 1]" in shown(lambda console: print_report(report, console))

    def test_explain_shows_everything_of_a_claim(self):
        claim = registry.claim("G2")
        text = shown(lambda console: print_claim(claim, ["S4"], None, console))
        for part in ("G2", "rests on      G1", "used by       S4", "No evidence yet"):
            assert part in text
        for check in claim.checks:
            assert f"– {check.name}" in text
        assert "pmone verify G2" in text


class TestWork:
    def test_labels_are_found_in_any_case(self):
        assert work.find_claim("s5").id == work.find_claim("S5").id == "S5"

    @pytest.mark.parametrize(("label", "near"), [("S9", "S1"), ("G11", "G1"), ("zz", "Q1")])
    def test_an_unknown_label_is_told_its_nearest(self, label, near):
        with pytest.raises(InputError, match=f"claim '{label}'.*nearest are.*\\b{near}\\b"):
            work.find_claim(label)

    @pytest.mark.parametrize(
        ("codes", "code"), [((0, 0), 0), ((0, 3), 3), ((3, 1), 1), ((0, 1), 1), ((0,), 0)]
    )
    def test_the_worst_exit_code_wins(self, codes, code):
        assert work.exit_code(*({"exit_code": c} for c in codes)) == code

    def test_progress_ends_at_the_whole(self, tmp_path):
        steps = []
        work.verify(["H2"], "quick", 0, 1, Store(tmp_path), lambda *step: steps.append(step))
        assert [done <= total for done, total, _ in steps] == [True] * len(steps)
        assert steps[-1][0] == steps[-1][1]


class TestStore:
    @pytest.fixture(autouse=True)
    def no_formal_run(self, monkeypatch, tmp_path):
        """Keep the rungs the same whether or not the formal proofs were checked on this machine."""
        monkeypatch.setattr(machine, "FOLDER", tmp_path / "no formal run")

    def test_a_finished_run_leaves_claims_and_no_unfinished_checks(self, tmp_path):
        store = Store(tmp_path)
        work.verify(["h2"], "quick", 0, 1, store)
        found = store.claim("H2")
        assert found["same_code"]
        assert found["claim"]["rung"] == found["claim"]["status"] == "stated"
        assert found["claim"]["not_run_here"] == ["G1"]  # which was not asked for
        assert not list((tmp_path / "unfinished").glob("*"))
        assert store.claim("G1") is None
        assert store.report("quick", 0) is None  # not all claims

    def test_a_finished_run_is_never_taken_for_a_new_one(self, tmp_path):
        store = Store(tmp_path)
        for _ in range(2):
            report = work.verify(["H2"], "quick", 0, 1, store)
            assert not any(e["resumed"] for e in report["claims"][0]["evidence"])

    def test_a_quick_report_is_stale_when_the_formal_result_is_another(self, tmp_path, monkeypatch):
        store, whole = Store(tmp_path), ["H2"]
        monkeypatch.setattr(registry, "claims", lambda: {"H2": None})
        (tmp_path / "no formal run").mkdir()
        for effort in ("quick", "full"):
            store.finish(tmp_path / "x", {"claims": [{"id": n} for n in whole], "effort": effort,
                                          "seed": 0})  # fmt: skip
            assert store.report(effort, 0) is not None
            (tmp_path / "no formal run" / "result.json").write_text(effort)
            assert (store.report(effort, 0) is None) == (effort == "quick")

    def test_other_code_is_known_as_such(self, tmp_path, monkeypatch):
        store = Store(tmp_path)
        work.verify(["H2"], "quick", 0, 1, store)
        store.keep_audit({"effort": "quick", "seed": 0})
        assert store.audit("quick", 0) == {"effort": "quick", "seed": 0}
        assert store.audit("full", 0) is None
        assert store.audit("quick", 1) is None
        monkeypatch.setattr(suite, "code_digest", lambda: "other")
        assert not store.claim("H2")["same_code"]
        assert store.audit("quick", 0) is None

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "other"}', "\xff"])
    def test_what_it_did_not_write_is_nothing(self, tmp_path, content):
        (tmp_path / "claims").mkdir()
        (tmp_path / "claims" / "H2.json").write_text(content, encoding="latin-1")
        assert Store(tmp_path).claim("H2") is None

    def test_explain_is_json(self, tmp_path):
        store = Store(tmp_path)
        assert work.explain("h2", store)["last_run"] is None
        work.verify(["H2"], "quick", 0, 1, store)
        found = work.explain("H2", store)
        assert json.loads(json.dumps(found)) == found
        assert found["schema"] == "pmone-explain/1"
        assert found["last_run"]["claim"]["rung"] == "stated"
        assert [c["name"] for c in found["clauses"]] == ["split", "failure"]
