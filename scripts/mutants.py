#!/usr/bin/env python3
"""Takes the planner's predicates, checks and refusals away one at a time, and reports those whose loss no test notices.

    scripts/mutants.py                          # everything: an hour or more; not part of .ci/run
    scripts/mutants.py --suites rules,unit      # the planner's unit tests only: no database servers
    scripts/mutants.py --file mutants-rules.toml  # the rules that close a kind of way past the planner
    scripts/mutants.py --only upsert            # mutations whose file or description has this in it; may be repeated

scripts/mutants.toml holds the mutations. They are made in a copy of the tree in a temporary folder; CARGO_TARGET_DIR is used as it is,
or a folder beside the copy. A mutation is caught when the tests that ran without it fail with it. One that a suite does not notice
goes to the next suite. The servers that the later suites need are those of scripts/test.sh. Exit status: 1 for survivors, 2 for
mutations that do not apply or do not compile, in which case scripts/mutants.toml is to be brought up to date.
"""

import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = "tenancy-seaorm/src"
CACHE_TEST = "r32_the_bound"  # the one unit test that takes seconds

# Modules of the test binaries that a suite of their own runs, or that are no test of a single statement.
NOT_INTEGRATION = ("injection", "findings", "properties", "agreement", "attack", "elevation", "guard", "ownership", "sharing", "soft_delete")

# What is run in turn until something fails: the arguments of `cargo test -p tenancy-seaorm`, and those of the tests themselves.
SUITES = {
    # The planner's unit tests without the slow ones of limits and stacks: seconds for each mutation.
    "rules": (
        ["--lib"],
        [f"plan::tests::{name}::" for name in ("calm", "kept", "fences", "names", "pairs", "tokens", "ownership", "sharing", "deletion", "reach", "binding")],
    ),
    "unit": (["--lib"], ["--skip", CACHE_TEST]),
    "integration": (["--test=statements", "--test=planner", "--test=policies"], [argument for name in NOT_INTEGRATION for argument in ("--skip", f"{name}::")]),
    "cache": (["--lib"], [CACHE_TEST]),
    "injection": (["--test=planner", "--test=statements"], ["properties::", "injection::"]),
    "connections": (["--test=robustness", "--test=statements"], ["connections::", "upsert_among_triggers::"]),
    "oracle": (["--test=oracle"], []),
    "findings": (["--test=statements"], ["findings::"]),  # with the engines' own word on every statement
}
ORACLE_STATEMENTS = "300"
TIMEOUT = 900  # seconds; a mutation that makes a test run for ever is caught


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suites", default=",".join(SUITES), help="of " + ", ".join(SUITES))
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--list", action="store_true", help="say which mutations there are, and whether they apply")
    parser.add_argument("--file", default="mutants.toml", help="which mutations, of this folder")
    options = parser.parse_args()
    suites = options.suites.split(",")
    if unknown := set(suites) - set(SUITES):
        parser.error(f"no such suite: {', '.join(sorted(unknown))}")

    with open(ROOT / "scripts" / options.file, "rb") as file:
        by_file = tomllib.load(file)
    mutations = [(name, each) for name, of_file in by_file.items() for each in of_file]
    if stale := [describe(*one) for one in mutations if not applies(*one)]:
        print(f"These do not apply; scripts/{options.file} is to be brought up to date:", *stale, sep="\n  ")
        return 2
    # What the parser never yields is refused all the same, and cannot be tested.
    mutations = [(name, each) for name, each in mutations if "unreachable" not in each]
    wanted = [one for one in mutations if not options.only or any(word in describe(*one) for word in options.only)]
    if options.list:
        print(*(describe(*one) for one in wanted), sep="\n")
        return 0

    with tempfile.TemporaryDirectory(prefix="tenancy-mutants-") as folder:
        tree = pathlib.Path(folder) / "tree"
        copy(tree)
        environment = os.environ | {"TENANCY_ORACLE_STATEMENTS": ORACLE_STATEMENTS, "CARGO_INCREMENTAL": "1"}
        environment.setdefault("CARGO_TARGET_DIR", str(pathlib.Path(folder) / "target"))
        for suite in suites:
            if count(suite, tree, environment) == 0:
                print(f"the suite `{suite}` has no test: which feature does it want?")
                return 2
            if (outcome := run(suite, tree, environment)) != "passed":
                print(f"without any mutation the suite `{suite}` {outcome}")
                return 2
        return survey(wanted, suites, tree, environment)


def describe(name, mutation):
    return f"{name}: {mutation['what']}"


def applies(name, mutation):
    return (ROOT / SOURCES / name).read_text().count(mutation["old"]) == 1


def copy(tree):
    """The files that git knows or would add, as they are in the work tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)


def survey(mutations, suites, tree, environment):
    survivors, broken = [], []
    for number, (name, mutation) in enumerate(mutations, 1):
        started = time.monotonic()
        path = tree / SOURCES / name
        original = path.read_text()
        path.write_text(original.replace(mutation["old"], mutation["new"]))
        outcome = "survived"
        for suite in suites:
            found = run(suite, tree, environment)
            if found != "passed":
                outcome = f"{found} ({suite})"
                break
        path.write_text(original)
        if outcome == "survived":
            survivors.append(describe(name, mutation))
        elif outcome.startswith("does not compile"):
            broken.append(describe(name, mutation))
        seconds = time.monotonic() - started
        print(f"{number:3}/{len(mutations)} {outcome:20} {seconds:4.0f}s  {describe(name, mutation)}", flush=True)
    print(f"\n{len(mutations) - len(survivors) - len(broken)} of {len(mutations)} mutations were noticed.")
    for title, names in (("Survivors", survivors), ("Do not compile", broken)):
        if names:
            print(f"{title}:", *names, sep="\n  ")
    return 2 if broken else 1 if survivors else 0


def tests_of(suite):
    selection, arguments = SUITES[suite]
    return ["cargo", "test", "--locked", "--quiet", "-p", "tenancy-seaorm", *selection], arguments


def count(suite, tree, environment):
    """How many tests a suite has. One without any, for want of a feature, would notice nothing."""
    command, arguments = tests_of(suite)
    listed = subprocess.run([*command, "--", "--list", *arguments], cwd=tree, env=environment, capture_output=True, text=True)
    return sum(line.endswith(": test") for line in listed.stdout.splitlines())


def run(suite, tree, environment):
    command, arguments = tests_of(suite)
    silent = {"cwd": tree, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if subprocess.run([*command, "--no-run"], **silent).returncode != 0:
        return "does not compile"
    tests = subprocess.Popen([*command, "--", *arguments], start_new_session=True, **silent)
    try:
        return "passed" if tests.wait(TIMEOUT) == 0 else "noticed"
    except subprocess.TimeoutExpired:
        os.killpg(tests.pid, signal.SIGKILL)  # the tests too, and not only cargo
        tests.wait()
        return "noticed"


if __name__ == "__main__":
    sys.exit(main())
