"""P6: edge-popup (after Ramanujan et al. 2020).

The random weights never change; every weight has a score, a layer keeps the share of its weights
with the largest scores, and the scores follow the gradient as if every weight were kept
(straight-through). Here in NumPy: a ReLU network, cross-entropy, stochastic gradient descent with
momentum.

This is empirical: there is no target network, no ε, and so no bound that a checker could certify.
What comes out is a mask, with a kind of file of its own (`mask.py`), and how many held-out images
it classifies correctly. The paper (*What's hidden in a randomly weighted neural network?*, arXiv
1911.13299, read in its abstract and restatements) uses Kaiming normal and signed constant weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError
from constructions.networks.distributions import SIGN, Distribution
from constructions.networks.weights import WeightNetwork
from constructions.popup.data import Labelled
from constructions.popup.mask import Floats, MaskedNetwork, Masks, forward, kept_of, scaled_layers
from constructions.progress import Progress, silent
from constructions.request import check_dims

NAME = "edge-popup"

_SCORE_STREAM = 0x5C0E  # of NumPy's generator that orders batches and starts the scores


@dataclass(frozen=True)
class PopupPlan:
    """The shape and the schedule of a search for masks.

    Attributes
    ----------
    widths : (d_0, N_1, …, classes); the random network has exactly this shape
    distribution : of its weights, scaled by √(2/(keep·fan-in)) a layer; Kaiming's scale
    keep : the share of weights that each layer keeps, 0 < keep < 1
    epochs, batch, rate, momentum : of the descent
    """

    widths: tuple[int, ...]
    distribution: Distribution
    keep: float
    epochs: int
    batch: int
    rate: float
    momentum: float

    @property
    def random_weights(self) -> int:
        """The number of weights of the random network."""
        return sum(a * b for a, b in zip(self.widths, self.widths[1:], strict=False))

    @property
    def random_bits(self) -> float:
        """The number of random bits in those weights."""
        return self.random_weights * self.distribution.random_bits

    def draw(self, seed: int) -> WeightNetwork:
        """Return the random network of this shape that the seed draws."""
        return WeightNetwork(seed, self.widths, self.distribution)


@dataclass(frozen=True, eq=False)
class Popup(MaskedNetwork):
    """The masks that were found, and their accuracy: a seed and a mask, but nothing certified.

    Attributes, besides those of MaskedNetwork
    ------------------------------------------
    correct, total : held-out examples classified correctly, of so many
    data : their name
    """

    correct: int
    total: int
    data: str

    def describe(self) -> dict[str, Any]:
        """Return the numbers, ready for JSON."""
        return super().describe() | {
            "construction": NAME,
            "data": self.data,
            "correct": self.correct,
            "total": self.total,
        }


def plan(
    dims: Sequence[int],
    eps: str | float | Decimal | None = None,
    delta: str | float | Decimal | None = None,
    *,
    distribution: Distribution = SIGN,
    keep: float = 0.5,
    epochs: int = 20,
    batch: int = 32,
    rate: float = 0.1,
    momentum: float = 0.9,
) -> PopupPlan:
    """Return the plan for networks of the given shape.

    Parameters
    ----------
    dims : (features, N_1, …, classes), of the random network itself
    eps, delta : not used, for edge-popup promises nothing; here so that the verb is the same
    distribution : SIGN for ±1, NORMAL for Kaiming normal weights, or any other
    keep, epochs, batch, rate, momentum : 0 < keep < 1, epochs ≥ 1, batch ≥ 1, rate > 0,
        0 ≤ momentum < 1

    Raises InputError for arguments outside their domain.

    >>> plan((64, 100, 10)).random_weights
    7400
    """
    sound = 0 < keep < 1 and epochs >= 1 and batch >= 1 and rate > 0 and 0 <= momentum < 1
    if not sound:
        raise InputError(
            f"keep = {keep}, epochs = {epochs}, batch = {batch}, rate = {rate}, momentum = "
            f"{momentum}: expected 0 < keep < 1, epochs, batch ≥ 1, rate > 0, 0 ≤ momentum < 1"
        )
    return PopupPlan(check_dims(dims), distribution, keep, epochs, batch, rate, momentum)


def prune(
    data: Labelled, plan: PopupPlan, network: WeightNetwork, progress: Progress = silent
) -> Popup:
    """Return the masks that the search ends with; it always ends with some, good or not.

    The order of the batches and the first scores come from NumPy's generator at the same seed.
    Raises InputError unless data, plan and network belong together.
    """
    if (data.features, data.classes) != (plan.widths[0], plan.widths[-1]):
        raise InputError(
            f"data has {data.features} features and {data.classes} classes: "
            f"the plan is for {plan.widths[0]} and {plan.widths[-1]}"
        )
    if network.widths != plan.widths or network.distribution != plan.distribution:
        raise InputError("network: expected the plan's, as plan.draw(seed) gives it")
    drawn = scaled_layers(network, plan.keep)
    rng = np.random.default_rng([network.seed, _SCORE_STREAM])
    scores = [rng.uniform(0.0, 1.0 / math.sqrt(W.shape[1]), W.shape) for W in drawn]
    speed = [np.zeros_like(s) for s in scores]
    for epoch in range(plan.epochs):
        progress(epoch, plan.epochs, f"edge-popup on {data.name}")
        rate = plan.rate * 0.5 * (1 + math.cos(math.pi * epoch / plan.epochs))
        order = rng.permutation(len(data.train_y))
        for first in range(0, len(order), plan.batch):
            chosen = order[first : first + plan.batch]
            kept = [W * top_share(s, plan.keep) for W, s in zip(drawn, scores, strict=True)]
            gradients = gradient(data.train_x[chosen], data.train_y[chosen], kept)
            for W, s, v, g in zip(drawn, scores, speed, gradients, strict=True):
                v *= plan.momentum
                v += g * W  # straight through: as if the kept weights were score·W
                s -= rate * v
    masks = tuple(top_share(s, plan.keep) for s in scores)
    outputs = forward(data.test_x, [M * W for M, W in zip(masks, drawn, strict=True)])[-1]
    correct = int((outputs.argmax(axis=1) == data.test_y).sum())
    return Popup(
        seed=network.seed,
        widths=plan.widths,
        distribution=plan.distribution,
        keep=plan.keep,
        masks=masks,
        correct=correct,
        total=len(data.test_y),
        data=data.name,
    )


def top_share(scores: Floats, keep: float) -> Masks:
    """Return the mask of the ⌈keep·size⌉ largest scores; of equal ones, the first by place.

    >>> top_share(np.array([[3.0, 1.0], [2.0, 2.0]]), 0.5).tolist()
    [[True, False], [True, False]]
    """
    flat, kept = scores.ravel(), kept_of(scores.size, keep)
    last = np.partition(flat, flat.size - kept)[flat.size - kept]  # ten times as fast as sorting
    mask: Masks = flat > last
    mask[np.flatnonzero(flat == last)[: kept - int(mask.sum())]] = True
    return mask.reshape(scores.shape)


def gradient(x: Floats, y: NDArray[np.int64], matrices: Sequence[Floats]) -> list[Floats]:
    """Return the gradients of the mean cross-entropy with respect to the matrices."""
    layers = forward(x, matrices)
    shifted = np.exp(layers[-1] - layers[-1].max(axis=1, keepdims=True))
    back = shifted / shifted.sum(axis=1, keepdims=True)
    back[np.arange(len(y)), y] -= 1.0
    back /= len(y)
    gradients: list[Floats] = []
    for t in reversed(range(len(matrices))):
        gradients.insert(0, back.T @ layers[t])
        back = (back @ matrices[t]) * (layers[t] > 0)
    return gradients
