"""Sphinx: `make docs` builds the site, offline, with every warning as an error."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import docstrings
import mathematics
import pages

project, author, copyright = "pmone", "The pmone authors", "The pmone authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_gallery.gen_gallery"]
exclude_patterns = ["_build", "pictures", "tutorials", "**/README.rst", "generated/rates-*"]
myst_enable_extensions = ["dollarmath", "deflist", "attrs_inline"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "pmone"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_show_sphinx = False
smartquotes = False  # would make a dash of the two hyphens of an option

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
default_role = "literal"

sphinx_gallery_conf = {
    "examples_dirs": ["tutorials", "pictures"],
    "gallery_dirs": ["auto_tutorials", "auto_pictures"],
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": ("gallery_images.scrape",),
    "capture_repr": (),
    "abort_on_example_error": True,
    "plot_gallery": "True",
    "show_memory": False,
    "download_all_examples": False,
    "remove_config_comments": True,
    "min_reported_time": 3600,
}


def setup(app):
    """Write the generated pages, and tell Sphinx of what this folder's modules do."""
    mathematics.setup(app)
    app.connect("autodoc-process-docstring", docstrings.process)
    pages.write(HERE)
