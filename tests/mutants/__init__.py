"""Mutants of the kernel: small edits of its source, and whether its tests notice them."""
