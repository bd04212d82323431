"""Formulas as MathML, which browsers set by themselves: no script, nothing from elsewhere."""

from __future__ import annotations

from docutils import nodes
from latex2mathml.converter import convert


def setup(app):
    """Register the renderer "mathml"."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))


def _inline(self, node):
    self.body.append(convert(node.astext(), display="inline"))
    raise nodes.SkipNode


def _block(self, node):
    self.body.append(f'<div class="formula">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode
