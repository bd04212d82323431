"""
Subnetworks
===========

What is left of a small random network after pruning, by construction.
"""

from figures.gallery import DATA, PICTURES

picture = PICTURES["subnetworks"]
figure = picture.draw(picture.dataset.read(DATA))
