"""Tickets: from a citizen's words to a unit's answer and back."""
