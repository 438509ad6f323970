#!/usr/bin/env python3
"""Holds docs/escapes.md and the tests to each other.

    scripts/escapes.py            # exit status 1 and what is wrong, if anything is
    scripts/escapes.py --write    # puts the names of the tests under the escapes whose ids they begin with

A test names the escapes that it holds at the start of its name, in lower case: `r03_r04_joins_of_every_kind…`. Each of them stands in
docs/escapes.md under its id, and every id there has a test, unless it stands under "Open" with a reason. A test of another name may
stand under an id too, if it holds the escape; it has to exist. Comments of tests name no id that the page does not have.
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/escapes.md"

ENTRY = re.compile(r"^- \*\*([A-Z]\d\d)\*\* (.*)$")
NAMES = re.compile(r"^  (`\w+`(?:, `\w+`)*)$")
# `w10_and_w11_keys…` names two.
PREFIX = re.compile(r"^([a-z]\d\d(?:_(?:and_)?[a-z]\d\d)*)_")
# The attributes of a test, comments between them and its name; and what a suite makes tests of: cases of the adapters', steps of the
# quickstarts' walk.
TEST = re.compile(r"#\[(?:\w+::)*test\b[^\]]*\]\s*(?:(?:#\[[^\]]*\]|//[^\n]*)\s*)*(?:pub(?:\([a-z]+\))? )?(?:async )?fn (\w+)")
SUITE = re.compile(r"^pub(?:\(super\))? (?:async )?fn (\w+)\(\w+: (?:Server|Quickstart|Arc<Service>)\)", re.MULTILINE)
IN_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="brings the names of the tests up to date")
    options = parser.parse_args()

    tests, mentioned = tests_and_comments()
    by_id = {}
    for name in tests:
        if prefix := PREFIX.match(name):
            for escape in re.findall(r"[a-z]\d\d", prefix[1]):
                by_id.setdefault(escape.upper(), set()).add(name)
    if options.write:
        write(tests, by_id)
    problems = check(tests, by_id, mentioned)
    print(*problems, sep="\n")
    if problems:
        print(f"{len(problems)} differences between docs/escapes.md and the tests; `scripts/escapes.py --write` enters the names of tests.")
    return 1 if problems else 0


def tests_and_comments():
    """The names of all tests, and for each id in a comment of a test file the files."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.rs"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    tests, mentioned = set(), {}
    for file in filter(None, listed.stdout.split("\0")):
        path = ROOT / file
        if not path.is_file():
            continue
        text = path.read_text()
        tests.update(TEST.findall(text))
        if file.startswith("tests/"):
            tests.update(SUITE.findall(text))
        if "tests" in path.parts:
            for comment in IN_COMMENT.findall(text):
                for escape in re.findall(r"\b[A-Z]\d\d\b", comment):
                    mentioned.setdefault(escape, set()).add(file)
    return tests, mentioned


def entries():
    """Each escape of the page: its id, the names under it, and whether it is open."""
    found, is_open = [], False
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            is_open = line == "## Open"
        elif entry := ENTRY.match(line):
            found.append((entry[1], [], is_open))
        elif names := NAMES.match(line):
            found[-1][1].extend(re.findall(r"\w+", names[1]))
    return found


def check(tests, by_id, mentioned):
    problems, known = [], {}
    for escape, names, is_open in entries():
        if escape in known:
            problems.append(f"{escape} stands there twice")
        known[escape] = names
        if not names and not is_open:
            problems.append(f"{escape} has no test and does not stand under Open")
        problems += [f"{escape}: there is no test {name}" for name in names if name not in tests]
    for escape, names in sorted(by_id.items()):
        if escape not in known:
            problems.append(f"{escape} is no escape, and is named by {', '.join(sorted(names))}")
        else:
            problems += [f"{escape} lacks the test {name}" for name in sorted(names - set(known[escape]))]
    problems += [f"{escape} is no escape, and is named in {', '.join(sorted(files))}" for escape, files in sorted(mentioned.items()) if escape not in known]
    return problems


def write(tests, by_id):
    lines, escape, others = [], None, []

    def enter():
        if escape is not None and (names := sorted(by_id.get(escape, ())) + others):
            lines.append("  " + ", ".join(f"`{name}`" for name in names))

    for line in PAGE.read_text().splitlines():
        if names := NAMES.match(line):
            found = re.findall(r"\w+", names[1])
            others += [name for name in found if name in tests and name not in by_id.get(escape, ())]
            continue
        if not line.startswith("  "):  # the text of an escape goes on with two blanks
            enter()
            escape, others = None, []
        if entry := ENTRY.match(line):
            escape = entry[1]
        lines.append(line)
    enter()
    PAGE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
