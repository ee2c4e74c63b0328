"""How a value is written into each format that we write: one module a format, and no other way into a file."""
