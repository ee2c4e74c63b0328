"""Pure decisions: (facts, requirements, answers) to findings."""
