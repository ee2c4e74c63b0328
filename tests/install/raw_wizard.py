"""Stands in for wizard/__main__.py in tests of the launcher: takes the terminal as Textual does, then does as told."""

from __future__ import annotations

import os
import sys
import termios
import time
import tty


def main() -> int:
    """Arguments: `tidy CODE` leaves at once; without one the terminal is taken until a signal comes."""
    if sys.argv[1:2] == ["tidy"]:
        print(sys.stdin.readline().strip() if sys.argv[3:] else "tidy")
        return int(sys.argv[2])
    if sys.argv[1:2] == ["prompt"]:
        os.write(2, b"ready %d\n" % os.getpid())
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            os.write(2, b"interrupted\n")
            return 130
    attributes = termios.tcgetattr(0)
    tty.setraw(0)
    os.write(2, b"\x1b[?1049h\x1b[?1000h\x1b[?1003h\x1b[?25l\x1b[?2004h\x1b[>1u")
    os.write(2, b"ready %d\r\n" % os.getpid())
    if os.read(0, 1) == b"q":
        termios.tcsetattr(0, termios.TCSANOW, attributes)
        os.write(2, b"\x1b[?1049l\x1b[?1000l\x1b[?1003l\x1b[?25h")
    return 3


if __name__ == "__main__":
    sys.exit(main())
