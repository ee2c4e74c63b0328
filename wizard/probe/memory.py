"""/proc/meminfo, and the kernel's setting of transparent huge pages."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.model.plain import shown


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes: what the kernel manages (MemTotal, a little under the nominal size) and the swap in use or ready."""

    total_bytes: int | None = None
    swap_bytes: int | None = None


def parse_memory(meminfo: str | None) -> Memory:
    """MemTotal and SwapTotal, None where the text does not say."""
    numbers: dict[str, int] = {}
    for line in (meminfo or "").splitlines():
        key, _, rest = line.partition(":")
        words = rest.split()
        if key in ("MemTotal", "SwapTotal") and words and words[0].isascii() and words[0].isdigit():
            numbers[key] = int(words[0][:18]) * 1024
    return Memory(numbers.get("MemTotal"), numbers.get("SwapTotal"))


def parse_huge_pages(enabled: str | None) -> str | None:
    """The chosen word of `always [madvise] never`."""
    _, opening, rest = (enabled or "").partition("[")
    word, closing, _ = rest.partition("]")
    return shown(word, 20) if opening and closing and word else None
