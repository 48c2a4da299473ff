#!/usr/bin/env python3
"""Every measure of docs/results.md: evaluate.py DATA_FOLDER [--limit N] [--work FOLDER] [--out docs/results.md]

DATA_FOLDER holds redocred/test_revised_first400.json and zsre/edits_first700.json. Results of documents are kept in the work folder, so that an
interrupted run goes on; a changed program, model, adapter or option is measured anew. MEMLLM_MODEL and MEMLLM_EMBEDDER name the models (./run eval sets them).
"""
import argparse
import dataclasses
import hashlib
import json
import math
import pathlib
import subprocess
import sys

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/memllm"
RESAMPLES = 2000  # of the documents, for the intervals
SEED = 1
TEST_EDITS = 350  # the first ones are for training


@dataclasses.dataclass
class Rung:
    """A measurement of perplexity: its name in the table, and the flags."""
    name: str
    flags: list


LADDER = [
    Rung("base model, no adapter", ["--read-adapter", "none", "--memory", "off"]),
    Rung("memory off", ["--memory", "off"]),
    Rung("P: own query, own memory", ["--memory", "written", "--protocol", "P"]),
    Rung("P: own query, own memory, without branching", ["--memory", "written", "--protocol", "P", "--decision", "own"]),
    Rung("P: own query, gold memory", ["--memory", "gold", "--protocol", "P"]),
    Rung("P: own query, gold memory, without branching", ["--memory", "gold", "--protocol", "P", "--decision", "own"]),
    Rung("P: gold position, own query, gold memory", ["--memory", "gold", "--protocol", "P", "--decision", "given"]),
    Rung("P: gold position and query, gold memory", ["--memory", "gold", "--protocol", "P", "--decision", "given", "--query", "gold"]),
    Rung("P: gold position, query and answer", ["--memory", "gold", "--protocol", "P", "--decision", "given", "--query", "gold-answer"]),
    Rung("F: own everything", ["--memory", "written", "--protocol", "F"]),
    Rung("F: gold memory", ["--memory", "gold", "--protocol", "F"]),
    Rung("P: own query, own memory of all documents", ["--memory", "written", "--protocol", "P", "--scope", "all"]),
    Rung("P: own query, gold memory of all documents", ["--memory", "gold", "--protocol", "P", "--scope", "all"]),
]
OFF, CEILING = "memory off", "P: gold position, query and answer"


class Runs:
    """Runs of `memllm eval`, each with its log in the work folder."""

    def __init__(self, work, documents, limit):
        self.work, self.documents, self.limit = work, documents, limit
        work.mkdir(parents=True, exist_ok=True)

    def documents_run(self, command, flags):
        """The log's lines, one a document."""
        known = [command, flags, fingerprints()]
        if "--facts" in flags:
            known.append(hashlib.sha256(pathlib.Path(flags[flags.index("--facts") + 1]).read_bytes()).hexdigest())
        if "all" in flags or command == "questions":
            known.append(self.limit)  # the memory holds what all the chosen documents say
        key = hashlib.sha256(json.dumps(known).encode()).hexdigest()[:12]
        log = self.work / f"{command}-{key}.jsonl"
        arguments = ["eval", command, "--docs", str(self.documents), "--details", str(log), *flags]
        if self.limit:
            arguments += ["--limit", str(self.limit)]
        summary = run(arguments)
        items = [json.loads(line) for line in log.read_text("utf-8").splitlines()[1:]]
        items = sorted((item for item in items if not self.limit or item["item"] < self.limit), key=lambda item: item["item"])
        return summary, items, log

    def edits_run(self, edits, count):
        """ZsRE's measures; kept as a whole, since each edit depends on the ones before."""
        arguments = ["eval", "editing", "--edits", str(edits), "--skip", str(TEST_EDITS), "--limit", str(count)]
        kept = self.work / f"editing-{hashlib.sha256(json.dumps([arguments, fingerprints()]).encode()).hexdigest()[:12]}.json"
        if not kept.exists():
            kept.with_suffix(".partial").write_text(json.dumps(run(arguments + ["--outcomes"])), "utf-8")
            kept.with_suffix(".partial").rename(kept)
        return json.loads(kept.read_text("utf-8"))


def run(arguments):
    """The program's JSON. Its progress goes to standard error."""
    print("evaluate: memllm " + " ".join(arguments), file=sys.stderr, flush=True)
    done = subprocess.run([PROGRAM, "--json", *arguments], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"evaluate: memllm ended with {done.returncode}; the same command goes on where it stopped")
    return json.loads(done.stdout)


def fingerprints():
    """Of the program and the model files in use, by role."""
    if not hasattr(fingerprints, "known"):
        found = json.loads(subprocess.run([PROGRAM, "--json", "models"], stdout=subprocess.PIPE, check=True).stdout)
        fingerprints.known = {"program": hashlib.sha256(PROGRAM.read_bytes()).hexdigest()[:12]}
        fingerprints.known.update((file["role"], file.get("fingerprint")) for file in found["models"])
    return fingerprints.known


def interval(items, statistic):
    """The statistic of all items, and the 2.5th and 97.5th percentile over resamples of them."""
    rng = numpy.random.default_rng(SEED)
    whole = statistic(numpy.arange(len(items)))
    values = [statistic(rng.integers(0, len(items), len(items))) for _ in range(RESAMPLES)]
    low, high = numpy.nanpercentile(values, [2.5, 97.5])
    return whole, low, high


def ratio_of_sums(items, top, bottom, shape=lambda x: x):
    tops = numpy.array([top(item) for item in items], float)
    bottoms = numpy.array([bottom(item) for item in items], float)

    def statistic(chosen):
        below = bottoms[chosen].sum()
        return shape(tops[chosen].sum() / below) if below else math.nan

    return interval(items, statistic)


def perplexity(items, measure):
    return ratio_of_sums(items, lambda item: item[measure][0], lambda item: item[measure][1], math.exp)


def relative_change(items, reference, measure):
    """Of a perplexity against the reference's, over the same resamples of documents."""
    sums = numpy.array([[item[measure][0], item[measure][1], other[measure][0], other[measure][1]]
                        for item, other in zip(items, reference, strict=True)])

    def statistic(chosen):
        total = sums[chosen].sum(axis=0)
        return math.exp(total[0] / total[1] - total[2] / total[3]) - 1

    return interval(items, statistic)


def f1(items):
    counts = numpy.array([[item["correct"], item["written"], item["gold"]] for item in items], float)

    def statistic(chosen):
        correct, written, gold = counts[chosen].sum(axis=0)
        return 2 * correct / (written + gold)

    return interval(items, statistic)


def shown(value, digits=3, percent=False):
    whole, low, high = value
    if percent:
        return f"{100 * whole:+.1f} % ({100 * low:+.1f} to {100 * high:+.1f})"
    return f"{whole:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def table(header, rows):
    return "\n".join(["| " + " | ".join(header) + " |", "|" + "---|" * len(header), *("| " + " | ".join(row) + " |" for row in rows)])


def ladder_section(runs, facts):
    results = {}
    for rung in LADDER:
        flags = rung.flags + (["--facts", str(facts)] if "written" in rung.flags else [])
        results[rung.name] = runs.documents_run("perplexity", flags)[1]
    off = results[OFF]

    def mean_target(items):
        return sum(item["target"][0] for item in items) / sum(item["target"][1] for item in items)

    gap = mean_target(off) - mean_target(results[CEILING])
    rows = []
    for name, items in results.items():
        closed = (mean_target(off) - mean_target(items)) / gap
        rows.append([name, *(shown(perplexity(items, measure), 2) for measure in ("overall", "target", "entity")),
                     shown(relative_change(items, off, "target"), percent=True), shown(relative_change(items, off, "overall"), percent=True),
                     f"{100 * closed:.0f} %"])
    skipped = sum(item["skipped"] for item in off)
    return ("## Perplexity\nTeacher-forced text; P asks at the gold read points, F lets the model decide (docs/cli.md). Gap closed: of the logarithm of "
            f"TARGET, from memory off to gold answers. {len(off)} documents ({skipped} too long), {sum(item['target'][1] for item in off)} targets.\n\n"
            + table(["", "OVERALL", "TARGET", "ENTITY", "TARGET against off", "OVERALL against off", "gap closed"], rows))


def writing_section(runs):
    rows, facts = [], None
    for name, flags in (("constrained", []), ("free", ["--free-decoding"])):
        _, items, log = runs.documents_run("writing", flags)
        facts = facts or (items, log)
        rows.append([name, shown(ratio_of_sums(items, lambda i: i["correct"], lambda i: i["written"])),
                     shown(ratio_of_sums(items, lambda i: i["correct"], lambda i: i["gold"])), shown(f1(items)),
                     shown(ratio_of_sums(items, lambda i: i["well_formed"], lambda i: i["sentences"]), 4)])
    items, log = facts
    return "\n\n".join(["## Writing\n" + table(["decoding", "precision", "recall", "F1", "well-formed"], rows), calibration(items),
                        by_relation(items)]), log


def calibration(items):
    """Share of right facts by score."""
    facts = [(math.exp(fact["score"]), fact["verdict"] == "correct") for item in items for fact in item["facts"] if fact["verdict"] != "repeated"]
    rows = []
    for low in numpy.arange(0, 1, 0.1):
        inside = [right for score, right in facts if low <= score < low + 0.1 or (low > 0.85 and score >= 1)]
        if inside:
            rows.append([f"{low:.1f}–{low + 0.1:.1f}", str(len(inside)), f"{sum(inside) / len(inside):.2f}"])
    return "Score (exponential of the mean log-probability) and precision:\n\n" + table(["score", "facts", "right"], rows)


def by_relation(items):
    counts = {}
    for item in items:
        for label in item["labels"]:
            count = counts.setdefault(label["relation"], [0, 0, 0])
            count[0] += 1
            count[1] += label["found"]
        for fact in item["facts"]:
            if fact["verdict"] == "wrong":
                counts.setdefault(fact["relation"], [0, 0, 0])[2] += 1
    rows = [[relation, str(gold), f"{found / gold:.2f}", f"{found / (found + wrong):.2f}" if found + wrong else "–"]
            for relation, (gold, found, wrong) in sorted(counts.items(), key=lambda entry: -entry[1][0])[:20] if gold]
    return "The 20 relations with most labels:\n\n" + table(["relation", "labels", "recall", "precision"], rows)


def questions_section(runs, facts):
    rows = []
    for name, flags in (("gold memory", ["--memory", "gold"]), ("own memory", ["--memory", "written", "--facts", str(facts)])):
        _, items, _ = runs.documents_run("questions", flags)
        for kind in ("single_hop", "two_hop", "unanswerable"):
            asked = lambda item, kind=kind: item["counts"][kind]["asked"]
            share = lambda key, kind=kind: shown(ratio_of_sums(items, lambda item: item["counts"][kind][key], asked), 2)
            not_known = shown(ratio_of_sums(items, lambda item, kind=kind: asked(item) - item["counts"][kind]["from_memory"], asked), 2)
            answers = ["–"] * 3 if kind == "unanswerable" else [share("exact"), share("f1_sum"), share("contains")]
            rows.append([f"{name}, {kind.replace('_', ' ')}", str(sum(map(asked, items))), *answers, not_known])
    return ("## Questions\nAsked of one memory of all the documents; \"not in memory\" counts as wrong where there is an answer.\n\n"
            + table(["", "asked", "exact", "F1", "contains", "\"not in memory\""], rows))


def editing_section(runs, edits):
    available = len(json.loads(edits.read_text("utf-8"))) - TEST_EDITS
    counts = [count for count in (10, 100, available) if not runs.limit or count <= runs.limit] or [min(runs.limit, available)]
    rows = []
    for count in counts:
        result = runs.edits_run(edits, count)
        rows.append([str(count), *(f"{result[key]:.3f}" for key in ("reliability", "generality", "locality", "average")),
                     *(str(result[key]) for key in ("not_written", "not_retrieved", "not_used"))])
    return ("## Editing\nZsRE, the last 350 edits, in sequence.\n\n"
            + table(["edits", "reliability", "generality", "locality", "average", "not written", "not retrieved", "not used"], rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--limit", type=int, default=0, help="at most so many documents and edits; 0: all")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/eval")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/results.md")
    arguments = parser.parse_args()
    documents, edits = arguments.data / "redocred/test_revised_first400.json", arguments.data / "zsre/edits_first700.json"
    for file in (PROGRAM, documents, edits):
        if not file.exists():
            sys.exit(f"evaluate: {file} is not there")
    runs = Runs(arguments.work, documents, arguments.limit)
    writing, facts = writing_section(runs)
    sections = [writing, ladder_section(runs, facts), questions_section(runs, facts), editing_section(runs, edits)]
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    models = ", ".join(f"{role} {fingerprint}" for role, fingerprint in fingerprints().items() if fingerprint)
    head = (f"# Results\nMade by `./run eval` at commit {commit}; {models}; seed {SEED}; "
            f"{'the first ' + str(arguments.limit) if arguments.limit else 'all'} test documents and edits. "
            f"In brackets: 95 % intervals, bootstrap over documents ({RESAMPLES} resamples).")
    arguments.out.write_text("\n\n".join([head, *sections]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
