"""A forged ticket as arrays, and what the kernel says of it when some are changed."""

import numpy as np
import pytest

from proofs.kernel import check
from tests.proofs.kernel.forge import horner, save_arrays


@pytest.fixture(scope="module")
def arrays():
    rng = np.random.default_rng(3)
    ticket = horner([rng.standard_normal((3, 2)), rng.standard_normal((2, 3))], [5, 5], slack=40)
    return ticket.arrays()


@pytest.fixture
def verdict(arrays, tmp_path):
    """Change some arrays (None: leave it out), check the file, demand `malformed`, return why."""

    def run(changes):
        path = save_arrays(
            {k: v for k, v in {**arrays, **changes}.items() if v is not None}, tmp_path / "t.npz"
        )
        certificate = check(path)
        assert certificate.verdict == "malformed", certificate
        assert certificate.exit_code == 4
        assert certificate.bound is None
        (reason,) = certificate.reasons
        return reason

    return run
