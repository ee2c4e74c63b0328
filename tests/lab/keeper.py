"""Process 1 of a lab's namespaces. Everything of the lab dies with it: the kernel sees to that.

Run as a plain script, with the Python of the machine, inside `unshare`.
"""

import signal

# Orphans are reaped by the kernel.
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
print("ready", flush=True)
while True:
    signal.pause()
