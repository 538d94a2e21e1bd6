"""The text of a token, by what docs/tokens.md says of it."""

from __future__ import annotations

import random
import string
import zlib

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def checksum(text: str) -> str:
    """The last six characters of a token with these random ones."""
    number = zlib.crc32(text.encode())
    digits = ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        digits = DIGITS[rest] + digits
    return digits


def made_up(seed: random.Random) -> str:
    """A token that is right in form, and that nobody has made."""
    text = "".join(seed.choices(DIGITS, k=32))
    return f"cellar_{text}{checksum(text)}"
