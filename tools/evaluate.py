#!/usr/bin/env python3
"""Every measure of docs/results.md: evaluate.py DATA_FOLDER [--limit N] [--rest N] [--writing N] [--edits N] [--work FOLDER] [--out docs/results.md]

DATA_FOLDER holds redocred/test_revised_first400.json, redocred/dev_revised.json (only to tell which pairs were trained on) and
zsre/edits_first700.json. Plots go to the folder results beside the table. Results of documents are kept in the work folder, so that an
interrupted run goes on; a changed program, model, adapter or option is measured anew. MEMLLM_MODEL and MEMLLM_EMBEDDER name the models (./run eval
sets them).
"""
import argparse
import pathlib
import subprocess
import sys

from evaluation.answers import edit_runs, editing_section, edits_with_relations, question_runs, questions_section
from evaluation.headline import headline_section
from evaluation.intervals import RESAMPLES, SEED
from evaluation.ladder import ladder_runs, ladder_section
from evaluation.runs import PROGRAM, ROOT, Runs, fingerprints
from evaluation.writing import writing_runs, writing_section


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--limit", type=int, default=0, help="at most so many documents; 0: all")
    parser.add_argument("--rest", type=int, default=0, help="measure what the section \"In short\" does not need on so many documents only")
    parser.add_argument("--writing", type=int, default=0, help="with --limit: measure writing, which costs least, on so many documents")
    parser.add_argument("--edits", type=int, default=0, help="at most so many edits; 0: all")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/eval")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/results.md")
    arguments = parser.parse_args()
    documents, edits = arguments.data / "redocred/test_revised_first400.json", arguments.data / "zsre/edits_first700.json"
    training = arguments.data / "redocred/dev_revised.json"
    for file in (PROGRAM, documents, training, edits):
        if not file.exists():
            sys.exit(f"evaluate: {file} is not there")
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    runs = Runs(arguments, documents, training)
    runs.prepare([(runs.documents_run, "writing", *run) for run in writing_runs(runs)])
    writing, facts = writing_section(runs)
    edits = edits_with_relations(runs, edits)
    ladder = {tuple(flags): (flags, limit) for flags, limit in ladder_runs(runs, facts).values()}
    jobs = [(runs.edits_run, edits, *run) for run in edit_runs(runs, edits)]
    jobs += [(runs.documents_run, "perplexity", *run) for run in ladder.values()]
    jobs += [(runs.documents_run, "questions", *run) for run in question_runs(runs, facts).values()]
    runs.prepare(jobs)
    sections = [headline_section(runs, facts, edits), writing, ladder_section(runs, facts), questions_section(runs, facts), editing_section(runs, edits)]
    models = ", ".join(f"{role} {fingerprint}" for role, fingerprint in fingerprints().items() if fingerprint)
    head = (f"# Results\nMade by `./run eval` at commit {commit}; {models}; seed {SEED}; "
            f"{'the first ' + str(arguments.limit) if arguments.limit else 'all'} test documents. "
            f"In brackets: 95 % intervals, bootstrap over documents ({RESAMPLES} resamples).")
    arguments.out.write_text("\n\n".join([head, *sections]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
