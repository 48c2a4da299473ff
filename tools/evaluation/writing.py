"""What the model writes, against the documents' labels."""
import json
import math

import numpy

from .intervals import f1, ratio_of_sums, shown, table
from .plots import plot_calibration
from .runs import CONSTRAINED, FREE


def writing_runs(runs):
    """The flags of both runs, and how many documents each has. No read adapter: another one leaves what is written as it is."""
    return (CONSTRAINED, runs.writing_limit), (FREE, runs.rest_limit)


def writing_section(runs):
    """The section, and a file of the facts of the documents that are to be read."""
    constrained, free = (runs.documents_run("writing", flags, limit) for flags, limit in writing_runs(runs))
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
                        by_kind(runs, items), by_relation(runs, items)]), facts_to_read(runs, log)


def facts_to_read(runs, log):
    """A copy of the log without the documents that are only written: another number of those leaves what reads the copy as it is."""
    if not runs.limit:
        return log
    settings, *lines = log.read_text("utf-8").splitlines()
    lines = sorted((line for line in lines if json.loads(line)["item"] < runs.limit), key=lambda line: json.loads(line)["item"])
    copy = log.with_name(f"facts-{log.stem}-{runs.limit}.jsonl")
    copy.write_text("\n".join([settings, *lines]) + "\n", "utf-8")
    return copy


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


def by_relation(runs, items):
    """By relation; all of them in a file of their own."""
    counts = {}
    for item in items:
        for label in item["labels"]:
            count = counts.setdefault(label["relation"], [0, 0, 0])
            count[0] += 1
            count[1] += label["found"]
        for fact in item["facts"]:
            if fact["verdict"] == "wrong":
                counts.setdefault(fact["relation"], [0, 0, 0])[2] += 1
    rows = [[relation, str(gold), f"{found / gold:.2f}" if gold else "–", f"{found / (found + wrong):.2f}" if found + wrong else "–",
             f"{2 * found / (gold + found + wrong):.2f}"]
            for relation, (gold, found, wrong) in sorted(counts.items(), key=lambda entry: (-entry[1][0], entry[0]))]
    header = ["relation", "labels", "recall", "precision", "F1"]
    folder = runs.out.parent / "results"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "relations.md").write_text(f"# Writing by relation\n{len(items)} documents of docs/results.md, constrained decoding.\n\n"
                                         + table(header, rows) + "\n", "utf-8")
    return "The 20 relations with most labels ([all](results/relations.md)):\n\n" + table(header, rows[:20])
