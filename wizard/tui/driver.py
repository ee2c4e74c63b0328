"""The terminal's driver for those that do not send UTF-8."""

from __future__ import annotations

import sys

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver


def read_as_sent(data: bytes, encoding: str) -> str:
    """Bytes that are no UTF-8, in the terminal's own encoding; what has no place in it is left out."""
    return data.decode(encoding, "ignore")


class TerminalDriver(LinuxDriver):
    """Textual's own panics at the first byte that is no UTF-8: a Latin-1 terminal's umlaut, noise on a serial line."""

    def run_input_thread(self) -> None:
        """Read keys until the app ends; the ones that were read when decoding failed are taken here."""
        while True:
            try:
                super().run_input_thread()
            except UnicodeDecodeError as error:
                encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"
                for event in XTermParser(self._debug).feed(read_as_sent(error.object, encoding)):
                    self.process_message(event)
            else:
                return
