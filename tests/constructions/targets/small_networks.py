"""Small layers, and what they compute, for the tests of the readers."""

import numpy as np

RNG = np.random.default_rng(20)
W1, B1 = RNG.standard_normal((4, 3)), RNG.standard_normal(4)
W2, B2 = RNG.standard_normal((2, 4)), RNG.standard_normal(2)
X = RNG.standard_normal((50, 3))


def mlp(x, *layers):
    for i, (W, b) in enumerate(layers):
        x = np.maximum(x, 0) @ W.T + b if i else x @ W.T + b
    return x


def same_network(target, *layers):
    np.testing.assert_allclose(target(X), mlp(X, *layers), atol=1e-12)
    for W, (given_W, _) in zip(target.weights, layers, strict=True):
        rows, columns = given_W.shape
        assert (W[:rows, :columns] == given_W.astype(np.float64)).all()
    return True
