"""The camera worker: watches streams, follows what moves, tells the city what a rule saw."""
