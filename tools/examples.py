#!/usr/bin/env python3
"""Twenty outputs chosen by a seed, good and bad: examples.py DATA_FOLDER [--seed N] [--out docs/examples.md]

Learns 20 test documents of DATA_FOLDER/redocred into a new memory with the shipped adapters, then shows what was written of 7 sentences, the answers to 7
questions (those of `memllm eval questions`, one hop, two hops, without an answer) and 6 continuations. MEMLLM_MODEL and MEMLLM_EMBEDDER name the
models (./run eval sets them).
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
DOCUMENTS, SENTENCES, QUESTIONS, CONTINUATIONS = 20, 7, 7, 6


def memllm(work, *arguments):
    """Run in the folder work, where the memory is, so that no path of this machine is shown."""
    print("examples: memllm " + " ".join(map(str, arguments)), file=sys.stderr, flush=True)
    done = subprocess.run([PROGRAM, "--quiet", "--memory", "memory", *map(str, arguments)], cwd=work, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"examples: memllm ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def labelled(document, names):
    """The document's labels by every name of their entities."""
    facts = set()
    for label in document["labels"]:
        for head in document["vertexSet"][label["h"]]:
            for tail in document["vertexSet"][label["t"]]:
                facts.add((head["name"], names.get(label["r"], label["r"]), tail["name"]))
    return facts


def written_section(documents, reports, names, chosen):
    sentences = [(d, s) for d, document in enumerate(documents) for s in range(len(document["sents"]))]
    parts = []
    for d, s in sorted(chosen.sample(sentences, SENTENCES)):
        right = labelled(documents[d], names)
        facts = [fact for fact in reports[d]["facts"] if fact["source"]["sentence"] == s]
        lines = [f"- {fact['subject']} — {fact['relation']} — {fact['object']} "
                 + ("✓" if (fact["subject"], fact["relation"], fact["object"]) in right else "✗") for fact in facts]
        parts.append(f"> {' '.join(documents[d]['sents'][s])}\n\n" + ("\n".join(lines) or "*nothing*"))
    return "## Written\n✓: the documents' labels have it; ✗: they do not.\n\n" + "\n\n".join(parts)


def asked_section(work, chosen):
    questions = [question for line in (work / "questions.jsonl").read_text("utf-8").splitlines()[1:] for question in json.loads(line)["questions"]]
    parts = []
    for question in chosen.sample(questions, QUESTIONS):
        answer = memllm(work, "ask", question["question"])
        right = " or ".join(question["right"]) if question["right"] else "nothing in the documents"
        parts.append(f"```\n$ memllm ask \"{question['question']}\"\n{answer.rstrip()}\n```\nRight: {right}.")
    return ("## Asked\nQuestions are made of the documents' labels; the memory holds what the model wrote, so that much is missing.\n\n" + "\n\n".join(parts))


def continued_section(documents, work, chosen):
    parts = []
    for document in chosen.sample(documents, CONTINUATIONS):
        words = chosen.choice([words for words in document["sents"] if len(words) > 7])
        prompt, rest = " ".join(words[:len(words) // 2]), " ".join(words[len(words) // 2:])
        lines = memllm(work, "complete", "--max-tokens", 24, prompt).rstrip().splitlines()
        text = "\n".join(line for line in lines if not line.startswith("    "))  # without the facts behind each call
        parts.append(f"```\n$ memllm complete --max-tokens 24 \"{prompt}\"\n{text}\n```\nThe document goes on: {rest}")
    return "## Continued\n" + "\n\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/examples.md")
    arguments = parser.parse_args()
    chosen = random.Random(arguments.seed)
    names = json.loads((arguments.data / "redocred/relation_names.json").read_text("utf-8"))
    documents = chosen.sample(json.loads((arguments.data / "redocred/test_revised_first400.json").read_text("utf-8")), DOCUMENTS)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "documents.json").write_text(json.dumps(documents), "utf-8")
        reports = json.loads(memllm(work, "--json", "learn", "documents.json"))["documents"]
        memllm(work, "--json", "eval", "questions", "--docs", "documents.json", "--memory", "gold", "--details", "questions.jsonl")
        sections = [written_section(documents, reports, names, chosen), asked_section(work, chosen), continued_section(documents, work, chosen)]
    head = (f"# Twenty outputs\nMade by `tools/examples.py` with the shipped adapters, {DOCUMENTS} test documents and seed {arguments.seed}: chosen by chance, good and bad, "
            "none left out. The base model has 270 million parameters.")
    arguments.out.write_text("\n\n".join([head, *sections]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
