#!/usr/bin/env python3
"""Rules about relations, found in labelled documents: relation_rules.py DOCS.json RELATION_NAMES.json [--limit 450] > share/memllm/lang/en/rules.tsv

DOCS.json is in DocRED's format, labelled as completely as Re-DocRED's; --limit keeps the documents that are held out from being counted. A rule is
kept where its head holds in MIN_CONFIDENCE of the cases in which its body does, in MIN_CASES of them or more, and its words make it more than an accident
of the documents (ACCIDENTS). Columns: kind, relation of the body, second relation of a composition, relation of the head, confidence.
"""
import argparse
import collections
import json
import pathlib

MIN_CONFIDENCE = 0.8
MIN_CASES = 10
# Compositions that held in the documents, but do not follow from what the relations mean.
ACCIDENTS = {
    ("characters", "sibling"),
    ("child", "mother"),
    ("child", "present in work"),
    ("conflict", "followed by"),
    ("country of citizenship", "creator"),
    ("educated at", "country"),
    ("followed by", "record label"),
    ("follows", "record label"),
    ("instance of", "country"),
    ("instance of", "located in the administrative territorial entity"),
    ("languages spoken or written", "country"),
    ("located in the administrative territorial entity", "basin country"),
    ("located next to body of water", "part of"),
    ("manufacturer", "parent organization"),
    ("performer", "member of"),
    ("performer", "part of"),
    ("producer", "record label"),
    ("religion", "religion"),
    ("series", "platform"),
    ("sibling", "present in work"),
    ("work location", "country"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("docs", type=pathlib.Path)
    parser.add_argument("names", type=pathlib.Path)
    parser.add_argument("--limit", type=int, default=450)
    arguments = parser.parse_args()
    names = json.loads(arguments.names.read_text("utf-8"))
    bodies, cases = collections.Counter(), collections.Counter()
    for document in json.loads(arguments.docs.read_text("utf-8"))[: arguments.limit]:
        count(document, names, bodies, cases)
    for body, head in sorted(cases):
        confidence = cases[body, head] / bodies[body]
        if cases[body, head] >= MIN_CASES and confidence >= MIN_CONFIDENCE and body[1:] not in ACCIDENTS:
            print("\t".join([*body, head, f"{confidence:.2f}"]))


def count(document, names, bodies, cases):
    facts = {(label["h"], names.get(label["r"], label["r"]), label["t"]) for label in document["labels"]}
    relations, steps, composed = collections.defaultdict(set), collections.defaultdict(set), collections.defaultdict(set)
    for subject, relation, value in facts:
        relations[subject, value].add(relation)
        steps[subject].add((relation, value))
    for subject, relation, value in facts:
        holds(("inverse", relation, ""), relations[value, subject], bodies, cases)
        holds(("implied", relation, ""), relations[subject, value] - {relation}, bodies, cases)
        for second, end in steps[value]:
            if end != subject:
                composed["composed", relation, second].add((subject, end))
    for body, pairs in composed.items():
        for pair in pairs:
            holds(body, relations[pair], bodies, cases)


def holds(body, heads, bodies, cases):
    bodies[body] += 1
    for head in heads:
        cases[body, head] += 1


if __name__ == "__main__":
    main()
