"""The graph of claims as an SVG: layered, a box a claim, border = required, fill = reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

Json = Mapping[str, Any]
Edge = tuple[str, str]
_WIDTH, _HEIGHT, _DOWN, _MARGIN = 50, 30, 76, 14
_GAP, _LANE = 18, 14  # between boxes; the width of the lane of an edge that passes a row
_SWEEPS = 24


def levels(claims: Sequence[Json]) -> dict[str, int]:
    """Return for every claim the length of the longest chain of claims below it.

    Parents that are not among the claims are left out.
    """
    parents, depth = _parents(claims), dict[str, int]()

    def visit(label: str) -> int:
        if label not in depth:
            depth[label] = 1 + max(map(visit, parents[label]), default=-1)
        return depth[label]

    for label in parents:
        visit(label)
    return depth


def reduced_edges(claims: Sequence[Json]) -> list[Edge]:
    """Return the edges (parent, child) that no longer path implies."""
    parents = _parents(claims)
    above: dict[str, set[str]] = {}

    def ancestors(label: str) -> set[str]:
        if label not in above:
            above[label] = set(parents[label]).union(*map(ancestors, parents[label]))
        return above[label]

    return [
        (parent, child)
        for child, direct in parents.items()
        for parent in direct
        if not any(parent in ancestors(other) for other in direct)
    ]


def _parents(claims: Sequence[Json]) -> dict[str, list[str]]:
    known = {claim["id"] for claim in claims}
    return {c["id"]: [p for p in c["depends_on"] if p in known] for c in claims}


def layout(claims: Sequence[Json]) -> tuple[dict[str, float], dict[str, int], list[list[str]]]:
    """Return (x, level) by node, and every edge as a chain of nodes.

    An edge that passes rows has a node in each of them, named "parent→child@row", so that it
    passes between the boxes. Rows are sorted to have few crossings, then pulled straight.
    """
    level = levels(claims)
    chains = []
    for parent, child in reduced_edges(claims):
        between = range(level[parent] + 1, level[child])
        passing = [f"{parent}→{child}@{row}" for row in between]
        level |= dict(zip(passing, between, strict=True))
        chains.append([parent, *passing, child])
    above: dict[str, list[str]] = {n: [] for n in level}
    below: dict[str, list[str]] = {n: [] for n in level}
    for chain in chains:
        for a, b in pairwise(chain):
            above[b].append(a)
            below[a].append(b)
    rows = [[n for n in level if level[n] == k] for k in range(1 + max(level.values(), default=-1))]
    x: dict[str, float] = {}
    for row in rows:
        _place(row, dict.fromkeys(row, 0.0), x)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        neighbours = above if down else below
        if sweep >= _SWEEPS // 2:  # first the order from one side, then a balance of both
            neighbours = {n: above[n] + below[n] for n in level}
        for row in rows if down else reversed(rows):
            wish = {n: _mean([x[m] for m in neighbours[n]], x[n]) for n in row}
            if sweep < _SWEEPS - 6:
                row.sort(key=lambda n: (wish[n], x[n]))
            _place(row, wish, x)
    left = min((x[n] - _half(n) for n in x), default=0.0) - _MARGIN
    return {n: x[n] - left for n in x}, level, chains


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _half(node: str) -> float:
    """Return half of what a node is wide; an edge that passes is a lane."""
    return _LANE / 2 if "→" in node else (_WIDTH + _GAP) / 2


def _place(row: list[str], wish: Mapping[str, float], x: dict[str, float]) -> None:
    """Put a row's nodes, in order, as near to where they wish to be as their widths allow.

    Groups of touching nodes move to the mean of their wishes (pool adjacent violators).
    """
    groups: list[tuple[float, int, list[str]]] = []  # (sum of wished lefts, count, nodes)
    offset: dict[str, float] = {}
    at = 0.0
    for n in row:
        offset[n] = at + _half(n)
        at += 2 * _half(n)
        groups.append((wish[n] - offset[n], 1, [n]))
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, count, nodes = groups.pop()
            before = groups.pop()
            groups.append((before[0] + total, before[1] + count, before[2] + nodes))
    for total, count, nodes in groups:
        for n in nodes:
            x[n] = total / count + offset[n]


def _place_alone(labels: list[str], x: dict[str, float], level: dict[str, int]) -> None:
    """Put the claims without edges in rows of their own, below all others and in the middle."""
    step, right = 2 * _half(""), max((x[n] + _half(n) for n in x), default=0.0)
    a_row = max(6, int((right - _MARGIN) // step))
    below, middle = max(level.values(), default=-1) + 1, max(right + _MARGIN, a_row * step) / 2
    for start in range(0, len(labels), a_row):
        row = labels[start : start + a_row]
        for i, label in enumerate(row):
            x[label] = middle + (i - (len(row) - 1) / 2) * step
            level[label] = below + start // a_row


def draw(claims: Sequence[Json]) -> str:
    """Return the SVG; every box links to #claim-<id> and has a title."""
    if not claims:
        return ""
    joined = {label for edge in reduced_edges(claims) for label in edge}
    x, level, chains = layout([claim for claim in claims if claim["id"] in joined])
    _place_alone([claim["id"] for claim in claims if claim["id"] not in joined], x, level)
    width = max(x[n] + _half(n) for n in x) + _MARGIN
    height = max(level.values()) * _DOWN + _HEIGHT + 2 * _MARGIN
    edges = [_edge([(x[n], _y(level[n])) for n in chain], chain) for chain in chains]
    boxes = [_box(claim, x[claim["id"]], _y(level[claim["id"]])) for claim in claims]
    return (
        f'<svg class="graph" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-label="Graph of claims: each rests on those above '
        'it that it is joined to">'
        f"<g>{''.join(edges)}</g>{''.join(boxes)}</svg>"
    )


def _y(level: int) -> float:
    return level * _DOWN + _MARGIN + _HEIGHT / 2


def _edge(points: Sequence[tuple[float, float]], chain: Sequence[str]) -> str:
    """Draw an edge: straight through the rows it passes, curved between them."""
    (x, y), half = points[0], _HEIGHT / 2
    path = [f"M{x:.1f} {y + half:.1f}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        start, end = y0 + half, y1 - half
        middle = (start + end) / 2
        path.append(f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {end:.1f}")
        if (x1, y1) != points[-1]:
            path.append(f"V{y1 + half:.1f}")
    title = f"{chain[-1]} rests on {chain[0]}"
    return f'<path d="{"".join(path)}"><title>{escape(title)}</title></path>'


def _box(claim: Json, x: float, y: float) -> str:
    label, required = escape(claim["id"]), claim["required_rung"]
    rung = "refuted" if claim["refuted"] else claim["rung"]
    conditional = " modulo " in claim["status"] or "not run here" in claim["status"]
    modulo = " modulo" if conditional else ""
    title = f"{claim['id']}: {claim['title']}. {claim['status']}, required {required}"
    return (
        f'<a href="#claim-{label}"><g class="box fill-{rung} border-{required}{modulo}">'
        f"<title>{escape(title)}</title>"
        f'<rect x="{x - _WIDTH / 2:.1f}" y="{y - _HEIGHT / 2:.1f}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" rx="8"/><text x="{x:.1f}" y="{y + 4.6:.1f}">{label}</text></g></a>'
    )
