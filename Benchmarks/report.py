"""Collects what was measured against what is demanded, and prints it as one table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """A measurement: `value` must be at least, or at most, `bound`; without a bound it only informs."""

    name: str
    value: float
    unit: str
    bound: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def passes(self) -> bool:
        if self.bound is None:
            return True
        return self.value >= self.bound if self.at_least else self.value <= self.bound


@dataclass
class Report:
    """The rows in the order in which they were measured; each is printed at once, and all again at the end."""

    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        self.rows.append(row)
        print(_line(row), flush=True)

    def at_least(self, name: str, value: float, bound: float, unit: str = "", note: str = "") -> None:
        self.add(Row(name, value, unit, bound, True, note))

    def at_most(self, name: str, value: float, bound: float, unit: str = "", note: str = "") -> None:
        self.add(Row(name, value, unit, bound, False, note))

    def inform(self, name: str, value: float, unit: str = "", note: str = "") -> None:
        self.add(Row(name, value, unit, note=note))

    def print(self) -> bool:
        """Prints the table; true when every bound was kept."""
        print("\n" + "=" * 110)
        for row in self.rows:
            print(_line(row))
        failed = [row for row in self.rows if not row.passes]
        print(f"{len(self.rows) - len(failed)} of {len(self.rows)} kept, {len(failed)} missed")
        return not failed


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _line(row: Row) -> str:
    bound = "" if row.bound is None else f"{'>=' if row.at_least else '<='} {row.bound:g}"
    verdict = "" if row.bound is None else "pass" if row.passes else "FAIL"
    return f"{row.name:<52} {row.value:>9.3f} {row.unit:<4} {bound:<10} {verdict:<4}  {row.note}".rstrip()
