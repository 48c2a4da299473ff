#!/usr/bin/env python3
"""Checks what the documents say of the project: documents_test.py PATH_TO_MEMLLM SOURCE_ROOT

README's table is that of docs/results.md, docs/results.md was made with the adapters in models/, and every document that is named is there.
"""
import json
import pathlib
import re
import subprocess
import sys

NAMED = re.compile(r"\b(?:docs|models)/[\w/-]+\.(?:md|svg)\b")
TEXT = (".md", ".h", ".cpp", ".py", ".sh", ".txt")


def rows(markdown, head):
    """Of the table that begins with this head."""
    lines = iter(markdown.splitlines())
    for line in lines:
        if line == head:
            return [line for line in iter(lambda: next(lines, ""), "") if line.startswith("|")]
    return []


def problems(program, root):
    readme, results = ((root / name).read_text("utf-8") for name in ("README.md", "docs/results.md"))
    head = "| measure | paper, 7B model | here |"
    if not rows(results, head) or rows(readme, head) != rows(results, head):
        yield "README.md: the table is not the one of docs/results.md"
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
            for named in sorted(set(NAMED.findall(file.read_text("utf-8", "replace")))):
                if not (root / named).exists():
                    yield f"{file.relative_to(root)}: names {named}, which is not there"


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
