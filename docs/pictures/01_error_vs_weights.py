"""
Error against random weights
============================

The same tickets by what they cost in random weights, beside the lower bound T1, which no network
can beat whose masks serve all targets.
"""

from figures.gallery import DATA, PICTURES

picture = PICTURES["error-vs-weights"]
figure = picture.draw(picture.dataset.read(DATA))
