#!/usr/bin/env python3
"""Statements for memllm-examples from TekGen's triples: triple_statements.py FOLDER --sentences N --questions N [--least-facts N] [--seed N] > statements.jsonl

FOLDER holds TekGen as Text2KGBench has it: train.jsonl (one triple a line) and ground_truth.jsonl (sentences with all their triples). Two kinds of
statements are made: sentences that state two facts (--least-facts) or more, and questions with their answer in the wordings that `ask` knows
(share/memllm/lang/en/wordings.tsv), as a person who corrects a fact would say it.
"""
import argparse
import collections
import json
import pathlib
import random

WORDINGS = pathlib.Path(__file__).resolve().parent.parent / "share/memllm/lang/en/wordings.tsv"
BROKEN = ("\u00c3", "\u00e2\u20ac", "\u00c2")  # UTF-8 read as Latin-1


def lines(file):
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def clean(*texts):
    return all(text.strip() and not any(mark in text for mark in BROKEN) for text in texts)


def relation_name(label):
    return " ".join(label.lower().split())


def sentences(folder, least_facts):
    for row in lines(folder / "ground_truth.jsonl"):
        triples = [(triple["sub"], relation_name(triple["rel"]), triple["obj"]) for triple in row["triples"]]
        stated = all(subject in row["sent"] and value in row["sent"] for subject, _, value in triples)
        if len(set(triples)) >= least_facts and stated and clean(row["sent"]):
            yield {"text": row["sent"], "facts": [list(triple) for triple in dict.fromkeys(triples)]}


def worded_questions():
    wordings = collections.defaultdict(list)
    for line in WORDINGS.read_text("utf-8").splitlines():
        relation, kind, text = line.split("\t")
        if kind == "question_object":
            wordings[relation].append(text)
    return wordings


def questions(folder, chosen):
    wordings = worded_questions()
    values = collections.defaultdict(set)
    for row in lines(folder / "train.jsonl"):
        values[row["sub_label"], relation_name(row["rel_label"])].add(row["obj_label"])
    for (subject, relation), objects in sorted(values.items()):
        if len(objects) > 1 or relation not in wordings or not clean(subject, *objects):
            continue
        value = objects.pop()
        question = chosen.choice(wordings[relation]).replace("{}", subject)
        yield {"text": f"{question} It is or they are {value}", "facts": [[subject, relation, value]]}


def some(statements, count, chosen):
    statements = list(statements)
    return chosen.sample(statements, count) if count < len(statements) else statements


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--sentences", type=int, default=400)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--least-facts", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chosen = random.Random(arguments.seed)
    statements = some(sentences(arguments.folder, arguments.least_facts), arguments.sentences, chosen)
    statements += some(questions(arguments.folder, chosen), arguments.questions, chosen)
    for statement in statements:
        print(json.dumps(statement, ensure_ascii=False))


if __name__ == "__main__":
    main()
