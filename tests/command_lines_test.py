#!/usr/bin/env python3
"""Runs every command line that README, docs/ and --help show: command_lines_test.py PATH_TO_MEMLLM SOURCE_ROOT

Each runs in a copy of one small folder that has the files and facts which the texts speak of, with the real models (MEMLLM_MODEL,
MEMLLM_EMBEDDER; without them it is skipped, exit status 77). What a command prints is not compared: it must be understood and succeed. Of
`./run`, only whether it knows the word; of `memllm-train`, whether it knows the flags, for training takes hours.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

FAIL_ON_PURPOSE = {  # command lines that show how a failure looks, with their exit status
    "memllm --json --quiet facts show 999999 | jq -r '.error.kind // .fact.object'": 1,
    # They ask first, and nobody is there to say yes.
    "memllm facts forget 12": 2,
    "memllm documents forget notes.md": 2,
}
NOT_RUN = ("./run ", "git clone", "cmake --install", "export PATH", "rm -r")
SHELL_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
FACTS = 70


def documents(root):
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def logical_lines(text):
    return text.replace("\\\n", " ").splitlines()


def shown_in(file):
    """The command lines of a document: lines of sh blocks, and what follows "$ " in others."""
    for language, block in SHELL_BLOCK.findall(file.read_text("utf-8")):
        for line in logical_lines(block):
            if language in ("sh", "bash") and line.strip() and not line.lstrip().startswith("#"):
                yield line.strip()
            elif language in ("", "text", "console") and line.startswith("$ "):
                yield line[2:].strip()


def helps(program, *command):
    """The help of a command and of those below it."""
    text = subprocess.run([program, *command, "--help"], capture_output=True, text=True, check=True).stdout
    yield text
    below = text.split("Subcommands:\n")[1].split("\n\n")[0] if "Subcommands:\n" in text else ""
    for name in re.findall(r"^  ([a-z]+)\b", below, re.M):
        yield from helps(program, *command, name)


def shown_in_help(program):
    for text in helps(program):
        for line in text.split("Examples:\n")[1].splitlines() if "Examples:\n" in text else []:
            if re.match(r"\s+\S*(memllm|curl)", line):
                yield line.strip()
            elif not line.strip():
                break


def memory_lines():
    """What the memory of the folder holds: facts 1 to FACTS, of which 17, 18 and 19 wait in quarantine."""
    named = {12: ("Bicycle Thieves", "director", "Roberto Rossellini"), 13: ("Acme", "founder", "Jane Roe"), 14: ("Jane Roe", "place of birth", "Oslo"),
             15: ("Acme", "headquarters location", "Bergen"),
             20: ("J. Roe", "employer", "Acme"),
             16: ("Ada Lovelace", "field of work", "mathematics")}
    yield {"format": "memllm", "version": 1}
    for number in range(1, FACTS + 1):
        subject, relation, value = named.get(number, (f"Town {number}", "country", f"Land {number}"))
        fact = {"type": "fact", "id": number, "subject": subject, "relation": relation, "object": value, "recorded_at": "2026-01-01T00:00:00.000Z"}
        if number in (17, 18, 19):
            fact |= {"retracted_at": "2026-01-01T00:00:00.000Z", "retracted_by": number, "reason": "quarantined"}
        yield fact
    for number in range(1, FACTS + 1):
        yield {"type": "event", "id": number, "kind": "quarantine" if number in (17, 18, 19) else "add", "fact": number, "refs": [["fact", number]]}


def labelled_document(number):
    return {"title": f"Tessel {number}", "sents": [["Ada", "Quill", "was", "born", "in", "Tessel", "."]],
            "vertexSet": [[{"name": "Ada Quill", "sent_id": 0, "pos": [0, 2], "type": "PER"}], [{"name": "Tessel", "sent_id": 0, "pos": [5, 6], "type": "LOC"}]],
            "labels": [{"h": 0, "t": 1, "r": "P19", "evidence": [0]}]}


def make_practice_set(folder):
    practice = folder / "tests/practice"
    (practice / "notes/work").mkdir(parents=True)
    (practice / "notes/work/acme.txt").write_text("Jane Roe founded Acme in 1990.\n", "utf-8")
    (practice / "summaries.json").write_text(json.dumps(["Tessel"]), "utf-8")
    (folder / "summaries.json").write_text(json.dumps({"Tessel": {"title": "Tessel", "extract": "Tessel is a town."}}), "utf-8")
    for world, question, answer, sentence in (("notes", "Who founded Acme?", "Jane Roe", "Jane Roe founded Acme in 1990."),
                                              ("summaries", "What is Tessel?", "town", "Tessel is a town.")):
        asked = [{"id": f"{world[0]}-00{number}", "kind": "single", "question": question, "answers": [answer], "sentences": [sentence]} for number in (1, 2)]
        (practice / f"{world}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in asked), "utf-8")
    passage = {"name": "acme.txt", "text": "Jane Roe founded Acme in 1990.",
               "questions": [{"question": "Who founded Acme?", "answer": ["Jane Roe"], "sentences": ["Jane Roe founded Acme in 1990."], "kind": "single"}]}
    (folder / "passages.jsonl").write_text(json.dumps(passage) + "\n", "utf-8")


def make_folder(folder, program):
    sentence = "Jane Roe founded Acme in 1990.\n"
    for name in ("notes/acme.txt", "notes/b.txt", "notes/c.md", "work/plan.txt", "family/ada.txt", "report.md", "opening.txt", "diary.md", "notes.md", "notes.txt", "archive/a.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(sentence, "utf-8")
    (folder / "articles.jsonl").write_text(json.dumps({"name": "Acme", "text": sentence}) + "\n", "utf-8")
    for name in ("docs.json", "dev.json", "dev_revised.json"):
        (folder / name).write_text(json.dumps([labelled_document(number) for number in range(451)]), "utf-8")
    (folder / "docs.json").write_text(json.dumps([labelled_document(0)]), "utf-8")
    (folder / "dev.json").write_text(json.dumps([labelled_document(0)]), "utf-8")
    edit = {"prompt": "Who founded Acme?", "relation": "founder", "subject": "Acme", "target_new": "Jane Roe", "rephrase_prompt": "Acme was founded by whom?",
            "locality_prompt": "Where is Oslo?", "locality_answer": "Norway"}
    for name in ("edits_first700.json", "zsre.json", "edits.json"):
        (folder / name).write_text(json.dumps([edit]), "utf-8")
    make_practice_set(folder)
    lines = "".join(json.dumps(line) + "\n" for line in memory_lines())
    for name in ("memory.jsonl", "backup.jsonl"):
        (folder / name).write_text(lines, "utf-8")
    (folder / "build").mkdir()
    (folder / "build/release").symlink_to(pathlib.Path(program).parent)
    (folder / "base.gguf").symlink_to(os.environ["MEMLLM_MODEL"])
    for kind in ("read", "write", "answer"):
        (folder / f"{kind}.gguf").symlink_to(pathlib.Path(program).resolve().parents[2] / f"models/gemma-3-270m-{kind}.gguf")
        (folder / f"my-{kind}.gguf").symlink_to(pathlib.Path(program).resolve().parents[2] / f"models/gemma-3-270m-{kind}.gguf")
    tools = folder / "tools-for-test"
    tools.mkdir()
    (tools / "curl").write_text(f"#!/bin/sh\nprintf '%s' '{sentence.strip()}'\n", "utf-8")
    (tools / "curl").chmod(0o755)
    for command in (["import", "memory.jsonl"], ["learn", "--no-facts", "notes", "report.md", "notes.md", "notes.txt"],
                    ["facts", "alias", "Jane Roe", "Jane"]):
        subprocess.run([program, "--memory", "memory", "--embedder", "none", *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def run_line(line, folder, program):
    """None, or what went wrong."""
    with tempfile.TemporaryDirectory() as scratch:
        here = pathlib.Path(scratch) / "here"
        shutil.copytree(folder, here, symlinks=True)
        (pathlib.Path(scratch) / ".config/fish/completions").mkdir(parents=True)
        environment = {**os.environ, "MEMLLM_MEMORY": str(here / "memory"), "HOME": scratch, "NO_COLOR": "1", "MEMLLM_THREADS": "1",
                       "PATH": f"{here}/tools-for-test:{pathlib.Path(program).parent}:{os.environ['PATH']}"}
        prepared = line
        if "memllm-train" in line:
            (here / "base.gguf").unlink()  # known flags, and then no examples or no model
        if "writing.jsonl" in line and "--facts" in line:
            measured = shlex.quote(re.search(r"--docs (\S+)", line)[1])
            prepared = f"memllm eval writing --docs {measured} --details writing.jsonl > /dev/null && {line}"
        try:
            done = subprocess.run(["bash", "-c", f"set -o pipefail; {prepared}"], cwd=here, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, errors="replace", timeout=300, check=False)
        except subprocess.TimeoutExpired:
            return "did not end within 300 s"
        wanted = FAIL_ON_PURPOSE.get(line, 0)
        if "memllm-train" in line:
            known = done.returncode != 0 and re.search(r"cannot read \S+\.jsonl|base\.gguf", done.stderr)
            return None if known else f"exit status {done.returncode}: {done.stderr.strip()[-300:]}"
        if done.returncode != wanted:
            return f"exit status {done.returncode}, not {wanted}: {done.stderr.strip()[-300:]}"
        return None


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: command_lines_test.py PATH_TO_MEMLLM SOURCE_ROOT")
    program, root = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    if not all(os.path.exists(os.environ.get(name, "")) for name in ("MEMLLM_MODEL", "MEMLLM_EMBEDDER")):
        print("command_lines_test: skipped, no models")
        sys.exit(77)
    usage = subprocess.run([root / "run", "help"], capture_output=True, text=True, check=True).stdout
    lines = {}
    for where, shown in [*((file.relative_to(root), shown_in(file)) for file in documents(root)), ("--help", shown_in_help(program))]:
        for line in shown:
            lines.setdefault(line, where)
    failed = []
    to_run = []
    for line, where in lines.items():
        words = re.findall(r"\./run (\w+)", line)
        failed += [f"{where}: {line}: ./run knows no {word}" for word in words if f"./run {word}" not in usage]
        command = re.sub(r"^(\w+=\S+ )+", "", line)
        if not command.startswith(NOT_RUN) and re.search(r"\bmemllm(-\w+)?\b", line):
            to_run.append(line)
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        folder = pathlib.Path(name)
        make_folder(folder, program)
        for line, problem in zip(to_run, pool.map(lambda line: run_line(line, folder, program), to_run)):
            if problem:
                failed.append(f"{lines[line]}: {line}\n    {problem}")
    for problem in failed:
        print(problem)
    if len(to_run) < 50:  # the documents show more; else they are no longer read rightly
        failed.append("too few command lines were found")
    print(f"command_lines_test: {'ok' if not failed else 'FAILED'}, {len(to_run)} command lines, {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
