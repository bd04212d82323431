"""What measures: the demo, the comparison with the peers, equal widths, and the sweeps."""
