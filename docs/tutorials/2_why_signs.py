"""
Why signs do not matter
=======================

Take the powers 1, 2, 4, …, 2^(K−1) with *random signs*, and keep or drop each of them. What
integers can be reached? An interval of length 2^K − 1, each of its integers exactly once, whatever
the signs are (claim E1). Constructions A and S rest on that.
"""

# %%
# All masks of a small example
# ----------------------------
from itertools import product

import numpy as np
from matplotlib.figure import Figure

K = 4
rows = []
for signs in product([1, -1], repeat=K):
    sums = sorted(
        sum(s * 2**b * m for b, (s, m) in enumerate(zip(signs, mask, strict=True)))
        for mask in product([0, 1], repeat=K)
    )
    assert sums == list(range(sums[0], sums[0] + 2**K))  # consecutive, each once
    rows.append((signs, sums[0], sums[-1]))
for signs, low, high in rows[:4]:
    print("".join("+-"[s < 0] for s in reversed(signs)), "reaches", low, "to", high)

# %%
# The interval moves with the signs, from −N to 2^K − 1 − N, where N is the sum of the powers with a
# minus. Its length does not.
figure = Figure(figsize=(6, 3.6))
axes = figure.subplots()
for k, (_, low, high) in enumerate(sorted(rows, key=lambda row: row[1])):
    axes.plot([low, high], [k, k], linewidth=4, solid_capstyle="butt")
axes.axvline(0, color="0.6", linewidth=0.8)
axes.set_xlabel("integers that masks of the powers 1, 2, 4, 8 reach")
axes.set_yticks([])
axes.set_title(f"All {2**K} choices of signs: intervals of {2**K} integers", fontsize=10)

# %%
# How many digits too many?
# -------------------------
# A weight V of absolute value at most 2^p
# must lie in the interval. With e more digits than V needs, the part of the draws for which some
# V is missed falls as 2^−e (claim E3); with two edges for each digit to choose from, as 4^−e
# (claim E4). So the redundancy is *added* to the depth, and does not multiply the width.
p = 3
rng = np.random.default_rng(1)
for e in range(1, 7):
    K = p + e
    signs = rng.choice([-1, 1], size=(200_000, K))
    N = ((signs < 0) * 2 ** np.arange(K)).sum(axis=1)
    missed = ((2**p > N) | (2**p > 2**K - 1 - N)).mean()
    print(f"e = {e}: some V is missed in {missed:.4f} of the draws; E3 says {2 * 2.0**-e:.4f}")
    assert abs(missed - 2 * 2.0**-e) < 0.01  # nine standard deviations
