"""CometChat on-premise, set up with the operator: a terminal wizard and a command line."""

__version__ = "0.1.0"
