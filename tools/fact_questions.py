#!/usr/bin/env python3
"""Passages with facts to passages with questions about them (docs/formats.md "Passages"): fact_questions.py WORDINGS.tsv IN.jsonl… OUT.jsonl [--seed=N] [--unstated=SHARE]

Each fact that the passage states is asked for by one of the pack's wordings of its relation, mostly for its object; the answer is all that the passage
states of that. A fact that it does not state becomes a question that it does not answer, unless it answers that with another value.
"""
import json
import random
import sys


def wordings_of(path):
    wordings = {}
    for line in open(path, encoding="utf-8"):
        fields = line.rstrip("\n").split("\t")
        if not line.startswith("#") and len(fields) == 3 and fields[1] in ("question_object", "question_subject", "phrase_object"):
            wordings.setdefault((fields[0], fields[1]), []).append(fields[2])
    return wordings


def questions_of(passage, wordings, rng, unstated):
    seen = set()
    for fact in passage["facts"]:
        inverse = rng.random() < 0.2
        given, wanted = ("object", "subject") if inverse else ("subject", "object")
        key = (fact[given], fact["relation"], wanted)
        kind = "question_subject" if inverse else "phrase_object" if rng.random() < 0.15 else "question_object"
        if key in seen or not wordings.get((fact["relation"], kind)):
            continue
        seen.add(key)
        answers = [f[wanted] for f in passage["facts"] if f["stated"] and (f[given], f["relation"]) == key[:2]]
        if any(answer not in passage["text"] for answer in answers) or not answers and rng.random() > unstated:
            continue
        answers = sorted(set(answers), key=passage["text"].index)
        asked = rng.choice(wordings[fact["relation"], kind]).replace("{}", fact[given])
        if rng.random() < 0.15:
            asked = asked.rstrip("?").lower()
        yield {"question": asked, "answer": answers or None, "sentences": [], "kind": "single" if len(answers) == 1 else "list" if answers else "none"}


def main():
    files = [a for a in sys.argv[1:] if not a.startswith("--")]
    options = dict(a[2:].split("=", 1) for a in sys.argv[1:] if a.startswith("--"))
    if len(files) < 3:
        sys.exit("usage: fact_questions.py WORDINGS.tsv IN.jsonl… OUT.jsonl [--seed=N] [--unstated=SHARE]")
    rng = random.Random(int(options.get("seed", 1)))
    wordings, counts = wordings_of(files[0]), [0, 0]
    with open(files[-1], "w", encoding="utf-8") as out:
        for file in files[1:-1]:
            for line in open(file, encoding="utf-8"):
                passage = json.loads(line)
                questions = list(questions_of(passage, wordings, rng, float(options.get("unstated", 0.7))))
                for question in questions:
                    counts[question["answer"] is None] += 1
                rest = {key: value for key, value in passage.items() if key not in ("facts", "questions")}
                if questions:
                    out.write(json.dumps({**rest, "questions": questions}, ensure_ascii=False) + "\n")
    print(f"{files[-1]}: {counts[0]} questions with an answer, {counts[1]} without")


main()
