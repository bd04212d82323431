"""
Edge-popup
==========

Masks found by gradient search, without a target network and without a bound, for comparison.
"""

from figures.gallery import DATA, PICTURES

picture = PICTURES["edge-popup"]
figure = picture.draw(picture.dataset.read(DATA))
