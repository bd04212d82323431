"""
Random weights over the lower bound
===================================

How many times more random weights a plan needs than the lower bound, as ε falls.
"""

from figures.gallery import DATA, PICTURES

picture = PICTURES["weights-vs-bound"]
figure = picture.draw(picture.dataset.read(DATA))
