"""The same target by every construction, ours and the peers'."""
