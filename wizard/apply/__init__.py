"""Plan out and events back: the runner, its journal, and what undoes it."""
