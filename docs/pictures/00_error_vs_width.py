"""
Error against width
===================

The same 8 × 8 target in random networks of growing width. Every marker is a median of tickets that
the checker accepted, with their range.
"""

from figures.gallery import DATA, PICTURES

picture = PICTURES["error-vs-width"]
figure = picture.draw(picture.dataset.read(DATA))
