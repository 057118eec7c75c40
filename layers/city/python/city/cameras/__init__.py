"""The registry of cameras: assignments, leases, rules, detections, health."""
