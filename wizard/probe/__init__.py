"""Facts in: collecting (touches the host) apart from parsing (text to noun)."""
