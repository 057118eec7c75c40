"""From pictures of many cameras to boxes: one ONNX Runtime session, batches across cameras."""
