"""Frozen nouns and nothing else: no I/O, no decisions, no third-party imports."""
