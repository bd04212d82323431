"""
The paper's construction by hand
================================

A 2 × 2 target, found in a random ±1 network step by step: round, write in binary, choose among
copies, and compare with what construction B does.
"""

# %%
# Round
# -----
# Only integers can be made of ±1 weights. With p bits, W becomes V = round(2^p W),
# and the network's output is multiplied by 2^−p at the end.
import numpy as np

W = np.array([[0.3, -0.7], [0.55, 0.1]])
p = 3
V = np.rint(2**p * W).astype(int)
print(V)
print("off by", np.linalg.norm(W - V / 2**p, 2), "in the spectral norm")

# %%
# Write in binary
# ---------------
# The absolute value of V has p + 1 binary digits. If x is
# nonnegative, a chain of neurons can carry 2^b·x: each layer doubles by adding a wire to its own
# copy, h ← h + h. So the weight V is a sum of those wires, with its sign on the last edge.
for (o, j), v in np.ndenumerate(V):
    digits = [b for b in range(p + 1) if abs(v) >> b & 1]
    print(f"V[{o},{j}] = {v:+d} = {'+' if v > 0 else '-'}({' + '.join(f'2^{b}' for b in digits)})")

# %%
# Choose among copies
# -------------------
# The random network's signs are what they are. An edge
# is needed with a given sign, and a fresh neuron has it with probability ½; a doubling needs two
# right signs, probability ¼. With B candidate neurons in a block, none of them fits with
# probability (3/4)^B.
rng = np.random.default_rng(0)
B, trials = 12, 100_000
signs = rng.choice([-1, 1], size=(trials, B, 2))
failed = ~(signs == 1).all(axis=2).any(axis=1)
print(f"measured {failed.mean():.4f}, exactly {(3 / 4) ** B:.4f}")

# %%
# That is why the paper's width has a logarithm for redundancy: B must be so large that no block of
# the whole network fails.
#
# What construction B does
# ------------------------
# It is exactly this, for all weights of a layer at once.
import pmone

target = pmone.TargetNetwork.from_layers([W], domain=pmone.Ball("1", nonnegative=True))
plan = pmone.plan(target, eps="0.2", delta="0.01", construction="blocks")
ticket = pmone.prune(target, plan, seed=1)
print(f"p = {plan.p}, width {plan.N:,}, depth {plan.L}, kept {ticket.kept_weights}")
x = np.array([0.6, 0.5])
print("target", W @ x)
print("ticket", ticket.run(x))
print("round ", np.rint(2**plan.p * W) / 2**plan.p @ x)

# %%
# The ticket computes the rounded target, exactly: not one bit of the difference comes from the
# random network.
exact = ticket.run_exact(x)
rounded = np.rint(2**plan.p * W) / 2**plan.p
assert [float(v) for v in exact] == list(rounded @ x)
