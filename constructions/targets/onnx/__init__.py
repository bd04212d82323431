"""Networks in ONNX files: folded into layers and ReLUs, or refused by the names of their nodes."""
