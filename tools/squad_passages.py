#!/usr/bin/env python3
"""SQuAD 2.0 as passages with questions (docs/formats.md "Passages"): squad_passages.py SQUAD.json OUT.jsonl [--but=TITLE,…] [--only=TITLE,…]

SQUAD.json: Rajpurkar et al. 2018, CC BY-SA 4.0. A question that is marked as impossible has no answer; of several answers the shortest counts that is no part
of a word. --but leaves articles out, --only takes no others: so that some can be held back.
"""
import json
import sys


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    options = dict(a[2:].split("=", 1) for a in sys.argv[1:] if a.startswith("--"))
    if len(arguments) != 2:
        sys.exit("usage: squad_passages.py SQUAD.json OUT.jsonl [--but=TITLE,…] [--only=TITLE,…]")
    but, only = options.get("but", "").split(","), options.get("only", "").split(",") if "only" in options else None
    passages = questions = 0
    with open(arguments[0], encoding="utf-8") as file, open(arguments[1], "w", encoding="utf-8") as out:
        for article in json.load(file)["data"]:
            if article["title"] in but or (only and article["title"] not in only):
                continue
            for paragraph in article["paragraphs"]:
                asked = []
                for question in paragraph["qas"]:
                    answers = sorted({answer["text"] for answer in question["answers"]}, key=lambda text: (len(text), text))
                    if not answers and not question.get("is_impossible"):
                        continue
                    asked.append({"question": question["question"].strip(), "answer": answers[:1] or None})
                if asked:
                    out.write(json.dumps({"name": article["title"].replace("_", " "), "text": paragraph["context"], "questions": asked}, ensure_ascii=False) + "\n")
                    passages, questions = passages + 1, questions + len(asked)
    print(f"{arguments[1]}: {passages} passages, {questions} questions")


main()
