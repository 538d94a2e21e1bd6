"""Fills a database with copies of one published project, far faster than publishing could.

The copies exist in the database only: their pages are right, their bytes are not in storage.
"""

from __future__ import annotations

import csv
import io
import json
import secrets
import sqlite3
import subprocess
from collections.abc import Iterable
from pathlib import Path

TEMPLATE = "template"
Row = dict[str, object]


def project_name(number: int) -> str:
    return f"filled-{number:07d}"


def fill(database: Path | str, projects: int) -> None:
    """Copies the project `template`, with all its files, so many times under other names and digests.

    The database is a file of SQLite, or the address of one of PostgreSQL.
    """
    tables = _SQLite(database) if isinstance(database, Path) else _PostgreSQL(database)
    (template,) = tables.rows("projects", f"name = '{TEMPLATE}'")
    its = f"project_id = {template['id']}"
    releases, files, trigrams = (tables.rows(table, its) for table in ("releases", "files", "search_trigrams"))
    assert files, "publish the template first"
    first = max(int(str(row["id"])) for row in tables.rows("projects", "true")) + 1
    serial = max(int(str(row["serial"])) for row in tables.rows("indexes", "true"))
    for start in range(0, projects, 1000):
        numbers = range(start, min(start + 1000, projects))
        tables.insert("projects", (_project(template, first, serial, number) for number in numbers))
        for rows, table in ((releases, "releases"), (trigrams, "search_trigrams")):
            tables.insert(table, ({**row, "project_id": first + n} for n in numbers for row in rows))
        copies = [_file(row, first, serial, number) for number in numbers for row in files]
        tables.insert("files", copies)
        tables.insert("blobs", (_blob(copy) for copy in copies))
    tables.finish(f"UPDATE indexes SET serial = {serial + projects} WHERE id = {template['index_id']}")


class _SQLite:
    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA cache_size = -400000")

    def rows(self, table: str, condition: str) -> list[Row]:
        return [dict(row) for row in self._connection.execute(f"SELECT * FROM {table} WHERE {condition}")]

    def insert(self, table: str, rows: Iterable[Row]) -> None:
        rows = list(rows)
        if not rows:
            return
        columns = list(rows[0])
        places = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
        self._connection.executemany(statement, [[row[column] for column in columns] for row in rows])

    def finish(self, statement: str) -> None:
        self._connection.execute(statement)
        self._connection.commit()
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()


class _PostgreSQL:
    """Through psql, which comes with the server."""

    def __init__(self, url: str) -> None:
        self._url = url

    def rows(self, table: str, condition: str) -> list[Row]:
        lines = self._run(f"SELECT row_to_json(found) FROM (SELECT * FROM {table} WHERE {condition}) found")
        return [json.loads(line) for line in lines.splitlines()]

    def insert(self, table: str, rows: Iterable[Row]) -> None:
        rows = list(rows)
        if not rows:
            return
        columns = list(rows[0])
        text = io.StringIO()
        writer = csv.writer(text)
        for row in rows:
            writer.writerow(["\\N" if row[column] is None else row[column] for column in columns])
        self._run(f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv, NULL '\\N')", text.getvalue())

    def finish(self, statement: str) -> None:
        self._run(statement)
        self._run("VACUUM ANALYZE")

    def _run(self, statement: str, given: str | None = None) -> str:
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self._url, "-c", statement]
        return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout


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
