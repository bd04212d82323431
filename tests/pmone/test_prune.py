"""`pmone prune`: a ticket is written, or the reason why not."""

import json
from pathlib import Path

import numpy as np
import pytest

from constructions import NoTicket, horner, plan_for, rounding
from constructions.targets.readers import load_target
from constructions.targets.target import Ball


class TestPrune:
    def test_a_ticket_is_written(self, door, target, tmp_path):
        found = door("prune", target, "--eps", "0.1", "-o", tmp_path / "t.npz")
        assert found.code == 0
        assert (tmp_path / "t.npz").exists()
        assert "pmone certify" in found.out
        assert found.err == ""

    @pytest.mark.parametrize("construction", ["grouped", "horner", "sign-agnostic", "blocks"])
    def test_json_says_what_was_made(self, door, target, construction):
        options = ("--eps", "0.25", "--delta", "0.01", "--construction", construction)
        found = door("prune", target, *options, "--seed", 3, "-o", "t.npz", "--format", "json")
        result = json.loads(found.out)
        assert result["schema"] == "pmone-prune/1"
        assert result["construction"] == construction
        assert int(result["seed"]) == 3
        assert {"file", "p", "width", "depth", "bound_failure", "versions"} <= set(result)
        assert result["bound_failure"] <= 0.01

    def test_adaptive_plans_are_smaller(self, door, target):
        def p(fit):
            options = ("--eps", "0.01", "--fit", fit, "-o", "t.npz", "--format", "json")
            return json.loads(door("prune", target, *options).out)["p"]

        assert p("adaptive") < p("theorem")

    def test_random_rounding_takes_fewer_bits_in_wide_layers(self, door):
        np.savez("wide.npz", W1=np.full((64, 64), 1 / 64))

        def result(*options):
            given = ("wide.npz", "--eps", "0.01", "-o", "t.npz", "--format", "json", *options)
            return json.loads(door("prune", *given).out)

        nearest, random = result("--rounding", "nearest"), result("--rounding-seed", 4)
        assert (nearest["rounding"], nearest["rounding_seed"], nearest["p"]) == (
            "nearest",
            None,
            12,
        )
        assert (random["rounding"], random["rounding_seed"], random["p"]) == ("random", 4, 11)
        assert door("certify", "t.npz").code == 0
        wrong = door("prune", "wide.npz", "-o", "t.npz", "--rounding", "up")
        assert wrong.code == 2
        assert "'up'" in wrong.err

    def test_a_rounding_that_is_not_found_is_inconclusive_and_says_why(self, door, monkeypatch):
        p = 5  # the bits of this plan: all weights are half-way between two integers
        np.savez("hard.npz", W1=np.full((40, 40), 2.0 ** (-p - 1)))
        options = ("--eps", "0.5", "-o", "none.npz", "--rounding", "random")
        assert door("prune", "hard.npz", *options).code == 0
        Path("none.npz").unlink()
        monkeypatch.setattr(rounding, "ATTEMPTS", 0)
        found = door("prune", "hard.npz", *options)
        assert (found.code, found.out) == (3, "")
        assert "none of 0 random roundings of seed 0" in found.err
        assert "--rounding-seed" in found.err
        assert not Path("none.npz").exists()

    def test_a_draw_without_a_ticket_is_inconclusive_and_says_why(self, door, target):
        network = load_target(target)
        plan = plan_for(network, "0.5", "0.9")
        for seed in range(1000):
            try:
                horner.prune(network, plan, plan.draw(seed))
            except NoTicket as failure:
                event = failure.event
                break
        options = ("--eps", "0.5", "--delta", "0.9", "--seed", seed, "-o", "none.npz")
        found = door("prune", target, *options)
        assert (found.code, found.out) == (3, "")
        assert f"event '{event}' failed at layer" in found.err
        assert "another --seed" in found.err
        assert not Path("none.npz").exists()

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (["--eps", "0"], "eps = 0: expected a number > 0"),
            (["--eps", "nan"], "eps = 'nan': expected a finite number"),
            (["--eps", "small"], "eps = 'small': expected a decimal number"),
            (["--delta", "1"], "delta = 1: expected a number with 0 < delta < 1"),
            (["--seed", "-1"], "'--seed': -1: expected an integer from 0 to 18446744073709551615"),
            (["--domain", "cube:1"], "'cube:1': expected ball:R, box:LO:HI"),
            (["--domain", "box:1:0"], "low"),
            (["--domain", "box:-1:1", "--nonnegative"], "inputs below 0"),
            (["--construction", "magic"], "magic"),
            (["--fit", "tight"], "tight"),
            (["-o", "no/such/folder/t.npz"], "no/such/folder is not a folder"),
        ],
    )
    def test_bad_options_are_named_with_their_values(self, door, target, options, words):
        found = door("prune", target, "-o", "t.npz", *options)
        assert (found.code, found.out) == (2, "")
        assert words in found.words.replace("│ ", "")

    def test_a_missing_file_is_a_usage_error(self, door):
        found = door("prune", "missing.npz", "-o", "t.npz")
        assert (found.code, found.out) == (2, "")
        assert "missing.npz" in found.words

    @pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04broken"])
    def test_a_malformed_target_is_4(self, door, tmp_path, content):
        (tmp_path / "bad.npz").write_bytes(content)
        found = door("prune", "bad.npz", "-o", "t.npz")
        assert (found.code, found.out) == (4, "")
        assert "bad.npz" in found.err
        assert "Traceback" not in found.err


def test_targets_with_their_own_domain_are_served(door, target):
    found = door("prune", target, "--domain", "ball:2", "--nonnegative", "-o", "t.npz")
    assert found.code == 0
    assert Ball("2", nonnegative=True).describe() in found.out
