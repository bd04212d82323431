"""
Signs and intervals
===================

Random signs move the interval of integers that masks reach; they do not shorten it (E1).
"""

from figures.gallery import DATA, PICTURES

picture = PICTURES["signs"]
figure = picture.draw(picture.dataset.read(DATA))
