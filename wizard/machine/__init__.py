"""What runs a command: the local host or a recorded one."""
