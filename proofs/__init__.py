"""What is claimed, proved, measured and audited."""
