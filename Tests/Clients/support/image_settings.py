"""What the image sets, as its Dockerfile says."""

from __future__ import annotations

import re

from .cellar import REPOSITORY

DOCKERFILE = REPOSITORY / "deploy/container/Dockerfile"


def environment() -> dict[str, str]:
    """The variables of a container of the image."""
    text = DOCKERFILE.read_text().partition("\nFROM scratch\n")[2]
    settings = re.search(r"^ENV (.*?[^\\])$", text, re.MULTILINE | re.DOTALL)
    assert settings is not None
    pairs = (entry.split("=", 1) for entry in settings[1].replace("\\\n", " ").split())
    return {name: value.replace("\\$", "$") for name, value in pairs}
