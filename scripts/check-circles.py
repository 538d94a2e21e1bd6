#!/usr/bin/env python3
"""Refuses folders of a target that refer to each other in a circle.

A room is a folder at the first level below a target (deeper ones belong to it). The files beside the folders are one
room more, `(root)`: it puts the others together, may use them all, and may be used by none.

The sources are read as words, not compiled. A room refers to another if it names a type, type alias, free function or
global value that the other declares; if it extends such a type; or if it uses a member (or an initializer, known by
its labels) that the other declares in an extension of somebody else's type. A member's name that more than one
declaration could mean counts only if its type is written before it, or if the use is inside that type.

Usage: scripts/check-circles.py [--target NAME]... [--edges] [--root DIRECTORY]
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from swift_names import Reader, SourceFile, words

ROOT_ROOM = "(root)"
SHOWN = 5

# Members of the standard library and of the packages we import: a declaration of ours with such a name proves nothing.
COMMON = words("""
    abs add all append bytes capacity clear close code compactMap components contains content count data
    debugDescription decode description drop encode encoded end endIndex enumerated error filter first firstIndex
    flatMap flush forEach get hash hashValue hasPrefix hasSuffix head header headers hex host id index indices
    insert isEmpty joined key keys last length lowercased map max merge message method min name next node offset
    open parse path peek perform port prefix print query queue rawValue read readableBytes readableBytesView
    readBytes readString reduce remove removeAll removeFirst removeLast render replace request reserveCapacity
    resource reversed run scheme seek send sequence set shared size slice sort sorted split start startIndex state
    status stop string subtracting succeed suffix sum swap text time timeout trimming union update uppercased url
    utf8 value values version wait write writeBytes writeString zip
""")


class Target:
    """The declarations of one target, and who uses them."""

    def __init__(self, folder):
        self.name = folder.name
        self.files = []
        for path in sorted(folder.rglob("*.swift")):
            parts = path.relative_to(folder).parts
            room = parts[0] if len(parts) > 1 else ROOT_ROOM
            self.files.append(Reader(SourceFile(path, room)).read())
        declarations = [each for file in self.files for each in file.declarations]
        self.types = {}  # by their full names
        self.nested = defaultdict(list)  # by their last names
        self.globals = defaultdict(list)
        self.members = defaultdict(list)
        self.inits = defaultdict(list)  # by the types' full names
        for each in declarations:
            if each.kind == "type":
                if not each.private:
                    self.types.setdefault(f"{each.owner}.{each.name}" if each.owner else each.name, each)
                    if each.owner:
                        self.nested[each.name].append(each)
            elif each.kind == "init":
                self.inits[each.owner].append(each)
            elif each.owner:
                self.members[each.name].append(each)
            elif not each.private:
                self.globals[each.name].append(each)

    def is_foreign(self, declaration):
        """Whether it stands in an extension of a type that another room, or nobody here, declares."""
        owner = self.types.get(declaration.owner)
        return declaration.in_extension and (owner is None or owner.file.room != declaration.file.room)

    def edges(self, others):
        """Returns for each pair of rooms, user first, the reasons: the user's file, line, name, and the declaration."""
        found = defaultdict(list)
        for file in self.files:
            hidden = {each.name for each in file.declarations if each.private}
            for use in file.uses:
                for declaration, name in self.meanings(use, file, hidden, others):
                    if declaration.file.room != file.room:
                        found[file.room, declaration.file.room].append((file, use.line, name, declaration))
        return found

    def meanings(self, use, file, hidden, others):
        """Yields what the names of a use mean, as far as they mean one thing."""
        names, owner = list(use.names), None
        known = False  # whether `owner`, the type before the next name, is known
        if not use.dotted:
            first = names.pop(0)
            if first in ("self", "Self"):
                owner, known = (use.owners[-1], True) if use.owners else (None, False)
            elif first in hidden or (first in file.bound and first not in self.types):
                pass
            elif full := self.type_named(first, use.owners):
                yield self.types[full], first
                owner, known = full, True
            elif first[0].isupper():
                owner, known = first, True  # another target's
            elif declaration := self.one(self.globals[first], use.labels if not names else None):
                if not any(other.globals[first] for other in others) and first not in COMMON:
                    yield declaration, first
            elif use.owners:
                declaration = self.member(first, use.owners[-1], use, not names, others, inside=True)
                if declaration and first not in file.bound:
                    yield declaration, first
        while names:
            name = names.pop(0)
            full = f"{owner}.{name}"
            if known and full in self.types:
                yield self.types[full], full
                owner = full
                continue
            if name in hidden:
                known = False
                continue
            if name[0].isupper():
                nested = [] if known and owner not in self.types else self.nested[name]
                if len({each.file.room for each in nested}) == 1 and not any(other.nested[name] for other in others):
                    yield nested[0], name
                known = False
                continue
            if declaration := self.member(name, owner if known else None, use, not names, others):
                yield declaration, name
            known = False
        if known and use.labels and (declaration := self.initializer(owner, use.labels)):
            yield declaration, f"{owner}({''.join(label + ':' for label in use.labels)})"

    def type_named(self, name, owners):
        """Returns the full name of what a type's name means inside `owners`."""
        for owner in reversed(owners):
            parts = owner.split(".")
            while parts:
                full = ".".join([*parts, name])
                if full in self.types:
                    return full
                parts.pop()
        return name if name in self.types else None

    def member(self, name, owner, use, is_last, others, inside=False):
        """Returns the declaration of a member in a foreign extension, if the name means it alone."""
        labels = use.labels if is_last else None
        visible = [each for each in self.members[name] if not each.private]
        if owner is not None:
            own = [each for each in visible if each.owner == owner]
            if own or inside:
                declaration = self.one(own, labels)
                return declaration if declaration and self.is_foreign(declaration) else None
        if name in COMMON or any(self.fitting(other.members[name], labels) for other in others):
            return None
        declaration = self.one(visible, labels)
        return declaration if declaration and self.is_foreign(declaration) else None

    def initializer(self, owner, labels):
        if labels[0] == "_":
            return None
        declaration = self.one([each for each in self.inits[owner] if not each.private], labels)
        return declaration if declaration and self.is_foreign(declaration) else None

    def one(self, declarations, labels):
        """Returns the first of those that a call with such labels can mean, if all of these are in one room."""
        fitting = self.fitting(declarations, labels)
        return fitting[0] if len({each.file.room for each in fitting}) == 1 else None

    def fitting(self, declarations, labels):
        if labels is None:
            return declarations
        return [each for each in declarations if each.labels is None or is_part(labels, each.labels)]


def is_part(labels, of):
    """Whether the labels stand in `of`, in order: those of values with a default may be missing."""
    rest = iter(of)
    return all(label in rest for label in labels)


def circles(rooms, edges):
    """Returns the sets of rooms that reach each other."""
    after = defaultdict(set)
    for user, used in edges:
        after[user].add(used)

    def reached(room):
        seen, waiting = set(), [room]
        while waiting:
            for each in after[waiting.pop()] - seen:
                seen.add(each)
                waiting.append(each)
        return seen

    reach = {room: reached(room) for room in rooms}
    found = {frozenset(each for each in reach[room] if room in reach[each]) for room in rooms if room in reach[room]}
    return sorted(found, key=lambda circle: (-len(circle), sorted(circle)))


def print_reasons(edge, reasons, root):
    user, used = edge
    print(f"    {user} -> {used}")
    by_file = defaultdict(dict)
    for file, line, name, declaration in reasons:
        by_file[file.path].setdefault(name, (line, declaration))
    for path, names in list(by_file.items())[:SHOWN]:
        shown = [f"{name} (line {line}; {each.file.path.name})" for name, (line, each) in list(names.items())[:SHOWN]]
        more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        print(f"        {path.relative_to(root)}: {', '.join(shown)}{more}")
    if len(by_file) > SHOWN:
        print(f"        and {len(by_file) - SHOWN} more files")


def check(target, others, root, all_edges):
    """Prints what holds of one target; returns whether it is free of circles."""
    rooms = sorted({file.room for file in target.files})
    edges = target.edges(others)
    found = circles(rooms, edges)
    upward = [edge for edge in edges if edge[1] == ROOT_ROOM]
    verdict = "no circle" if not found and not upward else "REFUSED"
    print(f"{target.name}: {len(rooms)} rooms, {len(edges)} edges, {verdict}")
    if all_edges:
        for edge in sorted(edges):
            print_reasons(edge, edges[edge], root)
        if found or upward:
            print("  In short:")
    for circle in found:
        print(f"  A circle of {len(circle)}: {', '.join(sorted(circle))}")
        for edge in sorted(edge for edge in edges if set(edge) <= circle):
            if not all_edges:
                print_reasons(edge, edges[edge], root)
    outside = [edge for edge in upward if not any(set(edge) <= circle for circle in found)]
    if outside:
        print(f"  {ROOT_ROOM} puts the others together; none may use it:")
        for edge in sorted(outside):
            print_reasons(edge, edges[edge], root)
    return not found and not upward


def main():
    parser = argparse.ArgumentParser(description="Refuses folders of a target that refer to each other in a circle.")
    parser.add_argument("--target", action="append", help="check this target only; may be given again")
    parser.add_argument("--edges", action="store_true", help="print all edges, with reasons")
    parser.add_argument("--root", type=Path, default=Path("."), help="the repository's folder (default: this one)")
    arguments = parser.parse_args()
    sources = arguments.root / "Sources"
    targets = [Target(folder) for folder in sorted(sources.iterdir()) if any(folder.rglob("*.swift"))]
    if unknown := set(arguments.target or ()) - {target.name for target in targets}:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    good = True
    for target in targets:
        if not arguments.target or target.name in arguments.target:
            others = [other for other in targets if other is not target]
            good = check(target, others, arguments.root, arguments.edges) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
