"""The verbs, one function each. The terminal UI and the command line call these and nothing beneath them.

size: estimate. look: survey. decide: check and plan. act: apply, follow, undo. keep: session, status, export.
Each module imports what it needs when it is called, so that a command pays only for itself.
"""
