"""The random network: drawn once from a seed, and read only where it is needed."""
