"""Pure decisions: (facts, answers) to a plan of steps of commands."""
