#!/usr/bin/env python3
"""Statements for memllm-examples from knowledge edits: edit_statements.py EDITS.json > statements.jsonl

EDITS.json is ZsRE as EasyEdit has it (prompt, subject, target_new). Only the edits that tools/zsre_relations.tsv labels are used: those for training.
"""
import json
import pathlib
import sys

LABELS = pathlib.Path(__file__).resolve().parent / "zsre_relations.tsv"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    edits = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
    for line in LABELS.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        number, relation = line.split("\t")
        edit = edits[int(number)]
        text = f"{edit['prompt']} It is or they are {edit['target_new']}"
        print(json.dumps({"text": text, "facts": [[edit["subject"], relation, edit["target_new"]]]}, ensure_ascii=False))


if __name__ == "__main__":
    main()
