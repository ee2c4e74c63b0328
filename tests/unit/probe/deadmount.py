"""A real mount that never answers, in a mount namespace of its own, and one command that meets it.

Run as a program: DIRECTORY, seconds to wait, the command. It mounts a FUSE file system whose server takes every
request and answers none but the first (which says which version it speaks): what waits for it can't even be killed,
as with a dead NFS server. At its end it closes the device, and the kernel lets go of all that wait.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import subprocess
import sys
import threading
import time

_INIT = 26


def _serve(device: int) -> None:
    while True:
        try:
            request = os.read(device, 1 << 18)
        except OSError:
            return
        _length, opcode, unique = struct.unpack_from("=LLQ", request)
        if opcode == _INIT:
            body = struct.pack("=LLLLHHLLHHL7L", 7, 31, 0, 0, 12, 9, 65536, 1, 32, 0, 0, *([0] * 7))
            os.write(device, struct.pack("=LlQ", 16 + len(body), 0, unique) + body)


def _mount(device: int, directory: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    if libc.mount(b"dead-server:/export", directory.encode(), b"fuse.dead", 0, options) != 0:
        raise OSError(ctypes.get_errno(), f"mount: {os.strerror(ctypes.get_errno())}")


def main() -> int:
    """Mount, run the command, print what it came to as JSON: {seconds, code, stdout, stderr}; code None: it hung."""
    directory, limit, *argv = sys.argv[1:]
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    _mount(device, directory)
    threading.Thread(target=_serve, args=(device,), daemon=True).start()
    started = time.monotonic()
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seen: dict[str, object] = {"code": None, "stdout": "", "stderr": ""}
    try:
        out, err = process.communicate(timeout=float(limit))
        seen = {"code": process.returncode, "stdout": out, "stderr": err}
    except subprocess.TimeoutExpired:
        process.kill()
    print(json.dumps({**seen, "seconds": time.monotonic() - started}), flush=True)
    # The kernel ends the file system with its server: what hangs there gets an error and can end.
    os._exit(0)


if __name__ == "__main__":
    main()
