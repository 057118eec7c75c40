"""The city on one machine: emulator, deployment, edge, launcher."""
