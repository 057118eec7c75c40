"""A fleet of real camera workers whose members are killed, and what that costs.

    make soak-cameras                       563 cameras, ten minutes, one killed each minute
    python -m infra.fleet --cameras 24 --seconds 70 --promise 12 --kill-every 15

Real: the worker processes, their threads, decoding, batches, ONNX Runtime, the queues and the
bucket (the local cloud's), SIGKILL. Simulated: the cameras (one tiny film at one frame a second,
live over HTTP, each at its own place in it), the detector (a graph that answers with one box where
the picture is bright), the rule (a lamp that goes on), the registry and the receiver, which do what
`city.cameras` does: epochs, the fence by time, one incident by id, incidents within a cool-down
merged. See `infra.fleet.measures` for what is counted.
"""
