"""
Savings
=======

What each step of S's sharpening saves: random weights of 784-500-10 at ε = δ = 0.01, kept edges.
"""

from figures.gallery import DATA, PICTURES

picture = PICTURES["savings"]
figure = picture.draw(picture.dataset.read(DATA))
