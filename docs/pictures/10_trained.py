"""
Trained networks
================

Networks trained on scikit-learn's digits, found in random networks at several accuracies.
"""

from figures.gallery import DATA, PICTURES

picture = PICTURES["trained"]
figure = picture.draw(picture.dataset.read(DATA))
