"""
Shapes of networks
==================

Width and depth that the plans need, by the target's size.
"""

from figures.gallery import DATA, PICTURES

picture = PICTURES["shapes"]
figure = picture.draw(picture.dataset.read(DATA))
