#!/usr/bin/env python3
"""Checks that a room includes only headers of rooms below it: rooms_test.py SOURCE_ROOT

The order is the one in docs/architecture.md. The pairs below say what each room may use beyond the order: train stands apart.
"""
import pathlib
import re
import sys

ROOMS = ["base", "embed", "store", "llm", "memory", "data", "train", "eval", "cli"]
MAY_USE = {
    "base": [],
    "embed": ["base"],
    "store": ["base"],
    "llm": ["base"],
    "memory": ["base", "embed", "store", "llm"],
    "data": ["base", "embed", "store", "llm", "memory"],
    "train": ["base"],
    "eval": ["base", "embed", "store", "llm", "memory", "data"],
    "cli": ["base", "embed", "store", "llm", "memory", "data", "eval"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([a-z_]+)/')
PRIVATE = re.compile(r'^\s*#\s*include\s+[<"](llama|ggml|gguf|sqlite3|torch|nlohmann|hnswlib|faiss)')


def problems(root):
    found = []
    for room_folder in sorted((root / "src").iterdir()):
        room = room_folder.name
        if room not in MAY_USE:
            found.append(f"src/{room}: not in the list of rooms")
            continue
        for file in sorted(room_folder.rglob("*")):
            if file.suffix not in (".h", ".cpp"):
                continue
            for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
                match = INCLUDE.match(line)
                used = match.group(1) if match else None
                if used in MAY_USE and used != room and used not in MAY_USE[room]:
                    found.append(f"{file.relative_to(root)}:{number}: {room} may not use {used}")
    for file in sorted((root / "include").rglob("*.h")):
        for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
            match = INCLUDE.match(line)
            if PRIVATE.match(line) or (match and match.group(1) in MAY_USE):
                found.append(f"{file.relative_to(root)}:{number}: the public face includes {line.strip()}")
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: rooms_test.py SOURCE_ROOT")
    for room, used in MAY_USE.items():
        assert all(ROOMS.index(other) < ROOMS.index(room) for other in used), room
    found = problems(pathlib.Path(sys.argv[1]))
    for problem in found:
        print(problem)
    print(f"rooms_test: {'ok' if not found else f'FAILED, {len(found)} problems'}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
