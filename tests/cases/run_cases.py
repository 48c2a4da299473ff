#!/usr/bin/env python3
"""Small inputs with the right output: run_cases.py CASES [PROGRAM] [--only ID,…]

CASES is a JSON list of cases. Each runs in an empty memory of its own, beside a folder for its files:

  id, kind   what it is called, and what sort of trouble it looks for
  files      {name: text}: written to the folder and learned one by one, in this order; a name may hold folders
  facts      [[subject, relation, object, {"valid_from": day, "valid_to": day}?], …]: then stated by hand, numbered from 1 where no file was learned
  commands   [[argument, …], …]: then run, whether they succeed or not; ["@write", name, text] writes a file and learns nothing
  checks     what is asked in the end: {"ask": question, "answer_only": true?} or {"run": [argument, …]},
             with "must": [pattern, …] and "must_not": [pattern, …], of which each is found, or none, whatever the case of letters

"{folder}" in an argument stands for the case's folder. Only id, kind and checks are needed. Patterns are Python's; ^ is the beginning of the
whole output. A check sees standard output; with answer_only the answer alone, where it comes from the memory, else "The memory does not know.".

PROGRAM is build/release/memllm where it is left out. Exit status: 0 when every case passes, 1 when one fails, 2 when the call is wrong.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

UNKNOWN = "The memory does not know."
NOT_FROM_MEMORY = ("model", "none")
SECONDS = 300  # for one command
LEARN = ["learn", "--progress", "never"]


class Room:
    """A memory and a folder of files for one case."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = pathlib.Path(folder) / "files"
        self.memory = pathlib.Path(folder) / "memory"
        self.folder.mkdir()

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
        return str(path)

    def run(self, *arguments):
        """(exit status, standard output, the end of standard error)"""
        arguments = [argument.replace("{folder}", str(self.folder)) for argument in arguments]
        environment = dict(os.environ, OMP_WAIT_POLICY="PASSIVE", NO_COLOR="1")
        try:
            done = subprocess.run([self.program, "--memory", str(self.memory), *arguments], stdin=subprocess.DEVNULL,
                                  capture_output=True, env=environment, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return -1, "", f"took more than {SECONDS} s"
        return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace").strip()[-150:]


def prepare(room, case):
    """Files, facts and commands; yields what went wrong."""
    for name, text in case.get("files", {}).items():
        status, _, error = room.run(*LEARN, room.write(name, text))
        if status != 0:
            yield f"learn {name}: exit status {status}: {error}"
    for subject, relation, value, *times in case.get("facts", []):
        options = [part for key, day in (times[0] if times else {}).items() for part in ("--" + key.replace("_", "-"), day)]
        status, _, error = room.run("facts", "add", *options, "--", subject, relation, value)
        if status != 0:
            yield f"facts add {subject!r}: exit status {status}: {error}"
    for command in case.get("commands", []):
        if command[0] == "@write":
            room.write(*command[1:])
        else:
            room.run(*command)


def answer_of(output):
    """The answer in what `ask --json` printed."""
    try:
        value = json.loads(output)
        return UNKNOWN if value["origin"] in NOT_FROM_MEMORY else value["answer"]
    except (ValueError, KeyError, TypeError):
        return None


def examine(room, check):
    """Yields what is wrong with the output of one check."""
    if "run" in check:
        said = " ".join(check["run"])
        status, output, error = room.run(*check["run"])
    elif check.get("answer_only"):
        said = check["ask"]
        status, output, error = room.run("ask", "--json", check["ask"])
        output = answer_of(output)
    else:
        said = check["ask"]
        status, output, error = room.run("ask", check["ask"])
    if output is None:
        yield f"{said}: no answer: exit status {status}: {error}"
        return
    if not output.strip() and status != 0:
        shown = f"exit status {status}: {error}"
    else:
        shown = repr(output.strip().partition("\n")[0][:140])
    for pattern in check.get("must", []):
        if not re.search(pattern, output, re.IGNORECASE):
            yield f"{said}: lacks /{pattern}/: {shown}"
    for pattern in check.get("must_not", []):
        if re.search(pattern, output, re.IGNORECASE):
            yield f"{said}: has /{pattern}/: {shown}"


def problems_of(program, case):
    with tempfile.TemporaryDirectory() as folder:
        room = Room(program, folder)
        problems = list(prepare(room, case))
        for check in case["checks"]:
            problems.extend(examine(room, check))
        return problems


def parsed_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", metavar="CASES", help="JSON file of cases")
    parser.add_argument("program", metavar="PROGRAM", nargs="?", default="build/release/memllm", help="default: %(default)s")
    parser.add_argument("--only", metavar="ID,…", default="", help="only these cases")
    arguments = parser.parse_args()
    try:
        with open(arguments.cases, encoding="utf-8") as file:
            cases = json.load(file)
    except (OSError, ValueError) as error:
        parser.error(f"{arguments.cases}: {error}")
    program = os.path.abspath(arguments.program)
    if not os.access(program, os.X_OK):
        parser.error(f"{arguments.program} is no program")
    wanted = [name for name in arguments.only.split(",") if name]
    unknown = set(wanted) - {case["id"] for case in cases}
    if unknown:
        parser.error("no such case: " + ", ".join(sorted(unknown)))
    return [case for case in cases if not wanted or case["id"] in wanted], program


def main():
    cases, program = parsed_arguments()
    failed = 0
    for case in cases:
        began = time.monotonic()
        problems = problems_of(program, case)
        failed += bool(problems)
        print(f"{'FAIL' if problems else 'ok  '} {case['id']} ({case['kind']}, {time.monotonic() - began:.0f} s)", flush=True)
        for problem in problems:
            print("     " + problem, flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
