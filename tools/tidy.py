#!/usr/bin/env python3
"""clang-tidy on the files named on standard input, as many at once as there are cores: tidy.py CLANG_TIDY BUILD KNOWN [--own] [--jobs N]

A file that was clean before is not looked at again: KNOWN is a folder with an empty file for every clean result, named by a hash of the source, all
headers it was built with (BUILD's, so build first), the compile command, .clang-tidy and the version of clang-tidy. --own: only what is said of
lines in this project counts, also where other headers do not compile.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def output_of(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Build:
    """What each file was compiled with."""

    def __init__(self, folder):
        self.folder = folder
        self.commands = {row["file"]: row["command"] for row in json.loads((folder / "compile_commands.json").read_text("utf-8"))}
        self.headers, target = {}, None
        for line in output_of(["ninja", "-C", str(folder), "-t", "deps"]).splitlines():
            if line.startswith("    "):
                self.headers[target].append(os.path.normpath(folder / line.strip()))
            elif line and not line.startswith("ninja:"):
                target = line.split(":")[0]
                self.headers[target] = []

    def inputs(self, file):
        """None: it was not built."""
        command = self.commands.get(str(ROOT / file))
        target = re.search(r" -o (\S+)", command or "")
        return self.headers.get(target.group(1)) if target else None


def state_of(path):
    """Name and state, the same in every clone: our own files by their content, a package's by size and time."""
    if path.startswith(f"{ROOT}/"):
        return os.path.relpath(path, ROOT), hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
    stat = os.stat(path)
    return path, f"{stat.st_size} {stat.st_mtime_ns}"


def key_of(file, build, version, options):
    inputs = build.inputs(file)
    if inputs is None:
        return None
    digest = hashlib.sha256(json.dumps([version, options, build.commands[str(ROOT / file)].replace(str(ROOT), ".")]).encode())
    digest.update((ROOT / ".clang-tidy").read_bytes())
    digest.update(json.dumps(sorted(state_of(path) for path in set(inputs))).encode())
    return digest.hexdigest()


def own_findings(text):
    """Each finding about this project's lines, with the lines that show it."""
    kept, showing = [], False
    for line in text.splitlines():
        if re.match(r"\S+:\d+:\d+: (error|warning):", line):
            showing = line.startswith(f"{ROOT}/")
        if showing:
            kept.append(line)
    return "\n".join(kept)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clang_tidy", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("known", type=pathlib.Path)
    parser.add_argument("--own", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    files = sys.stdin.read().split()
    build = Build(arguments.build.resolve())
    version = output_of([str(arguments.clang_tidy), "--version"])
    # omp.h, which libtorch includes, is GCC's.
    options = ["--quiet", "--extra-arg=-idirafter", "--extra-arg=" + output_of(["gcc", "-print-file-name=include"]).strip()]
    options += ["--extra-arg=-ferror-limit=0"] if arguments.own else []
    arguments.known.mkdir(parents=True, exist_ok=True)

    def check(file):
        key = key_of(file, build, version, options)
        if key and (arguments.known / key).exists():
            return "known", ""
        command = [str(arguments.clang_tidy), "-p", str(arguments.build), *options, file]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        crashed = done.returncode < 0
        findings = own_findings(done.stdout) if arguments.own and not crashed else done.stdout + done.stderr if done.returncode else ""
        if crashed and not findings:
            findings = f"{file}: clang-tidy was ended by signal {-done.returncode}"
        if findings:
            return "unclean", findings
        if key:
            (arguments.known / key).touch()
        return "clean", ""

    counts = {"known": 0, "clean": 0, "unclean": 0}
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for file, (state, findings) in zip(files, pool.map(check, files)):
            counts[state] += 1
            if state != "known":
                print(f"lint: {sum(counts.values())} of {len(files)}: {file}: {state}", file=sys.stderr, flush=True)
            if findings:
                print(findings, flush=True)
    print(f"lint: {len(files)} files, {counts['known']} of them known to be clean, {counts['unclean']} with findings", file=sys.stderr)
    return 1 if counts["unclean"] else 0


if __name__ == "__main__":
    sys.exit(main())
