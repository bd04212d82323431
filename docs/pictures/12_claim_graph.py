"""
The graph of claims
===================

Which claim rests on which, with the rung that each reached in the recorded run.
"""

from figures.gallery import DATA, PICTURES

picture = PICTURES["claim-graph"]
figure = picture.draw(picture.dataset.read(DATA))
