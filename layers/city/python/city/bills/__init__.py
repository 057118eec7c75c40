"""Bills: looking them up, paying them once, finding out what came of it, and telling people."""
