"""Figures: each module loads data, draws, and saves through `figures.save`."""
