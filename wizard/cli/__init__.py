"""The command line: reads arguments, calls one verb of the workflow, and puts its answer on paper."""
