#!/usr/bin/env python3
"""Checks the rooms of src/: rooms_test.py SOURCE_ROOT [--list]

The build refuses the header of a room that is not linked (cmake/room.cmake). This test checks what a build cannot: that the rooms stand in
their order, that each CMakeLists.txt names exactly the rooms that are included and shows only those that headers include, who may know which
library, that the public face knows none, and that no room and no function has grown too large. --list prints the rooms with their sizes.
"""
import pathlib
import re
import sys

# Lowest first, as in docs/architecture.md: a room uses only rooms above it in this list.
ROOMS = ["base", "sql", "embed", "vectors", "llm", "store", "language", "infer", "search", "call", "write", "read", "ask", "engine", "wire", "documents",
         "examples", "train", "eval", "terminal", "command", "cli_eval", "cli", "testing"]
APART = {"train": {"base"}}  # rooms that use only these
# Who may include the headers of which library.
LIBRARIES = {
    r"llama(-cpp)?\.h": {"embed", "llm"},
    r"ggml[a-z-]*\.h|gguf\.h": {"embed", "llm", "train", "testing"},
    r"sqlite3\.h": {"sql"},
    r"torch/.*": {"train"},
    r"hnswlib/.*": {"vectors"},
    r"nlohmann/.*": {"base", "store", "wire", "documents", "examples", "train", "eval"},
    r"unicode/.*": {"base", "language", "terminal"},
    r"CLI/.*": {"examples", "train", "command", "cli_eval", "cli"},
    r"spdlog/.*": {"command"},
    r"md4c\.h|libxml/.*": {"documents"},
    r"xxhash\.h": {"base", "vectors"},
    r"gtest/.*": {"testing"},  # and every *_test.cpp
}
# Public headers whose functions are a room's. (Those of plain values are nobody's, and every room links base, which has Error's.)
PUBLIC = {"memllm/memory.h": "engine", "memllm/session.h": "engine", "memllm/share_folder.h": "language"}
MOST_FILES = 30  # .cpp and .h of a room, tests apart
MOST_LINES = 60  # of a function
# Longer functions, and why.
LONG_FUNCTIONS = {}
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]')
ROOM = re.compile(r"memllm_room\((\w+)([^)]*)\)")
NO_FUNCTION = re.compile(r"^\s*(namespace|class|struct|enum|union|extern|if|for|while|switch|else|do|try|return|case|default|#|//)\b|=\s*\{$|^\s*}")


def includes(file):
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1)


def room_of(header):
    if header in PUBLIC:
        return PUBLIC[header]
    name = header.split("/")[0]
    return name if "/" in header and name in ROOMS else None


def declared(folder):
    """What the room's CMakeLists.txt says: {keyword: set of rooms}."""
    match = ROOM.search((folder / "CMakeLists.txt").read_text("utf-8"))
    found, keyword = {"SHOWS": set(), "USES": set(), "TESTS_USE": set()}, None
    for word in match.group(2).split():
        if word.isupper() and not word.startswith("$"):
            keyword = word
        elif keyword in found:
            found[keyword].add(word)
    return found


def used(folder):
    room = folder.name
    found = {"SHOWS": set(), "USES": set(), "TESTS_USE": set()}
    for file in sources(folder):
        kind = "SHOWS" if file.suffix == ".h" else "TESTS_USE" if is_test(file) else "USES"
        if file.name != "main.cpp":
            found[kind] |= {room_of(header) for _, header in includes(file)} - {None, room}
    found["USES"] -= found["SHOWS"]
    found["TESTS_USE"] -= found["SHOWS"] | found["USES"]
    return found


def is_test(file):
    return file.name.endswith("_test.cpp")


def sources(folder):
    return sorted(file for file in folder.rglob("*") if file.suffix in (".h", ".cpp"))


def functions(file):
    """(name, first line, lines) of every function with a body of several lines; relies on the layout that clang-format makes."""
    lines = file.read_text("utf-8").splitlines()
    start, last = 0, None
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if indent in (0, 2) and line and not line.startswith(("  ", "#", "}")) or (indent == 2 and not line[2:].startswith(" ")):
            start = number  # of what may be a declaration over several lines
        if not line.endswith("{") or NO_FUNCTION.match(lines[start]) or "(" not in "".join(lines[start:number + 1]):
            continue
        depth = len(lines[start]) - len(lines[start].lstrip())
        if depth not in (0, 2):
            continue
        if start == last:
            continue
        end = next((i for i in range(number + 1, len(lines)) if lines[i].startswith(" " * depth + "}")), None)
        if end is not None:
            last = start
            name = re.search(r"([\w:~]+)\s*\(", " ".join(lines[start:number + 1]))
            yield name.group(1) if name else "?", start + 1, end - start + 1


def problems(root):
    folders = {folder.name: folder for folder in sorted((root / "src").iterdir()) if folder.is_dir()}
    for name in sorted(set(folders) ^ set(ROOMS)):
        yield f"src/{name}: in the list of rooms or in src/, not in both"
    for room in ROOMS:
        folder = folders[room]
        says, does = declared(folder), used(folder)
        for keyword in says:
            for other in sorted(does[keyword] - says[keyword]):
                yield f"src/{room}/CMakeLists.txt: {keyword} lacks {other}"
            for other in sorted(says[keyword] - does[keyword]):
                yield f"src/{room}/CMakeLists.txt: {keyword} names {other}, which nothing there includes"
        for other in sorted(does["SHOWS"] | does["USES"]):
            if ROOMS.index(other) > ROOMS.index(room) or other not in APART.get(room, ROOMS):
                yield f"src/{room}: may not use {other}"
        count = sum(not is_test(file) for file in sources(folder))
        if count > MOST_FILES:
            yield f"src/{room}: {count} source files, more than {MOST_FILES}: it has become a drawer"
        for file in sources(folder):
            where = file.relative_to(root)
            for number, header in includes(file):
                for pattern, who in LIBRARIES.items():
                    allowed = room in who or (pattern.startswith("gtest") and is_test(file)) or (is_test(file) and pattern.startswith("nlohmann"))
                    if re.fullmatch(pattern, header) and not allowed:
                        yield f"{where}:{number}: {room} may not know {header}"
            for name, line, length in functions(file):
                if length > MOST_LINES and name not in LONG_FUNCTIONS:
                    yield f"{where}:{line}: {name} has {length} lines, more than {MOST_LINES}: split it, or say here why not"
    for file in sorted((root / "include").rglob("*.h")):
        for number, header in includes(file):
            if (header not in PUBLIC and room_of(header)) or any(re.fullmatch(pattern, header) for pattern in LIBRARIES):
                yield f"{file.relative_to(root)}:{number}: the public face includes {header}"


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--list"]
    if len(arguments) != 1:
        sys.exit("usage: rooms_test.py SOURCE_ROOT [--list]")
    root = pathlib.Path(arguments[0])
    if "--list" in sys.argv:
        for room in ROOMS:
            files = sources(root / "src" / room)
            lines = sum(len(file.read_text("utf-8").splitlines()) for file in files)
            uses = declared(root / "src" / room)
            print(f"{room:10} {sum(not is_test(f) for f in files):3} files, {sum(map(is_test, files)):2} tests, {lines:5} lines; "
                  f"uses {' '.join(sorted(uses['SHOWS'] | uses['USES'], key=ROOMS.index)) or 'none'}")
    found = list(problems(root))
    for problem in found:
        print(problem)
    print(f"rooms_test: {'ok' if not found else f'FAILED, {len(found)} problems'}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
