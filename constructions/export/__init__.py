"""Tickets for other programs: as ONNX, as a state dict with masks, as instances for verifiers."""
