"""Collects what was measured against what is demanded, and prints it as one table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """A measurement: `value` must be at least, or at most, `bound`; without a bound it only informs.

    Without a value it could not be measured, which misses any bound.
    """

    name: str
    value: float | None
    unit: str
    bound: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def passes(self) -> bool:
        if self.bound is None:
            return True
        if self.value is None:
            return False
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    @property
    def demand(self) -> str:
        return "" if self.bound is None else f"{'>=' if self.at_least else '<='} {self.bound:g}"


@dataclass(frozen=True)
class Table:
    """Figures that stand beside the rows: what each server did."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        return f"{self.title}.\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


@dataclass
class Section:
    """What one group measured."""

    title: str
    rows: list[Row] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


@dataclass
class Report:
    """The sections in the order in which they were measured; each row is printed at once, and all again at the end."""

    sections: list[Section] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def missed(self) -> list[Row]:
        return [row for row in self.rows if not row.passes]

    @property
    def summary(self) -> str:
        bounds = sum(row.bound is not None for row in self.rows)
        return f"{bounds - len(self.missed)} of {bounds} bounds kept, {len(self.missed)} missed"

    @property
    def rows(self) -> list[Row]:
        return [row for section in self.sections for row in section.rows]

    def begin(self, title: str) -> None:
        self.sections.append(Section(title))

    def add(self, row: Row) -> None:
        self.sections[-1].rows.append(row)
        print(_line(row), flush=True)

    def at_least(self, name: str, value: float | None, bound: float | None, unit: str = "", note: str = "") -> None:
        self.add(Row(name, value, unit, bound, True, note))

    def at_most(self, name: str, value: float | None, bound: float | None, unit: str = "", note: str = "") -> None:
        self.add(Row(name, value, unit, bound, False, note))

    def inform(self, name: str, value: float, unit: str = "", note: str = "") -> None:
        self.add(Row(name, value, unit, note=note))

    def show(self, table: Table) -> None:
        self.sections[-1].tables.append(table)
        print("\n" + table.markdown(), flush=True)

    def skip(self, what: str) -> None:
        """Says that something is left out, at once and at the end."""
        self.skipped.append(what)
        print(f"SKIPPED: {what}", flush=True)

    def print(self) -> bool:
        """Prints the table; true when every bound was kept."""
        print("\n" + "=" * 120)
        for row in self.rows:
            print(_line(row))
        for what in self.skipped:
            print(f"SKIPPED: {what}")
        print(self.summary)
        return not self.missed


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _line(row: Row) -> str:
    value = "-" if row.value is None else f"{row.value:.3f}"
    verdict = "" if row.bound is None else "pass" if row.passes else "FAIL"
    return f"{row.name:<60} {value:>9} {row.unit:<4} {row.demand:<10} {verdict:<4}  {row.note}".rstrip()
