"""Reads the names that Swift sources declare and use: words and signs, not compiled, for check-circles.py."""

import re
from dataclasses import dataclass, field
from pathlib import Path

TOKEN = re.compile(r"(`?)([A-Za-z_]\w*)\1|\d[\w.]*|\.\.\.|\.\.<|->|[^\w\s]")
SPACE = re.compile(r"\s+")


def words(text):
    return frozenset(text.split())


TYPE_KEYWORDS = words("struct class enum actor protocol")
# All that is no plain name, modifiers among them.
KEYWORDS = TYPE_KEYWORDS | words("""
    Any Protocol Self Type _ any as associatedtype async await borrowing break case catch consume consuming continue
    convenience copy default defer deinit discard distributed do dynamic each else extension fallthrough false
    fileprivate final for func get guard if import in indirect infix init inout internal is isolated lazy let mutating
    nil nonisolated nonmutating open override package postfix prefix private public repeat required rethrows return
    self sending set some static subscript super switch throw throws true try typealias unowned var weak where while
    willSet didSet yield
""")
LITERAL = re.compile(r'(#*)"')


@dataclass
class Token:
    text: str
    line: int
    quoted: bool = False

    @property
    def is_name(self):
        return self.text[0].isalpha() or self.text[0] == "_"


@dataclass
class Declaration:
    """What a file declares. `owner` is the type whose body or extension it stands in, "" at the top of the file."""

    name: str
    owner: str
    kind: str  # "type", "function", "value" or "init"
    file: "SourceFile"
    line: int
    in_extension: bool
    private: bool
    labels: tuple | None = None  # of a function or initializer


@dataclass
class Use:
    """Names joined by dots. `dotted` if something that is no name stands before the first dot."""

    names: list
    dotted: bool
    owners: tuple  # the types whose bodies or extensions are around it, the innermost last
    line: int
    labels: tuple | None  # if it is called


@dataclass
class Scope:
    owner: str | None  # None for bodies of functions, closures and the like
    in_extension: bool = False
    private: bool = False
    kind: str = ""


@dataclass
class SourceFile:
    path: Path
    room: str
    declarations: list = field(default_factory=list)
    uses: list = field(default_factory=list)
    bound: set = field(default_factory=set)  # names of parameters, local values and generic parameters


def tokens(text):
    """Returns the text's words and signs without comments and literals; what is interpolated is kept."""
    found = []
    line = 1

    def literal(start, hashes):
        nonlocal line
        quote = '"""' if text.startswith('"""', start) else '"'
        closing, escape = quote + "#" * hashes, "\\" + "#" * hashes
        at = start + len(quote)
        while at < len(text) and not text.startswith(closing, at):
            if text.startswith(escape + "(", at):
                at = code(at + len(escape) + 1, inside=True)
            elif text.startswith(escape, at):
                at += len(escape) + 1
            else:
                line += text[at] == "\n"
                at += 1
        found.append(Token('"', line))
        return at + len(closing)

    def comment(at):
        nonlocal line
        depth = 1
        while depth and at < len(text):
            sign = text[at : at + 2]
            step = 2 if sign in ("/*", "*/") else 1
            depth += (sign == "/*") - (sign == "*/")
            line += text[at] == "\n"
            at += step
        return at

    def code(at, inside):
        nonlocal line
        depth = 1
        while at < len(text):
            if space := SPACE.match(text, at):
                line += space.group().count("\n")
                at = space.end()
            elif text.startswith("//", at):
                at = text.find("\n", at) if "\n" in text[at:] else len(text)
            elif text.startswith("/*", at):
                at = comment(at + 2)
            elif raw := LITERAL.match(text, at):
                at = literal(at + len(raw.group(1)), len(raw.group(1)))
            else:
                match = TOKEN.match(text, at)
                word = match.group(2) or match.group()
                depth += (word == "(") - (word == ")")
                at = match.end()
                if inside and depth == 0:
                    return at
                found.append(Token(word, line, quoted=match.group(1) == "`"))
        return at

    code(0, inside=False)
    return found


class Reader:
    """Reads one file's declarations and uses."""

    def __init__(self, file):
        self.file = file
        self.tokens = tokens(file.path.read_text())
        self.scopes = [Scope(owner="")]
        self.pending = None  # the scope that the next brace opens
        self.passed = set()  # positions of labels and names of parameters
        self.private = False

    def text(self, at):
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def is_name(self, at):
        return 0 <= at < len(self.tokens) and self.tokens[at].is_name

    def is_plain_name(self, at):
        return self.is_name(at) and (self.tokens[at].quoted or self.text(at) not in KEYWORDS)

    def read(self):
        at = 0
        while at < len(self.tokens):
            at = self.step(at)
        return self.file

    def step(self, at):
        """Reads what begins at `at`; returns where the next begins."""
        word, before = self.text(at), self.text(at - 1)
        if word == "{":
            self.scopes.append(self.pending or Scope(owner=None))
            self.pending = None
        elif word == "}":
            if len(self.scopes) > 1:
                self.scopes.pop()
        elif word == "#":
            return at + 2
        elif before == "." or self.tokens[at].quoted:
            return self.read_use(at)
        elif word in ("private", "fileprivate") and self.text(at + 1) != "(":
            self.private = True
        elif word == "import":
            return self.after_line(at)
        elif word == "extension":
            return self.open_extension(at)
        elif word in TYPE_KEYWORDS and self.is_plain_name(at + 1) and self.text(at + 2) in (":", "{", "<", "where"):
            return self.open_type(at)
        elif word in ("typealias", "associatedtype"):
            self.declare(at + 1, "type")
            return at + 2
        elif word == "func":
            return self.read_function(at + 1, "function")
        elif (
            word in ("init", "subscript") and self.scopes[-1].owner is not None and self.text(at + 1) in ("(", "?", "<")
        ):
            return self.read_function(at, "init" if word == "init" else "subscript")
        elif word in ("let", "var"):
            return self.read_values(at + 1)
        elif word == "case" and self.scopes[-1].kind == "enum":
            return self.read_cases(at + 1)
        elif word == "in" or (word == "for" and self.is_plain_name(at + 1)):
            self.bind_around(at)
        elif self.is_plain_name(at) or word in ("self", "Self"):
            return self.read_use(at)
        return at + 1

    def after_line(self, at):
        line = self.tokens[at].line
        while at < len(self.tokens) and self.tokens[at].line == line:
            at += 1
        return at

    # Declarations

    def declare(self, at, kind, labels=None):
        scope = self.scopes[-1]
        if scope.owner is None:
            self.file.bound.add(self.text(at))
        else:
            self.file.declarations.append(
                Declaration(
                    name=self.text(at),
                    owner=scope.owner,
                    kind=kind,
                    file=self.file,
                    line=self.tokens[at].line,
                    in_extension=scope.in_extension,
                    private=self.private or scope.private,
                    labels=labels,
                )
            )
        self.private = False

    def open_type(self, at):
        name, outer, private = self.text(at + 1), self.scopes[-1], self.private
        self.declare(at + 1, "type")
        owner = f"{outer.owner}.{name}" if outer.owner else name
        self.pending = Scope(owner=owner, private=private or outer.private, kind=self.text(at))
        return self.bind_generics(at + 2)

    def open_extension(self, at):
        names = []
        end = at + 1
        while self.is_name(end):
            names.append(self.text(end))
            if self.text(end + 1) != ".":
                break
            end += 2
        self.pending = Scope(owner=".".join(names), in_extension=True, private=self.private)
        self.private = False
        return at + 1

    def read_function(self, at, kind):
        """Reads the head of a function, whose name (or `init`, `subscript`) is at `at`."""
        opening = at
        while self.text(opening) not in ("(", ""):
            opening += 1
        if kind == "function" and not self.is_name(at):  # an operator
            kind = "operator"
        self.bind_generics(at + 1)
        labels = []
        depth = 0
        for position in range(opening, len(self.tokens)):
            sign = self.text(position)
            depth += (sign in "([{") - (sign in ")]}") if sign else 0
            if depth == 0:
                break
            if depth == 1 and sign in "(,":
                names = [p for p in (position + 1, position + 2) if self.is_name(p)]
                if names and self.text(names[-1] + 1) == ":" and names[0] == position + 1:
                    labels.append(self.text(names[0]))
                    self.passed.update(names)
                    self.file.bound.add(self.text(names[-1]))
        if kind in ("function", "init"):
            self.declare(at, kind, tuple(labels))
        self.private = False
        return opening

    def bind_generics(self, at):
        """Binds the names of generic parameters; returns where it began, for their bounds are uses."""
        if self.text(at) == "<":
            depth, position = 0, at
            while position < len(self.tokens):
                sign = self.text(position)
                depth += (sign == "<") - (sign == ">")
                if depth == 0:
                    break
                if depth == 1 and sign in "<,":
                    self.file.bound.add(self.text(position + 1))
                position += 1
        return at

    def read_values(self, at):
        if self.text(at) == "(":
            while self.text(at) not in (")", ""):
                if self.is_plain_name(at):
                    self.file.bound.add(self.text(at))
                at += 1
            return at
        if self.is_name(at):
            self.declare(at, "value")
        return at + 1

    def read_cases(self, at):
        while self.is_name(at):
            self.declare(at, "value")
            at += 1
            if self.text(at) == "(":
                closing = self.closing(at)
                while at < closing:
                    at = self.step(at)
                at = closing + 1
            if self.text(at) == "=":
                at += 2
            if self.text(at) != ",":
                break
            at += 1
        return at

    def bind_around(self, at):
        """Binds the names before an `in`, or after a `for`."""
        if self.text(at) == "for":
            self.file.bound.add(self.text(at + 1))
        at -= 1
        while self.is_plain_name(at) or self.text(at) in (",", "_", "(", ")"):
            self.file.bound.add(self.text(at))
            at -= 1

    # Uses

    def closing(self, at):
        depth = 0
        while at < len(self.tokens):
            sign = self.text(at)
            depth += (sign in "([{") - (sign in ")]}")
            if depth == 0:
                break
            at += 1
        return at

    def labels(self, at):
        """Returns the labels of a call, whose parenthesis is at `at`, or nothing if it is none."""
        if self.text(at) != "(":
            return None
        found = []
        depth = 0
        for position in range(at, self.closing(at)):
            sign = self.text(position)
            depth += (sign in "([{") - (sign in ")]}")
            if depth == 1 and sign in "(,":
                labelled = self.is_name(position + 1) and self.text(position + 2) == ":"
                if self.text(position + 1) != ")":
                    found.append(self.text(position + 1) if labelled else "_")
        return tuple(found)

    def read_use(self, at):
        names, line = [self.text(at)], self.tokens[at].line
        before, end = self.text(at - 1), at + 1
        is_label = before in ("(", ",") and self.text(end) == ":" and not names[0][0].isupper()
        if at in self.passed or is_label or not self.is_name(at):
            return end
        while self.text(end) == "." and self.is_name(end + 1):
            names.append(self.text(end + 1))
            end += 2
        owners = tuple(scope.owner for scope in self.scopes if scope.owner)
        self.file.uses.append(Use(names, before == ".", owners, line, self.labels(end)))
        return end
