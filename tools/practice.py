#!/usr/bin/env python3
"""docs/practice.md from the practice set (tests/practice/README.md): practice.py [--half reporting|choosing] [--no-facts] [--log FILE] [--out docs/practice.md]

Runs `memllm eval practice`, which learns notes and summaries and asks the questions of one half, and writes its tables, the failures by kind and
twenty outputs drawn by seed. --log: where the run's lines are kept; where both files of a run are there, it is not run again.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAMES = {"notes": "Notes", "summaries": "Wikipedia summaries"}
OUTPUTS = 20


def run(half, log, no_facts):
    tables = pathlib.Path(f"{log}.json")
    if log.exists() and tables.exists():
        return json.loads(tables.read_text("utf-8"))
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    command = [ROOT / "build/release/memllm", "eval", "practice", "--set", "tests/practice", "--summaries", cache / "memllm/wiki/summaries_en-us.json",
               "--half", half, "--details", log, "--json", *(["--no-facts"] if no_facts else [])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"practice: memllm eval practice failed with exit status {done.returncode}")
    tables.write_bytes(done.stdout)
    return json.loads(done.stdout)


def share(value):
    return f"{value['share']:.2f} ({value['low']:.2f}–{value['high']:.2f})"


def tables(worlds):
    yield "| measure | " + " | ".join(NAMES[name] for name in worlds) + " |"
    yield "|---" * (1 + len(worlds)) + "|"
    rows = [("documents, sentences", lambda w: f"{w['documents']}, {w['sentences']}")]
    for key, what in (("found", "search"), ("found_by_bm25", "BM25")):
        rows.append((f"{what}: the right sentence first", lambda w, key=key: share(w[key]["first"])))
        rows.append((f"{what}: among three", lambda w, key=key: share(w[key]["among_three"])))
    for kind, what in (("answerable", "with an answer"), ("unanswerable", "without an answer")):
        rows.append((f"questions {what}", lambda w, kind=kind: str(w[kind]["asked"])))
        for verdict in ("right", "wrong", "refused"):
            if kind == "answerable" or verdict != "right":
                rows.append((f"… {verdict}", lambda w, kind=kind, verdict=verdict: share(w[kind][verdict + "_share"])))
    rows.append(("wrong, of all questions", lambda w: f"{(w['answerable']['wrong'] + w['unanswerable']['wrong']) / (w['answerable']['asked'] + w['unanswerable']['asked']):.2f}"))
    if any(world["facts"] for world in worlds.values()):
        rows.append(("believed facts", lambda w: str(w["facts"])))
        rows.append(("… true and useful, of those that were judged", lambda w: "–" if not sum(w["believed"][k] for k in ("useful", "odd", "false")) else
                 f"{w['believed']['useful']} of {sum(w['believed'][k] for k in ('useful', 'odd', 'false'))}: {share(w['believed']['useful_share'])}"))
    for title, cell in rows:
        yield f"| {title} | " + " | ".join(cell(world) for world in worlds.values()) + " |"


def kinds(worlds):
    yield "| kind | world | asked | right | wrong | refused |"
    yield "|---|---|---|---|---|---|"
    for name, world in worlds.items():
        for kind, counts in sorted(world["kinds"].items()):
            yield f"| {kind} | {name} | {counts['asked']} | {counts['right']} | {counts['wrong']} | {counts['refused']} |"


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ") if text else "–"


def outputs(lines):
    yield "| question | wanted | said | verdict |"
    yield "|---|---|---|---|"
    for line in lines:
        said = cell(line["answer"]) if line["from_memory"] else "does not know"
        yield f"| {cell(line['question'])} | {cell('; '.join(line['answers']))} | {said} | {line['verdict']} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", default="reporting", choices=("reporting", "choosing"))
    parser.add_argument("--no-facts", action="store_true", help="sentences only: a third of the time")
    parser.add_argument("--log", type=pathlib.Path, default=ROOT / "build/practice.jsonl")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/practice.md")
    arguments = parser.parse_args()
    worlds = run(arguments.half, arguments.log.resolve(), arguments.no_facts)
    lines = [json.loads(line) for line in arguments.log.read_text("utf-8").splitlines()]
    wrong = [line for line in lines if line["verdict"] == "wrong"]
    wrong.sort(key=lambda line: (line["kind"], line["id"]))
    drawn = random.Random(1).sample(lines, min(OUTPUTS, len(lines)))
    by_kind = collections.Counter(line["kind"] for line in wrong)
    text = [
        "# How it does on text that people have", "",
        "Written by `./run eval practice`; the documents and questions, and what counts as right: tests/practice/README.md. Of the questions the half that is kept",
        "for reporting; shares with 95 % intervals (Wilson)." + (" From sentences alone (`--no-facts`)." if arguments.no_facts else ""),
        "Of facts, which share is true: [decision 018](decisions/018-what-is-believed.md).", "", *tables(worlds), "", "## By kind", "", *kinds(worlds), "", "## Wrong answers", "",
        "By kind: " + ", ".join(f"{kind} {count}" for kind, count in by_kind.most_common()) + ".", "", *outputs(wrong), "", "## Twenty outputs, drawn by seed", "",
        *outputs(drawn), ""]
    arguments.out.write_text("\n".join(text), "utf-8")
    print(f"practice: wrote {arguments.out}")


main()
