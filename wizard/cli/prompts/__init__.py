"""The wizard's questions, line by line: for small and dumb terminals, serial consoles and screen readers."""
