"""
Failure against slack
=====================

How often a draw has no ticket, measured, beside the proved bounds, as the width grows beyond the
least.
"""

from figures.gallery import DATA, PICTURES

picture = PICTURES["failure-vs-slack"]
figure = picture.draw(picture.dataset.read(DATA))
