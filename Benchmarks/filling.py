"""Fills a database with copies of one published project, far faster than publishing could.

The copies exist in the database only: their pages are right, their bytes are not in storage.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable
from pathlib import Path

TEMPLATE = "template"
Row = dict[str, object]


def project_name(number: int) -> str:
    return f"filled-{number:07d}"


def fill(database: Path, projects: int) -> None:
    """Copies the project `template`, with all its files, so many times under other names and digests."""
    with sqlite3.connect(database) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        template = _rows(connection, "SELECT * FROM projects WHERE name = ?", TEMPLATE)[0]
        releases = _rows(connection, "SELECT * FROM releases WHERE project_id = ?", template["id"])
        files = _rows(connection, "SELECT * FROM files WHERE project_id = ?", template["id"])
        trigrams = _rows(connection, "SELECT * FROM search_trigrams WHERE project_id = ?", template["id"])
        assert files, "publish the template first"
        first = connection.execute("SELECT MAX(id) + 1 FROM projects").fetchone()[0]
        serial = connection.execute("SELECT MAX(serial) FROM indexes").fetchone()[0]
        for start in range(0, projects, 1000):
            numbers = range(start, min(start + 1000, projects))
            _insert(connection, "projects", (_project(template, first, serial, number) for number in numbers))
            for rows, table in ((releases, "releases"), (trigrams, "search_trigrams")):
                _insert(connection, table, ({**row, "project_id": first + n} for n in numbers for row in rows))
            copies = [_file(row, first, serial, number) for number in numbers for row in files]
            _insert(connection, "files", copies)
            _insert(connection, "blobs", (_blob(copy) for copy in copies))
        connection.execute("UPDATE indexes SET serial = ? WHERE id = ?", (serial + projects, template["index_id"]))
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _project(template: Row, first: int, serial: int, number: int) -> Row:
    name = project_name(number)
    return {**template, "id": first + number, "name": name, "display_name": name, "serial": serial + number + 1}


def _file(row: Row, first: int, serial: int, number: int) -> Row:
    name = project_name(number)
    return {
        **row,
        "project_id": first + number,
        "filename": str(row["filename"]).replace(TEMPLATE, name.replace("-", "_")),
        "file_key": str(row["file_key"]).replace(TEMPLATE, name),
        "sha256": secrets.token_hex(32),
        "serial": serial + number + 1,
    }


def _blob(copy: Row) -> Row:
    return {"sha256": copy["sha256"], "name": copy["filename"], "size": copy["size"]}


def _rows(connection: sqlite3.Connection, query: str, *values: object) -> list[Row]:
    return [dict(row) for row in connection.execute(query, values)]


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    rows = list(rows)
    if not rows:
        return
    columns = list(rows[0])
    places = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
    connection.executemany(statement, [[row[column] for column in columns] for row in rows])
