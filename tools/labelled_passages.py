#!/usr/bin/env python3
"""Labelled documents as passages with facts (docs/formats.md "Passages"), to train the judge of facts:
labelled_passages.py RE-DOCRED.json RELATION_NAMES.json KNOWLEDGENET.json OUT.jsonl [--docred=N] [--knowledgenet=N] [--seed=N]

Re-DocRED (Tan et al. 2022, MIT): of each of N documents the sentence that states most, alone or with one or two before it. Stated are labels whose evidence, or whose both names, stand in them; not
stated are pairs of names in them under a relation that holds between the same types but not between these: turned round, of the wrong relation, or of another pair.
KnowledgeNet (Mesquita et al. 2019, CC BY-SA 4.0): passages with their facts, and the same facts turned round, with another object, or of another relation.
"""
import json
import random
import sys

NAMES = {
    "DATE_OF_BIRTH": "date of birth", "DATE_OF_DEATH": "date of death", "PLACE_OF_BIRTH": "place of birth", "PLACE_OF_RESIDENCE": "residence",
    "NATIONALITY": "country of citizenship", "EDUCATED_AT": "educated at", "EMPLOYEE_OR_MEMBER_OF": "employer", "SPOUSE": "spouse", "CHILD_OF": "child",
    "CEO": "chief executive officer", "FOUNDED_BY": "founder", "SUBSIDIARY_OF": "parent organization", "HEADQUARTERS": "headquarters location",
    "DATE_FOUNDED": "inception", "POLITICAL_AFFILIATION": "member of political party",
}
PRONOUNS = {"he", "she", "it", "they", "his", "her", "its", "their", "him", "them", "who", "which", "i", "my", "we", "that", "whose"}


def text_of(tokens):
    text = ""
    for token in tokens:
        joins = token in {",", "-", ".", ";", ":", "!", "?", ")", "'s", "'", "%", "]"} or text.endswith(("(", "[", "-")) or not text
        text += token if joins else " " + token
    return text


def docred(documents, names, count, rng):
    of_types = {}
    for document in documents:
        for label in document["labels"]:
            types = tuple(document["vertexSet"][label[side]][0]["type"] for side in "ht")
            of_types.setdefault(types, []).append(label["r"])
    for document in rng.sample(documents, count):
        sentences, vertices = document["sents"], document["vertexSet"]
        stating = [sentence for label in document["labels"] for sentence in label["evidence"]]
        if not stating:
            continue
        last = rng.choice(stating)  # the more it states, the more likely
        window = range(max(0, last - rng.choice([0, 0, 0, 1, 2])), last + 1)
        named = {}  # vertex: the name in the window, the longest
        places = {}
        for number, vertex in enumerate(vertices):
            for mention in vertex:
                if mention["sent_id"] in window:
                    text = text_of(sentences[mention["sent_id"]][slice(*mention["pos"])])
                    places.setdefault(number, set()).add(mention["sent_id"])
                    if len(text) > len(named.get(number, "")):
                        named[number] = text
        labels = {(label["h"], label["t"], label["r"]): label for label in document["labels"]}
        pairs = {key[:2] for key in labels}
        stated = [key for key, label in labels.items() if key[0] in named and key[1] in named and
                  (set(label["evidence"]) and set(label["evidence"]) <= set(window) or not label["evidence"] and places[key[0]] & places[key[1]])]
        rng.shuffle(stated)
        wrong = []
        for h, t in ((h, t) for h in named for t in named if h != t and places[h] & places[t]):
            usual = of_types.get((vertices[h][0]["type"], vertices[t][0]["type"]), [])
            if not usual:
                continue
            relation = rng.choice(usual)
            if (h, t) in pairs and rng.random() < 0.5:
                relation = next((r for a, b, r in labels if (b, a) == (h, t)), relation)
            if (h, t, relation) not in labels and (h, t) not in pairs | {(b, a) for a, b in pairs} or ((h, t) in pairs or (t, h) in pairs) and \
                    not any(key[:2] == (h, t) and key[2] == relation for key in labels):
                wrong.append((h, t, relation))
        rng.shuffle(wrong)
        facts = [(key, True) for key in stated[:4]] + [(key, False) for key in wrong[:5]]
        if len(facts) >= 4:
            yield {"name": document["title"], "text": " ".join(text_of(sentences[i]) for i in window),
                   "facts": [{"subject": named[h], "relation": names[r], "object": named[t], "stated": is_stated} for (h, t, r), is_stated in facts]}


def knowledgenet(documents, count, rng):
    passages = [p for document in documents for p in document["passages"] if len(p["facts"]) >= 2 and len(p["text"]) < 400]
    for passage in rng.sample(passages, count):
        known = [(f["s"], NAMES[f["r"]], f["o"]) for f in passage["facts"] if f["r"] in NAMES and f["s"].lower() not in PRONOUNS and f["o"].lower() not in PRONOUNS]
        known = [(o, r, s) if r == "child" else (s, r, o) for s, r, o in dict.fromkeys(known)]
        said = {(s.lower(), r, o.lower()) for s, r, o in known}
        objects = [o for _, _, o in known]
        wrong = []
        for s, r, o in known:
            wrong += [(o, r, s)] if r not in ("spouse",) else []
            wrong += [(s, r, rng.choice(objects)), (s, rng.choice(list(NAMES.values())), o)]
        wrong = [f for f in dict.fromkeys(wrong) if (f[0].lower(), f[1], f[2].lower()) not in said and f[0].lower() != f[2].lower()]
        rng.shuffle(wrong)
        rng.shuffle(known)
        facts = [(f, True) for f in known[:3]] + [(f, False) for f in wrong[:4]]
        if len(facts) >= 3:
            yield {"name": known[0][0], "text": passage["text"],
                   "facts": [{"subject": s, "relation": r, "object": o, "stated": is_stated} for (s, r, o), is_stated in facts]}


def main():
    files = [a for a in sys.argv[1:] if not a.startswith("--")]
    options = dict(a[2:].split("=", 1) for a in sys.argv[1:] if a.startswith("--"))
    if len(files) != 4:
        sys.exit("usage: labelled_passages.py RE-DOCRED.json RELATION_NAMES.json KNOWLEDGENET.json OUT.jsonl [--docred=N] [--knowledgenet=N] [--seed=N]")
    rng = random.Random(int(options.get("seed", 1)))
    documents, names, others = (json.load(open(file, encoding="utf-8")) for file in files[:3])
    passages = list(docred(documents, names, int(options.get("docred", 200)), rng)) + list(knowledgenet(others, int(options.get("knowledgenet", 200)), rng))
    with open(files[3], "w", encoding="utf-8") as out:
        for passage in passages:
            out.write(json.dumps(passage, ensure_ascii=False) + "\n")
    print(f"{files[3]}: {len(passages)} passages, {sum(len(p['facts']) for p in passages)} facts")


main()
