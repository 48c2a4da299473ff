#!/usr/bin/env python3
"""Every measure of docs/results.md: evaluate.py DATA_FOLDER [--limit N] [--writing N] [--edits N] [--work FOLDER] [--out docs/results.md]

DATA_FOLDER holds redocred/test_revised_first400.json, redocred/dev_revised.json (only to tell which pairs were trained on) and
zsre/edits_first700.json. Plots go to the folder results beside the table. Results of documents are kept in the work folder, so that an
interrupted run goes on; a changed program, model, adapter or option is measured anew. MEMLLM_MODEL and MEMLLM_EMBEDDER name the models (./run eval
sets them).
"""
import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import math
import os
import pathlib
import subprocess
import sys
import time

import matplotlib
import numpy

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "memllm"  # the same plot is the same file
from matplotlib import pyplot  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/memllm"
RESAMPLES = 2000  # of the documents, for the intervals
SEED = 1
TEST_EDITS = 350  # the first ones are for training


@dataclasses.dataclass
class Rung:
    """A measurement of perplexity: its name in the table, the flags, and which of the decisions that one run measures."""
    name: str
    flags: list
    decision: str = "weigh"


OFF, CEILING = "memory off", "P: gold position, query and answer"
OWN_P, GOLD_P, OWN_F = "P: own query, own memory", "P: own query, gold memory", "F: own everything"
VERY_SENTENCE = "the very sentence too"  # in the prompt: the baseline may copy what it is to say
# What a call may ask and how its result counts: ours, and the paper's.
OURS, PAPER = ["--answerable-only"], ["--no-answerable-only"]
WRITTEN, GOLD = ["--memory", "written"], ["--memory", "gold"]
P, F = ["--protocol", "P"], ["--protocol", "F"]
LADDER = [
    Rung("base model, no adapter", ["--read-adapter", "none", "--memory", "off"]),
    Rung(OFF, ["--memory", "off"]),
    Rung(OWN_P, [*WRITTEN, *P, *OURS]),
    Rung("P: own query, own memory; any query, branching (paper)", [*WRITTEN, *P, *PAPER], "branch"),
    Rung("P: own query, own memory; any query, no branching", [*WRITTEN, *P, *PAPER], "own"),
    Rung(GOLD_P, [*GOLD, *P, *OURS]),
    Rung("P: own query, gold memory; queries as many as the model likes", [*GOLD, *P, *OURS, "--min-queries", "1"]),
    Rung("P: own query, gold memory; results always followed", [*GOLD, *P, *OURS], "given"),
    Rung("P: own query, gold memory; any query", [*GOLD, *P, *PAPER]),
    Rung("P: own query, gold memory; any query, branching (paper)", [*GOLD, *P, *PAPER], "branch"),
    Rung("P: own query, gold memory; any query, no branching", [*GOLD, *P, *PAPER], "own"),
    Rung("P: gold position and query, gold memory", [*GOLD, *P, "--query", "gold"], "given"),
    Rung(CEILING, [*GOLD, *P, "--query", "gold-answer"], "given"),
    Rung(OWN_F, [*WRITTEN, *F, *OURS, "--decision", "weigh"]),
    Rung("F: own everything; any query, results always followed (paper)", [*WRITTEN, *F, *PAPER, "--decision", "given"], "given"),
    Rung("F: gold memory", [*GOLD, *F, *OURS, "--decision", "weigh"]),
    Rung("P: own query, own memory of all documents", [*WRITTEN, *P, *OURS, "--scope", "all"]),
    Rung("P: own query, gold memory of all documents", [*GOLD, *P, *OURS, "--scope", "all"]),
]
# Sentences in the prompt instead of a memory, before the base model and the one with the read adapter.
RETRIEVAL = [Rung(f"{how}, top {top}, {model}{', ' + VERY_SENTENCE if same else ''}",
                  ["--memory", "off", "--scope", "all", "--retrieve", how, "--top", str(top), *(["--same-sentence"] if same else []),
                   *(["--read-adapter", "none"] if model == "base" else [])])
             for how, top, same in (("bm25", 1, False), ("bm25", 3, False), ("bm25", 5, False), ("bm25", 1, True), ("vectors", 1, False),
                                    ("vectors", 3, False), ("vectors", 5, False), ("vectors", 1, True), ("evidence", 3, False), ("evidence", 3, True))
             for model in ("base", "finetuned")]
CONSTRAINED, FREE = [], ["--free-decoding"]  # flags of eval writing


class Runs:
    """Runs of `memllm eval`, each with its log in the work folder."""

    def __init__(self, arguments, documents, training):
        self.work, self.out, self.documents, self.training = arguments.work, arguments.out, documents, training
        self.limit, self.edit_limit = arguments.limit, arguments.edits
        self.writing_limit = max(arguments.limit, arguments.writing) if arguments.limit else 0
        self.done = {}  # by command and flags
        self.work.mkdir(parents=True, exist_ok=True)

    def prepare(self, jobs):
        """Makes runs, each on one core, as many at once as there are cores: two on a core each take five eighths of the time of two on both cores."""
        with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            futures = [pool.submit(job, *arguments) for job, *arguments in jobs]
            try:
                for future in concurrent.futures.as_completed(futures):
                    future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def documents_run(self, command, flags):
        """The summary, the log's lines, one a document, and the log."""
        if (command, *flags) not in self.done:
            self.done[(command, *flags)] = self.logged_run(command, flags)
        return self.done[(command, *flags)]

    def logged_run(self, command, flags):
        known = [command, flags, fingerprints()]
        if "--facts" in flags:
            known.append(hashlib.sha256(pathlib.Path(flags[flags.index("--facts") + 1]).read_bytes()).hexdigest())
        if "all" in flags or "--retrieve" in flags or command == "questions":
            known.append(self.limit)  # the memory holds what all the chosen documents say
        key = hashlib.sha256(json.dumps(known).encode()).hexdigest()[:12]
        log = self.work / f"{command}-{key}.jsonl"
        arguments = ["eval", command, "--docs", str(self.documents), "--details", str(log), *flags]
        limit = self.writing_limit if command == "writing" and flags == CONSTRAINED else self.limit
        if limit:
            arguments += ["--limit", str(limit)]
        summary = run(arguments)
        items = [json.loads(line) for line in log.read_text("utf-8").splitlines()[1:]]
        items = sorted((item for item in items if not limit or item["item"] < limit), key=lambda item: item["item"])
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
    """The program's JSON. One thread: the same figures whatever the number of cores."""
    line = "memllm " + " ".join(arguments)
    print(f"evaluate: {line}", file=sys.stderr, flush=True)
    begin = time.monotonic()
    done = subprocess.run([PROGRAM, "--json", "--quiet", "--threads", "1", *arguments], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"evaluate: {line} ended with {done.returncode}; the same command goes on where it stopped")
    print(f"evaluate: {time.monotonic() - begin:.0f} s: {line}", file=sys.stderr, flush=True)
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


def mean_perplexity(items, measure):
    return ratio_of_sums(items, lambda item: item[measure][0], lambda item: item[measure][1], math.exp)


def decided(items, decision):
    """The documents' losses by one decision."""
    return [item["losses"][decision] for item in items]


def relative_change(items, reference, measure):
    """Of a perplexity against the reference's, over the same resamples of documents."""
    sums = numpy.array([[item[measure][0], item[measure][1], other[measure][0], other[measure][1]]
                        for item, other in zip(items, reference, strict=True)])

    def statistic(chosen):
        total = sums[chosen].sum(axis=0)
        return math.exp(total[0] / total[1] - total[2] / total[3]) - 1

    return interval(items, statistic)


def f1(items, correct, written):
    counts = numpy.array([[item[correct], item[written], item["gold"]] for item in items], float)

    def statistic(chosen):
        total = counts[chosen].sum(axis=0)
        return 2 * total[0] / (total[1] + total[2])

    return interval(items, statistic)


def shown(value, digits=3, percent=False):
    whole, low, high = value
    if percent:
        return f"{100 * whole:+.1f} % ({100 * low:+.1f} to {100 * high:+.1f})"
    return f"{whole:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def table(header, rows):
    return "\n".join(["| " + " | ".join(header) + " |", "|" + "---|" * len(header), *("| " + " | ".join(row) + " |" for row in rows)])


def ladder_runs(facts):
    """By name of the rung: the flags of its run."""
    return {rung.name: rung.flags + (["--facts", str(facts)] if "written" in rung.flags else []) for rung in LADDER + RETRIEVAL}


def ladder_results(runs, facts):
    """By name of the rung: the documents of its run, and their losses by the rung's decision."""
    flags = ladder_runs(facts)
    items_of = {rung.name: runs.documents_run("perplexity", flags[rung.name])[1] for rung in LADDER + RETRIEVAL}
    return items_of, {rung.name: decided(items_of[rung.name], rung.decision) for rung in LADDER + RETRIEVAL}


def with_call_cost(losses, items):
    """The losses with those of "({" and of not saying it."""
    return [{"overall": [loss["overall"][0] + item["decisions"][0], loss["overall"][1]]} for loss, item in zip(losses, items, strict=True)]


def gap_closed(results, name):
    """Share of the logarithm of TARGET from memory off to gold answers."""
    def mean_target(losses):
        return sum(loss["target"][0] for loss in losses) / sum(loss["target"][1] for loss in losses)

    off = mean_target(results[OFF])
    return f"{100 * (off - mean_target(results[name])) / (off - mean_target(results[CEILING])):.0f} %"


def ladder_section(runs, facts):
    items_of, results = ladder_results(runs, facts)
    off = results[OFF]
    rows = []
    for name, items in results.items():
        free = name.startswith("F:")
        cost = shown(relative_change(with_call_cost(items, items_of[name]), off, "overall"), percent=True) if free else ""
        rows.append([name, *(shown(mean_perplexity(items, measure), 2) for measure in ("overall", "target", "entity")),
                     shown(relative_change(items, off, "target"), percent=True), shown(relative_change(items, off, "overall"), percent=True),
                     cost, gap_closed(results, name)])
    skipped = sum(item["skipped"] for item in items_of[OFF])
    plot_ladder(runs, results)
    return ("## Perplexity\nTeacher-forced text; P asks at the gold read points, F lets the model decide (docs/cli.md). Gap closed: of the logarithm of "
            "TARGET, from memory off to gold answers. Unless said otherwise calls ask only what the memory can answer, and text is weighed between "
            f"the model with and without the result. {len(off)} documents ({skipped} too long), {sum(item['target'][1] for item in off)} targets.\n\n"
            + table(["", "OVERALL", "TARGET", "ENTITY", "TARGET against off", "OVERALL against off", "with the cost of \"({\"", "gap closed"], rows)
            + "\n\n![TARGET perplexity](results/ladder.svg)\n\n" + wrong_results(items_of[GOLD_P]))


def writing_section(runs):
    constrained, free = (runs.documents_run("writing", flags) for flags in (CONSTRAINED, FREE))
    rows = []
    for name, (_, items, _), which in (("constrained", constrained, ""), ("with what follows from these facts", constrained, "_and_inferred"),
                                       ("free", free, "")):
        correct, written = "correct" + which, "written" + which
        well_formed = "" if which else shown(ratio_of_sums(items, lambda i: i["well_formed"], lambda i: i["sentences"]), 4)
        rows.append([name, str(len(items)), shown(ratio_of_sums(items, lambda i, right=correct: i[right], lambda i, all_of=written: i[all_of])),
                     shown(ratio_of_sums(items, lambda i, right=correct: i[right], lambda i: i["gold"])), shown(f1(items, correct, written)),
                     well_formed])
    _, items, log = constrained
    return "\n\n".join(["## Writing\n" + table(["decoding", "documents", "precision", "recall", "F1", "well-formed"], rows), calibration(runs, items),
                        by_kind(runs, items), by_relation(items)]), log


def by_kind(runs, items):
    """Recall of labels within a sentence and across sentences, and of entity pairs that the training data has and has not."""
    documents = json.loads(runs.documents.read_text("utf-8"))
    known = set()
    for document in json.loads(runs.training.read_text("utf-8")):
        names = [[normalised(mention["name"]) for mention in entity] for entity in document["vertexSet"]]
        known.update((head, tail) for label in document["labels"] for head in names[label["h"]] for tail in names[label["t"]])
    counts = {}
    for item in items:
        document = documents[item["item"]]
        for label, outcome in zip(document["labels"], item["labels"], strict=True):
            head, tail = document["vertexSet"][label["h"]], document["vertexSet"][label["t"]]
            within = {mention["sent_id"] for mention in head} & {mention["sent_id"] for mention in tail}
            seen = any((normalised(a["name"]), normalised(b["name"])) in known for a in head for b in tail)
            for kind in ("within a sentence" if within else "across sentences", "pair seen in training" if seen else "pair not seen in training"):
                count = counts.setdefault(kind, [0, 0])
                count[0] += 1
                count[1] += outcome["found"]
    return "Recall by kind of label:\n\n" + table(["kind", "labels", "recall"],
                                                  [[kind, str(gold), f"{found / gold:.3f}"] for kind, (gold, found) in sorted(counts.items())])


def normalised(name):
    return " ".join(name.lower().split())


def calibration(runs, items):
    """Share of right facts by score."""
    facts = [(math.exp(fact["score"]), fact["verdict"] == "correct")
             for item in items for fact in item["facts"] + item["quarantined"] if fact["verdict"] != "repeated"]
    rows = []
    for low in numpy.arange(0, 1, 0.1):
        inside = [right for score, right in facts if low <= score < low + 0.1 or (low > 0.85 and score >= 1)]
        if inside:
            rows.append([f"{low:.1f}–{low + 0.1:.1f}", str(len(inside)), f"{sum(inside) / len(inside):.2f}"])
    plot_calibration(runs, rows)
    return ("Score (exponential of the mean log-probability) and precision, quarantined facts too:\n\n" + table(["score", "facts", "right"], rows)
            + "\n\n![precision by score](results/calibration.svg)")


def save_plot(runs, figure, name):
    folder = runs.out.parent / "results"
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / name, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)


def plot_calibration(runs, rows):
    figure, axes = pyplot.subplots(figsize=(4, 3.2))
    scores = [float(row[0].split("–")[0]) + 0.05 for row in rows]
    axes.bar(scores, [float(row[2]) for row in rows], width=0.08)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle="dashed")
    axes.set(xlabel="score", ylabel="share of right facts", xlim=(0, 1), ylim=(0, 1))
    save_plot(runs, figure, "calibration.svg")


def plot_ladder(runs, results):
    figure, axes = pyplot.subplots(figsize=(7, 0.26 * len(results) + 0.6))
    values = [mean_perplexity(items, "target") for items in results.values()]
    places = range(len(values))
    whole = [value[0] for value in values]
    errors = [[value[0] - value[1] for value in values], [value[2] - value[0] for value in values]]
    axes.barh(places, whole, xerr=errors, height=0.7, error_kw={"linewidth": 1})
    axes.set_yticks(places, list(results), fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("TARGET perplexity, with 95 % intervals")
    save_plot(runs, figure, "ladder.svg")


def wrong_results(items):
    """TARGET where the memory answers rightly and wrongly, against memory off on the same spans (protocol P)."""
    rows = []
    for name, wanted in (("the target is among the results", True), ("it is not", False)):
        points = [[point for point in item["outcomes"] if point["kept"] and point["with_target"] == wanted] for item in items]
        perplexities = [shown(ratio_of_sums(points, lambda some, key=key: sum(point[key] for point in some), len, math.exp), 2)
                        for key in ("loss_without", "loss_with", "loss_weighed")]
        rows.append([name, str(sum(map(len, points))), *perplexities])
    return ("Where the memory answers, gold memory, own queries: TARGET of these spans.\n\n"
            + table(["", "calls", "memory off", "result always followed", "weighed"], rows))


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


def question_runs(facts):
    """By name: the flags of a run."""
    asking = {"gold memory": ["--memory", "gold"], "own memory": ["--memory", "written", "--facts", str(facts)]}
    asking.update({f"{how}, top {top}": ["--memory", "off", "--retrieve", how, "--top", str(top)] for how in ("bm25", "vectors") for top in (1, 3, 5)})
    return asking


def question_share(runs, facts, name, kind, key):
    """Of the questions of a kind: a count of the log, or "not_known", those that are not answered from the memory."""
    counts = [item["counts"][kind] for item in runs.documents_run("questions", question_runs(facts)[name])[1]]
    return ratio_of_sums(counts, lambda c: c["asked"] - c["from_memory"] if key == "not_known" else c[key], lambda c: c["asked"])


def questions_section(runs, facts):
    rows = []
    for name, flags in question_runs(facts).items():
        items = runs.documents_run("questions", flags)[1]
        for kind in ("single_hop", "two_hop", "unanswerable"):
            share = lambda key, name=name, kind=kind: shown(question_share(runs, facts, name, kind, key), 2)
            answers = ["–"] * 3 if kind == "unanswerable" else [share("exact"), share("f1_sum"), share("contains")]
            asked = sum(item["counts"][kind]["asked"] for item in items)
            rows.append([f"{name}, {kind.replace('_', ' ')}", str(asked), *answers, share("not_known")])
    return ("## Questions\nAsked of one memory of all the documents; \"not in memory\" counts as wrong where there is an answer.\n\n"
            + table(["", "asked", "exact", "F1", "contains", "\"not in memory\""], rows))


def edit_counts(runs, edits):
    available = len(json.loads(edits.read_text("utf-8"))) - TEST_EDITS
    most = min(runs.edit_limit or available, available)
    return [count for count in (10, 100) if count < most] + [most]


def standing_edits(result):
    """Of the edits that no later one replaces: their number, and the shares that are reliable, general, local, on average."""
    standing = [edit for edit in result["outcomes"] if not edit["superseded"]]
    shares = [sum(edit[key] for edit in standing) / len(standing) for key in ("reliable", "general", "local")]
    return len(standing), *shares, sum(shares) / 3


def editing_section(runs, edits):
    rows = []
    for count in edit_counts(runs, edits):
        result = runs.edits_run(edits, count)
        rows.append([str(count), *(f"{result[key]:.3f}" for key in ("reliability", "generality", "locality", "average")),
                     *(str(result[key]) for key in ("not_written", "superseded", "not_retrieved", "not_used"))])
        standing, *shares = standing_edits(result)
        rows.append([f"of these, {standing} that no later one replaces", *(f"{share:.3f}" for share in shares), *[""] * 4])
    return ("## Editing\nZsRE, the last 350 edits, in sequence. The data ask for some things several times, with different answers (\"Who was X's "
            "mother?\", \"Which lady was X born to?\"): the later edit replaces the earlier, which counts as a failure.\n\n"
            + table(["edits", "reliability", "generality", "locality", "average", "not written", "replaced by a later edit", "not retrieved",
                     "not used"], rows))


def wrong_against_off(items):
    """TARGET where the memory answers without the target, weighed, against memory off on the same spans."""
    points = [[point for point in item["outcomes"] if point["kept"] and not point["with_target"]] for item in items]
    return shown(ratio_of_sums(points, lambda some: sum(point["loss_weighed"] - point["loss_without"] for point in some), len, math.exp), 2)


def headline_section(runs, facts, edits):
    """The measures that README shows, beside the paper's (arXiv 2404.11672) where it has them."""
    items_of, results = ladder_results(runs, facts)
    off = results[OFF]
    target = lambda name: shown(relative_change(results[name], off, "target"), percent=True)
    share = lambda name, kind, key: shown(question_share(runs, facts, name, kind, key), 2)
    best_text = min((rung.name for rung in RETRIEVAL if VERY_SENTENCE not in rung.name),
                    key=lambda name: mean_perplexity(results[name], "target")[0])
    best_asked = max((name for name in question_runs(facts) if "top" in name),
                     key=lambda name: question_share(runs, facts, name, "single_hop", "contains")[0])
    constrained, free = (runs.documents_run("writing", flags)[1] for flags in (CONSTRAINED, FREE))
    well_formed = lambda items: shown(ratio_of_sums(items, lambda i: i["well_formed"], lambda i: i["sentences"]), 3)
    edited = runs.edits_run(edits, edit_counts(runs, edits)[-1])
    costly = relative_change(with_call_cost(results[OWN_F], items_of[OWN_F]), off, "overall")
    rows = [
        ["TARGET perplexity, own queries, memory written by the model, against memory off: at gold read points (P)", "−14.9 %", target(OWN_P)],
        ["the same where the model decides when to read (F)", "", target(OWN_F)],
        ["share of the logarithm of TARGET from memory off to gold answers (P): own memory; gold memory", "17 %; –",
         f"{gap_closed(results, OWN_P)}; {gap_closed(results, GOLD_P)}"],
        ["OVERALL perplexity, everything own (F), the cost of \"({\" counted", "−1.8 % (P)", shown(costly, percent=True)],
        [f"writing F1, {len(constrained)} documents", "", shown(f1(constrained, "correct", "written"))],
        ["well-formed calls: constrained; free", "", f"{well_formed(constrained)}; {well_formed(free)}"],
        [f"ZsRE, {edit_counts(runs, edits)[-1]} edits in sequence: average; locality", ".84; .97",
         f"{edited['average']:.3f}; {edited['locality']:.3f}"],
        ["the same of those that no later edit replaces", "", f"{standing_edits(edited)[-1]:.3f}; {standing_edits(edited)[-2]:.3f}"],
        ["two-hop questions, both facts in the memory", "", share("gold memory", "two_hop", "contains")],
        ["questions without an answer that get \"not in memory\"", "", share("gold memory", "unanswerable", "not_known")],
        ["single-hop questions with an answer that get it too", "", share("gold memory", "single_hop", "not_known")],
        ["TARGET where the memory answers wrongly, against memory off there (P): own memory; gold memory", "",
         f"{wrong_against_off(items_of[OWN_P])}; {wrong_against_off(items_of[GOLD_P])}"],
        [f"TARGET, best sentences in the prompt ({best_text}); own memory; gold memory", "",
         "; ".join(shown(mean_perplexity(results[name], "target"), 2) for name in (best_text, OWN_P, GOLD_P))],
        [f"single-hop questions, best sentences in the prompt ({best_asked}); own memory; gold memory", "",
         "; ".join(share(name, "single_hop", "contains") for name in (best_asked, "own memory", "gold memory"))],
    ]
    return "## In short\n" + table(["measure", "paper, 7B model", "here"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--limit", type=int, default=0, help="at most so many documents; 0: all")
    parser.add_argument("--writing", type=int, default=0, help="with --limit: measure writing, which costs least, on so many documents")
    parser.add_argument("--edits", type=int, default=0, help="at most so many edits; 0: all")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/eval")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/results.md")
    arguments = parser.parse_args()
    documents, edits = arguments.data / "redocred/test_revised_first400.json", arguments.data / "zsre/edits_first700.json"
    training = arguments.data / "redocred/dev_revised.json"
    for file in (PROGRAM, documents, training, edits):
        if not file.exists():
            sys.exit(f"evaluate: {file} is not there")
    runs = Runs(arguments, documents, training)
    runs.prepare([(runs.documents_run, "writing", flags) for flags in (CONSTRAINED, FREE)])
    writing, facts = writing_section(runs)
    # Rungs that differ in the decision only are one run.
    ladder = {tuple(flags): flags for flags in ladder_runs(facts).values()}
    jobs = [(runs.documents_run, "perplexity", flags) for flags in ladder.values()]
    jobs += [(runs.documents_run, "questions", flags) for flags in question_runs(facts).values()]
    jobs += [(runs.edits_run, edits, count) for count in edit_counts(runs, edits)]
    runs.prepare(jobs)
    sections = [headline_section(runs, facts, edits), writing, ladder_section(runs, facts), questions_section(runs, facts), editing_section(runs, edits)]
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    models = ", ".join(f"{role} {fingerprint}" for role, fingerprint in fingerprints().items() if fingerprint)
    head = (f"# Results\nMade by `./run eval` at commit {commit}; {models}; seed {SEED}; "
            f"{'the first ' + str(arguments.limit) if arguments.limit else 'all'} test documents. "
            f"In brackets: 95 % intervals, bootstrap over documents ({RESAMPLES} resamples).")
    arguments.out.write_text("\n\n".join([head, *sections]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
