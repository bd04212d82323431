"""
Your first ticket in ten minutes
================================

Train a small network, find it inside a random network of ±1 weights by pruning alone, and let the
checker certify the result for all inputs. First with scikit-learn, then from an ONNX file.
"""

# %%
# A network to find
# -----------------
# A classifier for scikit-learn's iris flowers, with 8 hidden units. Features are scaled to [0, 1].
import warnings

import numpy as np
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import MinMaxScaler

X, y = load_iris(return_X_y=True)
X = MinMaxScaler().fit_transform(X)
model = MLPClassifier((8,), max_iter=2000, random_state=0)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    model.fit(X, y)
print(f"accuracy {model.score(X, y):.3f}")

# %%
# ``pmone.read`` takes the fitted model up to its logits. The domain is where the ticket is to be
# close to it: all inputs in [0, 1]⁴, not only the data.
import pmone

target = pmone.read(model, domain=pmone.Box.uniform("0", "1", 4))
print(target.dims, target.notes)

# %%
# A plan, a draw, a ticket
# ------------------------
# The plan says how large the random network must be so that, with probability at least 1 − δ, it
# contains a ticket within ε. It is fixed before any sign is drawn.
plan = pmone.plan(target, eps="0.05", delta="0.01")
print(f"width {plan.N:,}, depth {plan.L}, {plan.random_weights:,} random weights")

# %%
# Now the signs are drawn, once, from the seed; pruning chooses which of them to keep.
ticket = pmone.prune(target, plan, seed=1)
print(f"{ticket.kept_weights:,} of {plan.random_weights:,} weights are kept")

# %%
# The checker
# -----------
# It reads the file by itself, draws the signs again, and shares no code with what found the ticket.
import os
import tempfile

folder = tempfile.mkdtemp()
path = os.path.join(folder, "ticket.npz")
ticket.save(path)
certificate = pmone.certify(path, target=target.weights)
print(certificate.verdict, certificate.bound)
assert certificate.accepted

# %%
# The bound holds for every input of the box. So wherever the target's two largest logits are
# further apart than √2 times the bound, both networks give the same label:
from proofs.labels import keeps_label

same = keeps_label(target, X, certificate.bound).sum()
print(f"provably the same label: {same} of {len(X)}")

# %%
# From an ONNX file
# -----------------
# Files are read by suffix, here one that ONNX's own helper makes. At a terminal it is
# ``pmone prune model.onnx --eps 0.05 -o ticket.npz``.
import onnx
from onnx import TensorProto, helper, numpy_helper

W = np.array([[0.5, -0.25], [0.75, 0.125]], dtype=np.float32)
graph = helper.make_graph(
    [helper.make_node("Gemm", ["x", "W"], ["z"], transB=1), helper.make_node("Relu", ["z"], ["y"])],
    "small",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 2])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 2])],
    [numpy_helper.from_array(W, "W")],
)
onnx.save(helper.make_model(graph), os.path.join(folder, "small.onnx"))
small = pmone.read(os.path.join(folder, "small.onnx"))
print(small.dims, small.notes)
found = pmone.prune(small, pmone.plan(small, eps="0.01", delta="0.01"), seed=1)
x = [0.5, 0.25]
print("target", small(x), "ticket", found.run(x))
