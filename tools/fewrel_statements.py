#!/usr/bin/env python3
"""Statements for memllm-examples from FewRel: fewrel_statements.py FOLDER --names relation_names.json --forbidden DOCS.json [--each N] [--seed N] > statements.jsonl

FOLDER holds FewRel's val_wiki.json (sentences as tokens, one triple each) and pid2name.json. --each: so many of each relation. --names: the relations' names of DocRED, which replace
FewRel's. --forbidden: documents, DocRED JSON, whose sentences are left out (the test's).
"""
import argparse
import collections
import json
import pathlib
import random
import re


def letters(tokens):
    """What must agree for two sentences to be the same."""
    return re.sub(r"\W", "", "".join(tokens).lower())


def statements(folder, names, forbidden):
    known = {letters(sentence) for document in forbidden for sentence in document["sents"]}
    fewrel_names = json.loads((folder / "pid2name.json").read_text("utf-8"))
    for relation, rows in json.loads((folder / "val_wiki.json").read_text("utf-8")).items():
        name = names.get(relation, fewrel_names[relation][0])
        for row in rows:
            if letters(row["tokens"]) in known:
                continue
            subject, value = (" ".join(row["tokens"][i] for i in row[side][2][0]) for side in "ht")
            text = " ".join(row["tokens"])
            if all(part.strip() and "\t" not in part and part in text for part in (subject, value)):
                yield {"text": " ".join(text.split()), "facts": [[" ".join(subject.split()), name, " ".join(value.split())]]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--names", type=pathlib.Path, required=True)
    parser.add_argument("--forbidden", type=pathlib.Path, required=True)
    parser.add_argument("--each", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chosen = random.Random(arguments.seed)
    names, forbidden = (json.loads(file.read_text("utf-8")) for file in (arguments.names, arguments.forbidden))
    by_relation = collections.defaultdict(list)
    for statement in statements(arguments.folder, names, forbidden):
        by_relation[statement["facts"][0][1]].append(statement)
    for of_relation in by_relation.values():
        for statement in chosen.sample(of_relation, min(arguments.each, len(of_relation))):
            print(json.dumps(statement, ensure_ascii=False))


if __name__ == "__main__":
    main()
