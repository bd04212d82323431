"""The graph of claims as an SVG: layered, one box per claim, border = required, fill = reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from proofs.claims import graph
from proofs.evidence import Rung
from proofs.report.layout import Layout, Point, lay_out

Json = Mapping[str, Any]
_WIDTH, _HEIGHT, _DOWN, _MARGIN = 50, 30, 76, 14
_GAP, _LANE = 18, 14  # between boxes; the width of the lane of an edge that passes a row


def draw(claims: Sequence[Json]) -> str:
    """Return the SVG; every box links to #claim-<id> and has a title.

    A parent that is not among the claims is left out, and so is an edge that others imply.
    """
    if not claims:
        return ""
    known = {claim["id"] for claim in claims}
    direct = graph.reduced(
        {claim["id"]: [p for p in claim["depends_on"] if p in known] for claim in claims}
    )
    joined = {label for child, above in direct.items() if above for label in (child, *above)}
    parents = {label: above for label, above in direct.items() if label in joined}
    layout = lay_out(graph.levels(parents), parents, node=_WIDTH + _GAP, bend=_LANE)
    alone = _places_alone([label for label in direct if label not in joined], layout)
    places = {label: _on_page(point) for label, point in (layout.nodes | alone).items()}
    right = max(_MARGIN + layout.width, *(x + (_WIDTH + _GAP) / 2 for x, _ in places.values()))
    bottom = max(y + _HEIGHT / 2 for _, y in places.values())
    width, height = right + _MARGIN, bottom + _MARGIN
    edges = [_edge(*ends, [_on_page(p) for p in arrow]) for ends, arrow in layout.arrows.items()]
    boxes = [_box(claim, *places[claim["id"]]) for claim in claims]
    return (
        f'<svg class="graph" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-label="Graph of claims: each rests on those above '
        'it that it is joined to">'
        f"<g>{''.join(edges)}</g>{''.join(boxes)}</svg>"
    )


def _places_alone(labels: Sequence[str], layout: Layout) -> dict[str, Point]:
    """Return places for claims without edges: in rows below all others, and in the middle."""
    step = _WIDTH + _GAP
    row = max(6, int(layout.width // step))
    middle = max(layout.width, row * step - 2 * _MARGIN) / 2
    below = max((level for _, level in layout.nodes.values()), default=-1) + 1
    found = {}
    for i, label in enumerate(labels):
        count = min(row, len(labels) - i // row * row)
        found[label] = (middle + (i % row - (count - 1) / 2) * step, below + i // row)
    return found


def _on_page(point: Point) -> tuple[float, float]:
    x, level = point
    return x + _MARGIN, level * _DOWN + _MARGIN + _HEIGHT / 2


def _edge(parent: str, child: str, points: Sequence[tuple[float, float]]) -> str:
    """Draw an edge: straight through the rows it passes, curved between them."""
    (x, y), half = points[0], _HEIGHT / 2
    path = [f"M{x:.1f} {y + half:.1f}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        start, end = y0 + half, y1 - half
        middle = (start + end) / 2
        path.append(f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {end:.1f}")
        if (x1, y1) != points[-1]:
            path.append(f"V{y1 + half:.1f}")
    title = f"{child} rests on {parent}"
    return f'<path d="{"".join(path)}"><title>{escape(title)}</title></path>'


def _box(claim: Json, x: float, y: float) -> str:
    label, required = escape(claim["id"]), Rung.from_label(claim["required_rung"])
    rung = "refuted" if claim["refuted"] else Rung.from_label(claim["rung"]).slug
    conditional = " modulo " in claim["status"] or "not run here" in claim["status"]
    modulo = " modulo" if conditional else ""
    title = f"{claim['id']}: {claim['title']}. {claim['status']}, required {required.label}"
    return (
        f'<a href="#claim-{label}"><g class="box fill-{rung} border-{required.slug}{modulo}">'
        f"<title>{escape(title)}</title>"
        f'<rect x="{x - _WIDTH / 2:.1f}" y="{y - _HEIGHT / 2:.1f}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" rx="8"/><text x="{x:.1f}" y="{y + 4.6:.1f}">{label}</text></g></a>'
    )
