#!/usr/bin/env python3
"""Checks what the documents say of the project: documents_test.py PATH_TO_MEMLLM SOURCE_ROOT

README is short, and every figure of its table stands in docs/results.md; docs/results.md was made with the adapters in models/; the program in
docs/guide.md is examples/minimal.cpp; every document that is named, and every file that is linked, is there.
"""
import json
import pathlib
import re
import subprocess
import sys

NAMED = re.compile(r"\b(?:docs|models)/[\w/-]+\.(?:md|svg)\b")
LINKED = re.compile(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)")
NUMBER = re.compile(r"\d[\d,.]*\d|\d")
TEXT = (".md", ".h", ".cpp", ".py", ".sh", ".txt")
MOST_WORDS = 800  # of README: two screens
# Of docs/results.md: the tables whose figures README may show.
SHOWN = ("| measure | paper, 7B model | here |", "| decoding | documents | precision | recall | F1 | well-formed |")


def rows(markdown, head):
    """Of the table that begins with this head: its lines without head and rule, as lists of cells."""
    lines = iter(markdown.splitlines())
    for line in lines:
        if line == head:
            found = [line for line in iter(lambda: next(lines, ""), "") if line.startswith("|")]
            return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1:]]
    return []


def figures(cells):
    """What stands between semicolons: "0.784 (0.750–0.814)"."""
    return [figure for cell in cells for figure in (part.strip() for part in cell.split(";")) if figure]


def wrong_figures(readme, results):
    """Of README's table: figures, with or without their interval, and numbers in the names of measures, that docs/results.md has not."""
    known = [cell for head in SHOWN for row in rows(results, head) for cell in row]
    shown = set(figures(known)) | {figure.split(" (")[0] for figure in figures(known)}
    numbers = set(NUMBER.findall("\n".join(known)))
    table = rows(readme, "| measure | paper | here |")
    if not table:
        yield "README.md: has no table of measures"
    for measure, *values in table:
        strange = [figure for figure in figures(values) if figure not in shown] + [number for number in NUMBER.findall(measure) if number not in numbers]
        yield from (f"README.md: its table has \"{figure}\", which docs/results.md has not" for figure in strange)


def problems(program, root):
    readme, results, guide = ((root / name).read_text("utf-8") for name in ("README.md", "docs/results.md", "docs/guide.md"))
    yield from wrong_figures(readme, results)
    if len(readme.split()) > MOST_WORDS:
        yield f"README.md: {len(readme.split())} words; at most {MOST_WORDS}"
    if f"```cpp\n{(root / 'examples/minimal.cpp').read_text('utf-8')}```\n" not in guide:
        yield "docs/guide.md: does not show examples/minimal.cpp as it is"
    for role in ("read", "write"):
        shown = json.loads(subprocess.run([program, "models", "--json", f"--{role}-adapter", root / f"models/gemma-3-270m-{role}.gguf"],
                                          stdout=subprocess.PIPE, check=False).stdout)
        [adapter] = [model for model in shown["models"] if model["role"] == f"{role}-adapter"]
        if adapter["fingerprint"] not in results:
            yield f"docs/results.md: made with another {role} adapter than that in models/"
    for folder in ("README.md", "docs", "include", "src", "tools", "models", "tests"):
        for file in sorted([root / folder] if (root / folder).is_file() else (root / folder).rglob("*")):
            if file.suffix not in TEXT:
                continue
            text = file.read_text("utf-8", "replace")
            for named in sorted(set(NAMED.findall(text))):
                if not (root / named).exists():
                    yield f"{file.relative_to(root)}: names {named}, which is not there"
            for linked in sorted(set(LINKED.findall(text))) if file.suffix == ".md" else []:
                if not (file.parent / linked).exists():
                    yield f"{file.relative_to(root)}: links {linked}, which is not there"


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: documents_test.py PATH_TO_MEMLLM SOURCE_ROOT")
    found = list(problems(sys.argv[1], pathlib.Path(sys.argv[2])))
    for problem in found:
        print(problem)
    print(f"documents_test: {'ok' if not found else f'FAILED, {len(found)} problems'}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
