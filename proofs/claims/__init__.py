"""What is claimed: one module a family, and the registry of them all."""
