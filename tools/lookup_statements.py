#!/usr/bin/env python3
"""Statements for memllm-examples from look-ups marked in text, as LMLM has them: lookup_statements.py FILE.json… > statements.jsonl

A file's examples hold "annotated_text": text with [dblookup('subject', 'relation') -> value] before the value. A statement is a sentence with those of its
look-ups whose value follows directly and whose subject stands in the sentence too. Relations are any words.
"""
import json
import pathlib
import re
import sys

LOOK_UP = re.compile(r"\[dblookup\('([^\]]*?)',\s*'([^\]]*?)'\)\s*->\s*([^\]]*?)\]\s*")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"(])|\n+")
MARK = "\x00"  # stands for a look-up while sentences are split


def statements(annotated):
    look_ups = LOOK_UP.findall(annotated)
    for marked in SENTENCE_END.split(LOOK_UP.sub(MARK, annotated)):
        facts = []
        mine, look_ups = look_ups[: marked.count(MARK)], look_ups[marked.count(MARK):]
        text = marked.replace(MARK, "")
        for (subject, relation, value), after in zip(mine, marked.split(MARK)[1:]):
            subject, value = subject.replace("_", " ").strip(), value.strip()
            if subject and value and subject != value and after.startswith(value) and subject in text:
                facts.append([subject, relation.lower().replace("_", " ").strip(), value])
        if facts:
            yield {"text": " ".join(text.split()), "facts": list(map(list, dict.fromkeys(map(tuple, facts))))}


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.splitlines()[0])
    for file in sys.argv[1:]:
        for example in json.loads(pathlib.Path(file).read_text("utf-8"))["examples"]:
            for statement in statements(example["annotated_text"]):
                print(json.dumps(statement, ensure_ascii=False))


if __name__ == "__main__":
    main()
