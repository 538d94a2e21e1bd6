#!/usr/bin/env python3
"""Writes Tests/PackagingStandardsTests/Fixtures/packaging-oracle.json.gz: what PyPA's `packaging` says of real and of
hard version strings, specifiers, names and file names.

The real ones are all that pip reads from PyPI's project pages while it resolves the tools that Tests/Clients drives, and
Apache Airflow (`RESOLVED`; their dependencies bring the other pages). pip is asked for nothing else: with -vvv it prints every
link of every page that it reads anyway. Its log is kept in $CELLAR_TEST_CACHE (default: ~/.cache/cellar-tests) and
read from there the next time. Any other pip -vvv log in that folder named pip-*.log is read as well.

Usage: scripts/make-packaging-oracle.py            (needs `packaging`, prints what it found)
"""

import gzip
import itertools
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import urllib.parse

import packaging
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import parse_tag
from packaging.utils import (
    InvalidName,
    canonicalize_name,
    canonicalize_version,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURE = ROOT / "Tests/PackagingStandardsTests/Fixtures/packaging-oracle.json.gz"
CACHE = pathlib.Path(os.environ.get("CELLAR_TEST_CACHE", pathlib.Path.home() / ".cache/cellar-tests"))

CLIENT_TOOLS = """
    poetry pdm hatch twine flit pipenv uv build keyring pypi-simple schemathesis
    numpy pytz zope.interface twisted lxml
""".split()

# What pip is asked to resolve, each by itself: the names of their logs, and projects.
RESOLVED = {"client-tools": CLIENT_TOOLS, "airflow": ["apache-airflow"]}

SAFE_FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*")

# Versions that test the corners of PEP 440; invalid ones among them.
HARD_VERSIONS = """
    0 00 0.0 0.0.0 1 01 1.0 1.0.0 1.0.0.0.0 1.00.01 v1 V1.0 1! 1!0 0!1 1!1.0 2!0.1 00!1.0 01!1 1!v1 !1 1!!1
    1.dev 1.dev0 1.0dev 1.0.dev0 1.0.dev1 1.0-dev2 1.0_dev_3 1.0dev.4 1.0.dev-5 1.0DEV6 1.0.dev.
    1a 1.0a 1.0a0 1.0.a.1 1.0-a-1 1.0_a_1 1.0alpha 1.0.ALPHA.2 1.0alpha-3 1.0-alpha.4 1.0alph 1.0alphabeta
    1.0b 1.0beta 1.0beta2 1.0-BETA_3 1.0bet 1.0c 1.0c1 1.0.c.2 1.0rc 1.0rc1 1.0.rc.2 1.0-RC-3 1.0pre 1.0pre4
    1.0preview 1.0preview5 1.0.preview-6 1.0previe 1.0prev 1.0r 1.0r1 1.0-r2 1.0.rev 1.0rev3 1.0-rev-4 1.0.post
    1.0post 1.0post0 1.0.post1 1.0-post2 1.0_post_3 1.0POST4 1.0-1 1.0-0 1.0-01 1.0--1 1.0-1-1 1.0- 1.0_1 1.0+1
    1.0a. 1.0a- 1.0a_ 1.0a.. 1.0.post. 1.0.post- 1.0.dev_ 1.0a.post1 1.0a-.post1 1.0a--1 1.0a-1 1.0a1-1 1.0a1.-1
    1.0a.dev 1.0a1.dev2 1.0a1.post2.dev3 1.0.post1.dev2 1.0.post1a2 1.0.dev1.post2 1.0.dev1a2 1.0dev1-1 1.0a1b2
    1.0rc1.dev1 1.0rc1.post1 1.0b2.post345.dev456 1.0b2.post345 1.0b2-346 1.0c1.dev456 1.0.post456.dev34 1.0.post456
    1.1.dev1 1.2+123abc 1.2+123abc456 1.2+abc 1.2+abc123 1.2+abc123def 1.2+1234.abc 1.2+123456 1.2.r32+123456
    1.2.rev33+123456 1.0+ubuntu-1 1.0+ubuntu_1 1.0+ubuntu.1 1.0+UBUNTU.01 1.0+01 1.0+1.0 1.0+1.00 1.0+a.0 1.0+a.00
    1.0+ 1.0+. 1.0+a. 1.0+.a 1.0+a..b 1.0+a+b 1.0++a 1.0+a-b_c.d 1.0+_ 1.0+a_ 1.0+é 1.0+0 1.0+00a 1.0a1+local
    1.0.dev1+local 1.0.post1+local 2012.4 2012.10 20121010 1!2012.10 1!1.0.post1.dev1+a.1
    99999999999999999999 99999999999999999998 18446744073709551615 18446744073709551616 9999999999999999999
    10000000000000000000 010000000000000000000 1.99999999999999999999999999999999999999 1.0.post99999999999999999999
    1.0.dev99999999999999999999 1.0a99999999999999999999 99999999999999999999!1 1.0+99999999999999999999
    1.0+99999999999999999998 1.0+99999999999999999999a 0.00000000000000000000000000001
    1..0 .1 1. 1.0. . .. ~1 =1 1,0 1.0,2 1/0 x xx1 french-toast 1.0.x 1.x 1.* 1.0.* * dev a1 post1 -1 +1 1-a-b
    1.0.0-SNAPSHOT 1.0-final 1.0.final 1.0-20120101 1.0-beta-1 1.0beta-beta 2.0.0.alpha.0.dev.0 1.0e5 1.0f 0x10 1_0
    1.0.post.dev 1.0.post-.dev 1.0-dev-1-1 1.0.dev.1.2 v 1v vv1 v.1 v-1 1.0v 1.0rc1+deb.1 1.0rc-1 1.0rc--1 1.0RC1
    0.1.0.0.0.1 0.0.0.dev0 0!0.0.0 1.2.3.4.5.6.7.8.9 1.2.3.4.5.6.7.8.9.0 1.2.3.4.5.6.7.8.9.0.1 0.dev0 0a0 0+a
""".split()
HARD_VERSIONS += [
    "", " ", "\t", " 1.0", "1.0 ", "\n1.0\n", "\t 1.0\r\n", "\x0b1.0\x0c", "\x1c1.0\x1f", "\x851.0\xa0", "\u20031.0\u3000",
    "\u16801.0\u2029", "1 .0", "1. 0", "1.0 a1", "1.0 +a", "1.0+ a", "v 1.0", " v1.0 ", "1.0\x00", "\x001.0", "1.0\u200b",
    "\ufeff1.0", "\u0661.0", "1.\u0662", "１.0", "1.0\uff41", "1.0po\u017ft1", "1.0+\u212a", "1.0\u00b2", "1.0\u2024" + "1",
    "1\u2024" + "0", "1.0-\u0661", "1.0a\u0661", "é", "1.0\udcff".encode("utf-8", "replace").decode(),
    "1" * 300, "1." * 120 + "0", "0" * 300 + "1", "1.0+" + "a." * 120 + "z", "1.0.post" + "9" * 200, "1.0.dev" + "8" * 201,
]

HARD_NAMES = """
    a A 0 foo Foo FOO foo-bar foo_bar foo.bar foo--bar foo__bar foo..bar foo-_.bar Foo.-_Bar f.o.o a-b-c a1 1a 1-1
    -foo foo- _foo foo_ .foo foo. - _ . -- foo/bar foo\\bar foo+bar foo!bar foo@bar foo:bar foo;bar foo,bar foo~bar foo%20
    foo.bar-baz_qux x.y.z ruamel.yaml zope.interface backports.zstd Flask-SQLAlchemy PyYAML Pillow foo\u0131 f\u00f6\u00f6
    \uff46oo foo\u2010bar foo\u00ad A.B A-.-B x_x_x 123 1.2.3 a--b a---b a-b--c --a-- con nul aux
""".split() + ["", " ", "foo bar", " foo", "foo ", "foo\n", "\nfoo", "foo\x00", "foo\tbar", "f" * 100, "a-" * 60 + "a"]

HARD_SPECIFIERS = """
    ==1.0 ==1 ==1.0.0 ==1.0a1 ==1.0.dev1 ==1.0.post1 ==1.0+local ==1.0+LOCAL.01 ==1!1.0 ==v1.0 ==1.0-1 ==1.0rc
    ==1.* ==1.0.* ==1.0.0.0.* ==0.* ==1!1.* ==1!* ==v1.* ==1.0a1.* ==1.0.dev1.* ==1.0.post1.* ==1.0+local.* ==1.0*
    ==* ==.* ==1..* ==1.*.* ==1.0.*.0 != !=1.0 !=1 !=1.0+local !=1.* !=1.0.* !=1!1.* !=1.0a1 !=1.0a1.* !=1.0.post1
    >=1.0 >=1 >=1.0a1 >=1.0.dev1 >=1.0.post1 >=1.0.post1.dev1 >=1.0+local >=1.* >=1!0 >=0 >=0.dev0 >=2.0rc1
    <=1.0 <=1 <=1.0a1 <=1.0.dev1 <=1.0.post1 <=1.0+local <=1.* <=1!0 <=0 <=2.0rc1 <=1.0.post1.dev1
    >1.0 >1 >1.0a1 >1.0.dev1 >1.0.post1 >1.0.post1.dev1 >1.0+local >1.* >1!0 >0 >2.0rc1 >1.0a1.post1 >1.0a1.dev1
    <1.0 <1 <1.0a1 <1.0.dev1 <1.0.post1 <1.0.post1.dev1 <1.0+local <1.* <1!0 <0 <0.dev0 <2.0rc1 <1.0a1.post1 <1.0a1.dev1
    ~=1.0 ~=1 ~=1.0.0 ~=1.0a1 ~=1.0rc1 ~=1.0.dev1 ~=1.0.post1 ~=1.0.post1.dev1 ~=1.0+local ~=1.0.* ~=1!1.0 ~=1!1 ~=2.2.3
    ~=1.4.5.0 ~=2.2.post3 ~=1.0a1.post2.dev3 ~=0.0 ~=99999999999999999999.0
    ===1.0 ===1 ===1.0.0 ===1.0a1 ===1.0+LOCAL.01 ===foobar ===FooBar ===1.* === ===; ===1.0) ===(1.0 ====1 ===1.0+local
    ===1.0,>=1 ===foobar,>=1 ===1.0.DEV1 ===v1.0 === 1.0,!=2
    >=1.0,<2.0 >=1,<2,!=1.5.* >=1.0a1,<2 <2,>=1.0a1 >=1.0,!=1.0.post1 >1,<1 ==1.0,==1 ==1.0,==2 ==1.*,!=1.0.* ~=1.0,>=1.0a1
    >=1.0,<2.0, ,>=1.0 , ,, >=2.7,!=3.0.*,!=3.1.*,!=3.2.* <=1.0,>=1.0 !=1.0,!=1.0a1 !=2.0rc1,<2 ==1.0rc1,!=1.0rc1
    =1.0 =>1.0 =<1.0 <>1.0 ~1.0 ^1.0 1.0 >= > < ~= == ==1.0.x >=1.0-beta-1 >=french ><1 >=1.0;x >=1.0) (>=1.0) !1.0 ===
    >=1.0|<2.0 >=1.0&<2.0 >=1.0<2.0 >=1.0.0-alpha.1 >=99999999999999999999 <99999999999999999999 <1.0-1 >1.0-1 >=V1.0
    >=3.6.* >='2.7' >=3.8,<4.0,!=3.9.0,!=3.9.1 ~=3.6 3 *
""".split()
HARD_SPECIFIERS += [
    "", " ", ">= 1.0", " >=1.0 ", ">=1.0 , <2.0", ">=\t1.0,\n<2.0", "== 1.0.*", "== 1.0 .*", "==1.0. *", "===  1.0", "=== a b",
    "= =1.0", "> =1.0", ">=1 .0", "\u3000>=\u30001.0\u3000", "===\u00e9", "===\u00c9", ">=1.0\u200b", ">= v1.0", ">=1.0 <2.0", "> 1.0 a1",
    "===1.0 ", "=== \u00e9t\u00e9", "<= 2", "<2 ,", ">=3.6, !=3.6.0 ,<4",
]

# Where `packaging` reads `~=` by its spelling instead of its normal form (`~=2.2c1`, `~=v2.2`, `~=2.2.r1`) Cellar keeps
# to PEP 440; the hand-written tests hold that. Nothing generated here spells `~=` that way.

SAMPLE_VERSIONS = """
    0 0.dev0 0.0.1 0.9 0.9.9.post1 1.0.dev0 1.0.dev1 1.0.dev2 1.0a1.dev0 1.0a1.dev1 1.0a1 1.0a1+local 1.0a1.post1.dev1
    1.0a1.post1 1.0a2 1.0b1 1.0rc1 1.0rc1.post1 1.0rc2 1 1.0 1.0.0 1.0+a 1.0+local 1.0+local.01 1.0+local.1 1.0+local.2
    1.0+1 1.0.post0 1.0.post1.dev0 1.0.post1.dev1 1.0.post1.dev2 1.0.post1 1.0.post1+local 1.0.post2.dev1 1.0.post2 1.0.0.1
    1.0.1.dev1 1.0.1a1 1.0.1 1.0.10 1.1.dev1 1.1a1 1.1 1.2 1.4.5 1.4.5.1 1.4.6 1.5 1.5.1 1.10 1.99 2.0.dev0 2.0a1 2.0rc1
    2.0rc1+local 2.0rc2 2.0 2.0+local 2.0.post1 2.1 2.2a1 2.2 2.2.post2 2.2.post3 2.2.3 2.2.4 2.3 3 3.0.1 3.1.5
    99999999999999999999 99999999999999999999.1 100000000000000000000 1!0 1!0.dev0 1!1.0a1 1!1.0 1!1.1 1!2 2!1
    2.6 2.6.9 2.7 2.7.18 3.0 3.1 3.2 3.3 3.3.7 3.4 3.4.0 3.5 3.5.0 3.5.2 3.5.3 3.6 3.6.0 3.6.1 3.6.2 3.6.3 3.6.15 3.7 3.7.0
    3.7.1 3.8 3.8.0 3.8.20 3.9 3.9.0 3.9.1 3.9.2 3.10 3.10.0rc1 3.10.2 3.11 3.11.5 3.12.0a1 3.12 3.13 3.13.0rc2 3.14 3.15.0a1 4
    4.0
""".split()

ARBITRARY_TEXTS = ["1.0", "1.0.0", "v1.0", "1.0.DEV1", "1.0.dev1", "foobar", "FOOBAR", "1.*", "", "é", "É", "1.0+LOCAL.01", "2.0rc1"]


def in_order(tags):
    """The texts of tags, in the order of their three parts."""
    return [str(tag) for tag in sorted(tags, key=lambda tag: (tag.interpreter, tag.abi, tag.platform))]


def main():
    CACHE.mkdir(parents=True, exist_ok=True)
    for name, projects in RESOLVED.items():
        log = CACHE / f"pip-{name}.log"
        if not log.exists():
            resolve(projects, log)
    links = sorted({link for path in sorted(CACHE.glob("pip-*.log")) for link in read_log(path)})
    requirements = {text for path in sorted(CACHE.glob("pip-*.log")) for text in read_requirements(path)}
    oracle = make_oracle(links, requirements)
    check(oracle, links)
    data = json.dumps(oracle, ensure_ascii=True, separators=(",", ":")).encode()
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    FIXTURE.write_bytes(gzip.compress(data, 9, mtime=0))
    report(oracle, links, len(data))


def resolve(projects, log):
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "-vvv", *projects]
    print("asking pip for", " ".join(projects), file=sys.stderr)
    with open(log.with_suffix(".part"), "wb") as output:
        subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=True)
    log.with_suffix(".part").rename(log)


LINK = re.compile(
    r"(https?://\S+) \(from https?://[^ )]*/simple/([^/)]+)/?\)(?: \(requires-python:(.*?)\))?(?:, version: .*)?$")


def read_log(path):
    """Yields (project, file name, requires-python or "") of every link in a pip -vvv log."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if match := LINK.search(line):
            url, project, requires_python = match.groups()
            filename = urllib.parse.unquote(urllib.parse.urlsplit(url).path.rsplit("/", 1)[1])
            yield project, filename, requires_python or ""


def read_requirements(path):
    """Yields the specifiers of the requirements that pip collected."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if match := re.match(r" *Collecting [A-Za-z0-9._-]+(?:\[[^\]]*\])?([<>=!~].*?)(?:;.*)?(?: \(from .*\))?$", line):
            yield match.group(1)


def make_oracle(links, requirements):
    random.seed(440)
    filenames = sorted({filename for _, filename, _ in links})
    real_versions = {version_text(filename) for filename in filenames} - {None}
    real_specifiers = {text for _, _, text in links if text} | requirements
    versions, invalid_versions = version_answers(real_versions | set(HARD_VERSIONS) | set(random_versions(4000)))
    invented = sorted(set(random_filenames(filenames, 3000)) - set(filenames))
    specifiers, invalid_specifiers = specifier_answers(
        sorted(real_specifiers | set(HARD_SPECIFIERS) | set(random_specifiers(250))))
    return {
        "packaging": packaging.__version__,
        "projects": sorted({project for project, _, _ in links}),
        "names": name_answers(sorted({project for project, _, _ in links} | set(HARD_NAMES) | raw_names(filenames))),
        "versions": versions,
        "invalidVersions": invalid_versions,
        "sample": SAMPLE_VERSIONS,
        "specifiers": specifiers,
        "invalidSpecifiers": invalid_specifiers,
        "equalSpecifiers": equality_answers(),
        "arbitrary": arbitrary_answers(),
        **filename_answers(filenames + invented),
    }


def version_text(filename):
    if filename.endswith(".whl"):
        return filename.split("-")[1]
    for extension in (".tar.gz", ".zip", ".tar.bz2"):
        if filename.endswith(extension):
            return filename.removesuffix(extension).rpartition("-")[2]
    return None


def raw_names(filenames):
    return {filename.split("-")[0] for filename in filenames if filename.endswith(".whl")}


def parse_version(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


def version_answers(texts):
    """[text, normal form, canonical form, "=" if equal to the one before], in ascending order; "" repeats the left."""
    parsed = {text: parse_version(text) for text in texts}
    invalid = sorted(text for text, version in parsed.items() if version is None)
    valid = sorted((text for text, version in parsed.items() if version is not None), key=lambda text: (parsed[text], text))
    answers, previous = [], None
    for text in valid:
        version = parsed[text]
        normal, canonical = str(version), canonicalize_version(version)
        row = [text, "" if normal == text else normal, "" if canonical == normal else canonical]
        row.append("=" if previous is not None and previous == version else "")
        while row[-1] == "":
            row.pop()
        answers.append(row or [""])
        previous = version
    return answers, invalid


def random_versions(count):
    """Texts put together from the grammar's pieces, about half of them valid."""
    number = lambda: random.choice(["0", "1", "2", "10", "01", "2024", ""])
    separator = lambda: random.choice(["", "", ".", "-", "_"])
    for _ in range(count):
        text = random.choice(["", "", "", "v", "1!", "0!"])
        text += ".".join(random.choice(["0", "1", "2", "10"]) for _ in range(random.randint(1, 4)))
        if random.random() < 0.5:
            text += separator() + random.choice(["a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "A", "RC"]) + separator() + number()
        if random.random() < 0.35:
            text += random.choice([separator() + random.choice(["post", "rev", "r", "POST"]) + separator() + number(), "-" + number()])
        if random.random() < 0.35:
            text += separator() + random.choice(["dev", "DEV"]) + separator() + number()
        if random.random() < 0.25:
            text += "+" + separator().join(random.choice(["a", "1", "01", "B2", "ubuntu", ""]) for _ in range(random.randint(1, 3)))
        if random.random() < 0.15:
            place = random.randrange(len(text) + 1)
            text = text[:place] + random.choice(".-_+!1ar ") + text[place:]
        yield text


def random_specifiers(count):
    for _ in range(count):
        clauses = []
        for _ in range(random.randint(1, 3)):
            operator = random.choice(["==", "!=", ">=", "<=", ">", "<", "~="])
            version = random.choice(SAMPLE_VERSIONS)
            if operator in ("==", "!=") and random.random() < 0.4:
                version = Version(version).base_version + ".*"
            clauses.append(operator + random.choice(["", "", " "]) + version)
        yield random.choice([",", ", "]).join(clauses)


def specifier_answers(texts):
    """[text, str(SpecifierSet), which sample versions it contains with prereleases None, True and False, its filter]."""
    sample = [Version(text) for text in SAMPLE_VERSIONS]
    answers, invalid = [], []
    for text in texts:
        try:
            specifier = SpecifierSet(text)
        except InvalidSpecifier:
            invalid.append(text)
            continue
        columns = ["".join("01"[specifier.contains(v, prereleases=choice)] for v in sample) for choice in (None, True, False)]
        kept = set(map(id, specifier.filter(sample)))
        columns.append("".join("01"[id(version) in kept] for version in sample))
        answers.append([text, str(specifier), *columns])
    return answers, invalid


def equality_answers():
    texts = ["==1.0", "==1", "== 1.0.0", "==1.0+A", "==1.0+a", "~=1.0", "~=1.0.0", ">=1.0", ">=1", "===1.0", "===1", "===A", "===a",
             "==1.*", "==1.0.*", "!=1", "!=1.0", ">=1,<2", "<2.0,>=1.0", ">=1,>=1.0", ">=1,<2,", "", "<2,>=1,!=1.5", ">=1.0rc1", ">=1.0c1"]
    return [[a, b, "01"[SpecifierSet(a) == SpecifierSet(b)]] for a, b in itertools.combinations_with_replacement(texts, 2)]


def arbitrary_answers():
    specifiers = ["", "===1.0", "===v1.0", "===foobar", "===1.0.dev1", "===1.*", "===", "===é", ">=1.0", "===1.0,>=1", "===foobar,>=1", "===1.0+local.01"]
    return [[s, t, "01"[SpecifierSet(s).contains(t)], "01"[SpecifierSet(s).contains(t, prereleases=False)]]
            for s in specifiers for t in ARBITRARY_TEXTS]


def name_answers(texts):
    """[text, normalized name], or [text] where it is invalid."""
    answers = []
    for text in texts:
        try:
            answers.append([text, canonicalize_name(text, validate=True)])
        except InvalidName:
            answers.append([text])
    return answers


def random_filenames(filenames, count):
    """Real file names with one character inserted, taken away, replaced or doubled, and some with a build tag."""
    for _ in range(count):
        filename = random.choice(filenames)
        place = random.randrange(len(filename))
        extra = random.choice("-._+!aZ019")
        kind = random.randrange(5)
        if kind == 0:
            filename = filename[:place] + extra + filename[place:]
        elif kind == 1:
            filename = filename[:place] + filename[place + 1:]
        elif kind == 2:
            filename = filename[:place] + extra + filename[place + 1:]
        elif kind == 3:
            filename = filename[:place] + filename[place] + filename[place:]
        elif filename.endswith(".whl"):
            parts = filename.split("-")
            parts.insert(2, random.choice(["1", "0", "007", "1_2", "2abc", "b1", "_", "99999999999999999999", "20240101.x", "1+a"]))
            filename = "-".join(parts)
        if SAFE_FILENAME.fullmatch(filename):
            yield filename


def wheel_answer(filename):
    """(raw name, raw version, raw build, raw tags), (name, version, build, tags); None where it is no wheel for Cellar,
    which wants valid names (PEP 508) and no empty tags where `packaging` does not look."""
    try:
        name, version, build, tags = parse_wheel_filename(filename)
        parts = filename.removesuffix(".whl").split("-")
        canonicalize_name(parts[0], validate=True)
    except ValueError:
        return None
    if any("" in part.split(".") for part in parts[-3:]):
        return None
    raw = (parts[0], parts[1], parts[2] if len(parts) == 6 else "", "-".join(parts[-3:]))
    return raw, (name, version, build, in_order(tags))


def sdist_answer(filename):
    """(name, version), or None where it is no unambiguous source distribution for Cellar (names as above)."""
    try:
        name, version = parse_sdist_filename(filename)
        canonicalize_name(filename.rpartition("-")[0], validate=True)
    except ValueError:
        return None
    return name, version


def filename_answers(filenames):
    """Wheels by release: [raw name, raw version, name, normal version, place in "wheelLists"]; a wheel list has
    [raw build, number, suffix, place in "tags"], or only the place; "tags" has [compressed, expanded]."""
    groups, sdists, invalid, tags = {}, [], [], {}
    for filename in filenames:
        if answer := wheel_answer(filename):
            (raw_name, raw_version, raw_build, raw_tags), (name, version, build, expanded) = answer
            place = tags.setdefault(raw_tags, (len(tags), " ".join(expanded)))[0]
            entry = [raw_build, str(build[0]), build[1], str(place)] if raw_build else [str(place)]
            groups.setdefault((raw_name, raw_version, name, str(version)), []).append(entry)
        elif answer := sdist_answer(filename):
            sdists.append([filename, answer[0], str(answer[1])])
        else:
            invalid.append(filename)
    lists = {}
    for key, entries in groups.items():
        groups[key] = lists.setdefault(json.dumps(entries), (len(lists), entries))[0]
    return {
        "tags": [[raw, expanded] for raw, (_, expanded) in tags.items()],
        "wheelLists": [entries for _, entries in lists.values()],
        "wheels": [[*key, str(place)] for key, place in groups.items()],
        "sdists": sdists,
        "invalidFilenames": invalid,
    }


def check(oracle, links):
    """The compact form says of every file what `packaging` says."""
    said = {}
    for raw_name, raw_version, name, version, place in oracle["wheels"]:
        for *build, tag in oracle["wheelLists"][int(place)]:
            raw_tags, expanded = oracle["tags"][int(tag)]
            filename = "-".join([raw_name, raw_version, *build[:1], raw_tags]) + ".whl"
            said[filename] = (name, version, (int(build[1]), build[2]) if build else (), expanded.split(" "))
    for filename, answer in said.items():
        name, version, build, tags = parse_wheel_filename(filename)
        assert answer == (name, str(version), build, in_order(tags)), filename
    known = set(said) | {row[0] for row in oracle["sdists"]} | set(oracle["invalidFilenames"])
    assert {filename for _, filename, _ in links} <= known


def report(oracle, links, size):
    wheels = sum(len(oracle["wheelLists"][int(row[-1])]) for row in oracle["wheels"])
    print(f"{len(oracle['projects'])} project pages, {len({f for _, f, _ in links})} real files: {wheels} wheels,",
          f"{len(oracle['sdists'])} sdists, {len(oracle['invalidFilenames'])} invalid;",
          f"{len(oracle['versions'])} versions, {len(oracle['invalidVersions'])} invalid;",
          f"{len(oracle['specifiers'])} specifiers, {len(oracle['invalidSpecifiers'])} invalid;",
          f"{len(oracle['names'])} names; {size} bytes, {FIXTURE.stat().st_size} compressed")


if __name__ == "__main__":
    main()
