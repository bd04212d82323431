"""What all tests share: Hypothesis profiles, made-up claims, skips that cannot be overlooked."""

from __future__ import annotations

import os
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, settings

# The same examples on every run, few enough for a desk; CI, and HYPOTHESIS_PROFILE=ci, look for
# more, anew each time.
settings.register_profile(
    "default",
    derandomize=True,
    max_examples=50,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(  # a failure is all that is asked for, not a small example of it
    "mutants", settings.get_profile("default"), phases=[Phase.explicit, Phase.generate]
)
settings.register_profile(
    "ci",
    max_examples=120,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default")
)


@pytest.fixture
def registered(monkeypatch):
    """Return a function that puts claims and near misses in the registry's place."""
    from tests.made_up_claims import register

    return partial(register, monkeypatch)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly, last of all, that what was skipped has not passed."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("SKIPPED IS NOT PASSED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} test(s) did not run, so nothing is known of them:")
        for report in skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            terminalreporter.line(f"  {report.nodeid}: {reason}")
