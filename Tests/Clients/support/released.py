"""The folder that is packed into what is given away."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from support.cellar import REPOSITORY


def as_released(program: Path, folder: Path) -> Path:
    """Makes a folder of a program that is built already, with its licences, as scripts/release-binary.sh leaves it."""
    folder.mkdir()
    subprocess.run(["strip", "--strip-all", "-o", folder / "cellar", program], check=True)
    shutil.copy(REPOSITORY / "LICENSE", folder)
    command = [REPOSITORY / "scripts/collect-licenses.py", REPOSITORY / ".build/checkouts", folder / "licenses"]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    return folder
