"""What `run.py` does beside serving: one module a command, and `dispatch`, which chooses."""
