"""The trusted checker of ticket files: `check(path) -> Certificate`.

It imports NumPy, SciPy's sparse matrices and the standard library, and nothing else of this
project. FORMAT.md defines the file format and the rules, and the modules follow it. To review the
checker, read in this order:

1. FORMAT.md        what a ticket file is, when it must be accepted, and why that is sound
2. header.py        JSON text → validated header
3. kept_edges.py    the two forms in which a file states the kept edges of a layer
   ticket_file.py   bytes → validated arrays; every malformed file ends in one of these three
4. philox.py        the signs of the random network, from the seed
5. integers.py      exact sparse integer matrices of any size
6. extract.py       kept edges → integer matrices V_1…V_l
7. bound.py         an upper bound on sup ‖f − ticket‖, rounded outward
8. real_weights.py  tickets in networks with real weights (FORMAT.md, section 8), beside 5 and 6
9. certificate.py   what was proved; check.py puts everything together
"""

from proofs.kernel.certificate import Certificate
from proofs.kernel.check import check
from proofs.kernel.ticket_file import Limits

__all__ = ["Certificate", "Limits", "check"]
