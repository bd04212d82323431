"""`pmone demo`: the main job."""

import json
from pathlib import Path

import pytest


class TestDemo:
    def test_bad_options_are_usage_errors(self, door):
        assert door("demo", "--eps", "-1").code == 2
        assert door("demo", "--fit", "none").code == 2

    @pytest.mark.slow
    def test_every_ticket_is_accepted_and_drawn(self, door):
        found = door("demo", "--eps", "0.5", "--out", "d", "--format", "json")
        result = json.loads(found.out)
        assert found.code == 0
        assert result["schema"] == "pmone-demo/1"
        assert {t["certificate"]["verdict"] for t in result["trials"]} == {"accepted"}
        assert list(Path("d").glob("*.png"))

    @pytest.mark.slow
    def test_it_names_the_trained_network_without_the_constant_of_its_biases(self, door):
        assert "64-32-16-10, trained" in door("demo", "--eps", "0.5", "--out", "d").out
