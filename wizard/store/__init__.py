"""Files: read, lock, write, migrate. Everything is written atomically, 0600."""
