"""The other strong-lottery-ticket constructions, with the same two verbs as ours: plan and prune.

Each draws one random network from a seed and never draws again; a ticket is that seed and a mask.
The catalogue lists them beside ours.
"""
