"""
Forge a ticket and watch the checker refuse
===========================================

A certificate is only worth what its checker refuses. Here a good ticket is spoilt in four ways.
"""

# %%
# A good ticket, as arrays of a file.
import json
import os
import tempfile

import numpy as np

import pmone

target = pmone.TargetNetwork.from_layers([[[0.3, -0.7], [0.55, 0.1]]])
plan = pmone.plan(target, eps="0.01", delta="0.01")
ticket = pmone.prune(target, plan, seed=1)
path = os.path.join(tempfile.mkdtemp(), "ticket.npz")
ticket.save(path)
print(pmone.certify(path))

with np.load(path) as file:
    arrays = dict(file)
header = json.loads(str(arrays["header"]))


def verdict(changes, **said):
    """Write the file with changes, and check it."""
    text = json.dumps(header | said)
    np.savez(path, **(arrays | {"header": np.array(text)} | changes))
    found = pmone.certify(path)
    print(found.verdict, "because", *found.reasons)
    assert not found.accepted
    return found


# %%
# Another draw
# ------------
# The signs come from the seed, never from the file. The same edges in another random network are no
# ticket.
verdict({}, seed=2)

# %%
# One edge less
# -------------
# Kept edges are stored as gaps between their places. Joining two
# gaps takes one edge away, here in the middle of the network. The walk through the layers meets a
# sum that can be negative, or a bound beyond ε.
gaps = arrays["gaps_12"].astype(int)
k = int(np.flatnonzero((gaps[:-1] < 100) & (gaps[1:] < 100))[0])
gaps[k + 1] += gaps[k]
verdict({"gaps_12": np.delete(gaps, k).astype(np.uint8)})

# %%
# A smaller ε than there is
# -------------------------
# Claiming more accuracy than the rounding has is refused with the bound that does hold.
found = verdict({}, epsilon="0.000001")
print("what holds:", found.bound)

# %%
# Another target
# --------------
# A file whose target was exchanged may even be accepted, for
# *its* target: the certificate names the digest, and with your target in hand the checker
# compares them bit for bit.
np.savez(path, **arrays)
other = [np.array([[0.3, -0.7], [0.55, 0.2]])]
found = pmone.certify(path, target=other)
print(found.verdict, "because", *found.reasons)
assert found.verdict == "rejected"
