"""What an example's block leaves in `figure` is its picture."""

from __future__ import annotations

from sphinx_gallery.scrapers import figure_rst


def scrape(block, block_vars, gallery_conf):
    """Save the Figure that the block called `figure`, once."""
    figure = block_vars["example_globals"].pop("figure", None)
    if figure is None:
        return ""
    path = next(block_vars["image_path_iterator"])
    figure.savefig(path, dpi=160, bbox_inches="tight")
    return figure_rst([path], gallery_conf["src_dir"])
