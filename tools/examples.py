#!/usr/bin/env python3
"""Twenty outputs chosen by a seed, good and bad: examples.py SUMMARIES.json [--seed N] [--out docs/examples.md]

SUMMARIES.json: the demo's Wikipedia summaries. Learns 20 of them into a new memory with the shipped adapters, then shows what was written of 7 sentences,
the answers to 7 questions (4 about facts that were written, 3 about ones that were not) and 6 continuations. MEMLLM_MODEL and MEMLLM_EMBEDDER name
other models than those that ./run setup puts into the cache.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/memllm"
DOCUMENTS, SENTENCES, KNOWN, UNKNOWN, CONTINUATIONS = 20, 7, 4, 3, 6


def memllm(work, *arguments):
    """Run in the folder work, where the memory is, so that no path of this machine is shown."""
    print("examples: memllm " + " ".join(map(str, arguments)), file=sys.stderr, flush=True)
    done = subprocess.run([PROGRAM, "--quiet", "--memory", "memory", *map(str, arguments)], cwd=work, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"examples: memllm ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def written_section(facts, sentences, chosen):
    """Of sentences of which something was written, out of so many."""
    by_sentence = {}
    for fact in facts:
        source = fact["sources"][0]
        by_sentence.setdefault((source["document"], source["sentence"], source["text"]), []).append(fact)
    parts = []
    for sentence in sorted(chosen.sample(sorted(by_sentence), SENTENCES)):
        lines = [f"- {fact['subject']} — {fact['relation']} — {fact['object']}" for fact in by_sentence[sentence]]
        parts.append(f"> {sentence[2]}\n\n" + "\n".join(lines))
    return f"## Written\nSomething was written of {len(by_sentence)} of the {sentences} sentences; {SENTENCES} of these:\n\n" + "\n\n".join(parts)


def asked_section(work, facts, titles, chosen):
    known = {(fact["subject"], fact["relation"]) for fact in facts}
    relations = sorted({relation for _, relation in known})
    not_known = sorted((title, relation) for title in titles for relation in relations if (title, relation) not in known)
    parts = []
    for subject, relation in chosen.sample(sorted(known), KNOWN) + chosen.sample(not_known, UNKNOWN):
        question = f"What is the {relation} of {subject}?"
        parts.append(f"```\n$ memllm ask \"{question}\"\n{memllm(work, 'ask', question).rstrip()}\n```")
    return f"## Asked\n{KNOWN} questions about what was written, right or wrong, then {UNKNOWN} about what was not.\n\n" + "\n\n".join(parts)


def continued_section(documents, work, chosen):
    parts = []
    for document in chosen.sample(documents, CONTINUATIONS):
        words = document["extract"].split()
        begin = chosen.randrange(3, 10)
        prompt, rest = " ".join(words[:begin]), " ".join(words[begin:begin + 20])
        lines = memllm(work, "complete", "--max-tokens", 24, prompt).rstrip().splitlines()
        text = "\n".join(line for line in lines if not line.startswith("    "))  # without the facts behind each call
        parts.append(f"```\n$ memllm complete --max-tokens 24 \"{prompt}\"\n{text}\n```\nWikipedia goes on: {rest} …")
    return "## Continued\n" + "\n\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("summaries", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/examples.md")
    arguments = parser.parse_args()
    chosen = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        subprocess.run([sys.executable, ROOT / "tools/wiki_sample.py", arguments.summaries, work / "all.jsonl"], check=True)
        documents = [json.loads(line) for line in (work / "all.jsonl").read_text("utf-8").splitlines()]
        documents = chosen.sample(documents, DOCUMENTS)
        (work / "wiki.jsonl").write_text("".join(json.dumps(document) + "\n" for document in documents), "utf-8")
        sentences = json.loads(memllm(work, "--json", "learn", "wiki.jsonl"))["summary"]["sentences"]
        facts = json.loads(memllm(work, "--json", "facts", "list", "--limit", 10_000))["facts"]
        titles = [document["title"] for document in documents]
        sections = [written_section(facts, sentences, chosen), asked_section(work, facts, titles, chosen), continued_section(documents, work, chosen)]
    head = (f"# Twenty outputs\nMade by `tools/examples.py` with the shipped adapters from {DOCUMENTS} Wikipedia summaries (CC BY-SA 4.0) and seed "
            f"{arguments.seed}: chosen by chance, good and bad, none left out. The base model has 270 million parameters.")
    arguments.out.write_text("\n\n".join([head, *sections]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
