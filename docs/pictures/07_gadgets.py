"""
Gadgets
=======

Doubling, digits, merging and reading out, as neurons and ±1 edges.
"""

from figures.gallery import DATA, PICTURES

picture = PICTURES["gadgets"]
figure = picture.draw(picture.dataset.read(DATA))
