"""install.sh and the installed command, run for real with a prefix and a home of their own."""
