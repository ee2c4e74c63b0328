"""The terminal user interface: ask and show, never decide."""
