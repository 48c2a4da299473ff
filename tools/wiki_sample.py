#!/usr/bin/env python3
"""Short Wikipedia summaries that state relations, as JSON Lines for `memllm learn`: wiki_sample.py SUMMARIES.json OUT.jsonl [COUNT]

SUMMARIES.json is an object of title → {"title", "extract", "topic", …} (the file of the package that `./run setup` fetches; CC BY-SA).
The choice is deterministic: the pages that the demo asks about, then those with the most relation words for their length.
"""
import json
import re
import sys

ASKED = ["Bicycle Thieves", "A Doll's House", "Claude Debussy", "Antananarivo", "Little Women", "Alexander Graham Bell"]
TOPICS = ("Arts", "Geography", "History", "People")
LONGEST = 250  # characters; with two sentences at most, 40 pages are learned in two minutes on an old processor too
RELATIONS = re.compile(r"\b(born in|founded|headquartered|directed by|written by|capital of|capital and largest city|located in|published|"
                       r"city in|painted by|composed by|member of|released|flows|borders)\b")
SENTENCE_END = re.compile(r"[.!?](?:\s|$)")


def is_short(page):
    text = page["extract"]
    return len(text) <= LONGEST and 1 <= len(SENTENCE_END.findall(text)) <= 2


def relations_per_character(page):
    return len(RELATIONS.findall(page["extract"])) / len(page["extract"])


def choose(pages, count):
    titles = [title for title in ASKED if title in pages]
    candidates = [title for title, page in pages.items()
                  if page.get("topic") in TOPICS and title not in titles and is_short(page) and RELATIONS.search(page["extract"])]
    candidates.sort(key=lambda title: (-relations_per_character(pages[title]), title))
    return sorted((titles + candidates)[:count])


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: wiki_sample.py SUMMARIES.json OUT.jsonl [COUNT]")
    count = int(sys.argv[3]) if len(sys.argv) == 4 else 40
    with open(sys.argv[1], encoding="utf-8") as file:
        pages = json.load(file)
    titles = choose(pages, count)
    if len(titles) < count:
        sys.exit(f"wiki_sample: only {len(titles)} of {count} pages fit; is {sys.argv[1]} the whole file?")
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        for title in titles:
            out.write(json.dumps({"title": title, "extract": " ".join(pages[title]["extract"].split())}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
