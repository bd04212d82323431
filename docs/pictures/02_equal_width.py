"""
At equal width
==============

What each construction certifies when all are given the same width.
"""

from figures.gallery import DATA, PICTURES

picture = PICTURES["equal-width"]
figure = picture.draw(picture.dataset.read(DATA))
