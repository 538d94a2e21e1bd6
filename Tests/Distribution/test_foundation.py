"""Foundation in the released program has reduced data of ICU (decision 30) and must answer as with the whole."""

import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
# scripts/release-binary.sh leaves it.
REDUCED = REPOSITORY / ".build/dist/linked/icu.o"


def _answers(program: Path, *options: str) -> str:
    source = Path(__file__).parent / "foundation/main.swift"
    subprocess.run(["swiftc", "-O", "-static-stdlib", source, "-o", program, "-use-ld=lld", *options], check=True)
    return subprocess.run([program], env={"LANG": "C.UTF-8"}, check=True, capture_output=True, text=True).stdout


def test_reduced_data_of_icu_changes_no_answer(tmp_path):
    if not REDUCED.exists():
        pytest.skip("there is no released program: run `make release` first")
    whole = _answers(tmp_path / "whole")
    reduced = _answers(
        tmp_path / "reduced", "-Xlinker", str(REDUCED), "-Xlinker", "--defsym=icudt76_dat=cellar_icu_data"
    )
    assert whole.count("\n") == 17
    assert reduced == whole
