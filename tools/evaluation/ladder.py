"""The ladder of perplexities, and the baselines that put sentences into the prompt."""
import dataclasses
import math

import numpy

from .intervals import interval, mean_perplexity, ratio_of_sums, relative_change, shown, table
from .plots import plot_ladder
from .runs import NO_READ_ADAPTER


@dataclasses.dataclass
class Rung:
    """A measurement of perplexity: its name in the table, the flags, and which of the decisions that one run measures."""
    name: str
    flags: list
    decision: str = "weigh"


BASE, OFF, CEILING = "base model, no adapter", "memory off", "P: gold position, query and answer"
OWN_P, GOLD_P, OWN_F = "P: own query, own memory", "P: own query, gold memory", "F: own everything"
VERY_SENTENCE = "the very sentence too"  # in the prompt: the baseline may copy what it is to say
# What a call may ask and how its result counts: ours, and the paper's.
OURS, PAPER = ["--answerable-only"], ["--no-answerable-only"]
WRITTEN, GOLD = ["--memory", "written"], ["--memory", "gold"]
P, F = ["--protocol", "P"], ["--protocol", "F"]
LADDER = [
    Rung(BASE, [*NO_READ_ADAPTER, "--memory", "off"]),
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
    Rung("F: own everything; no call asks what the last one asked", [*WRITTEN, *F, *OURS, "--decision", "weigh", "--no-repeated-calls"]),
    Rung("F: gold memory", [*GOLD, *F, *OURS, "--decision", "weigh"]),
    Rung("P: own query, own memory of all documents", [*WRITTEN, *P, *OURS, "--scope", "all"]),
    Rung("P: own query, gold memory of all documents", [*GOLD, *P, *OURS, "--scope", "all"]),
]
# Sentences in the prompt instead of a memory, before the base model and the one with the read adapter.
RETRIEVAL = [Rung(f"{how}, top {top}, {model}{', ' + VERY_SENTENCE if same else ''}",
                  ["--memory", "off", "--scope", "all", "--retrieve", how, "--top", str(top), *(["--same-sentence"] if same else []),
                   *(NO_READ_ADAPTER if model == "base" else [])])
             for how, top, same in (("bm25", 1, False), ("bm25", 3, False), ("bm25", 5, False), ("bm25", 1, True), ("vectors", 1, False),
                                    ("vectors", 3, False), ("vectors", 5, False), ("vectors", 1, True), ("evidence", 3, False), ("evidence", 3, True))
             for model in ("base", "finetuned")]


# What the measures in short need, and the best of the sentences in the prompt. The others have as many documents as --rest says.
FOREMOST = (BASE, OFF, OWN_P, GOLD_P, CEILING, OWN_F, "evidence, top 3, base")


def ladder_runs(runs, facts):
    """By name of the rung: the flags of its run, and how many documents it has. Rungs that differ in the decision only are one run."""
    flags = {rung.name: rung.flags + (["--facts", str(facts)] if "written" in rung.flags else []) for rung in LADDER + RETRIEVAL}
    foremost = [flags[name] for name in FOREMOST]
    return {name: (of_run, runs.limit if of_run in foremost else runs.rest_limit) for name, of_run in flags.items()}


def ladder_results(runs, facts):
    """By name of the rung: the documents of its run, and their losses by the rung's decision."""
    ladder = ladder_runs(runs, facts)
    items_of = {rung.name: runs.documents_run("perplexity", *ladder[rung.name])[1] for rung in LADDER + RETRIEVAL}
    return items_of, {rung.name: decided(items_of[rung.name], rung.decision) for rung in LADDER + RETRIEVAL}


def decided(items, decision):
    """The documents' losses by one decision."""
    return [item["losses"][decision] for item in items]


def with_call_cost(losses, items, costs=("decisions",)):
    """The losses with those of "({" and of not saying it; with "queries" those of the calls' tokens too."""
    return [{"overall": [loss["overall"][0] + sum(item[cost][0] for cost in costs), loss["overall"][1]]}
            for loss, item in zip(losses, items, strict=True)]


def gap_closed(results, name):
    """Share of the logarithm of TARGET from memory off to gold answers."""
    def share(chosen):
        off, rung, ceiling = sums[:, chosen].sum(axis=1)
        means = [loss / targets for loss, targets in (off, rung, ceiling)]
        return (means[0] - means[1]) / (means[0] - means[2])

    documents = len(results[name])
    sums = numpy.array([[loss["target"] for loss in results[of][:documents]] for of in (OFF, name, CEILING)])
    whole, low, high = interval(results[name], share)
    return f"{100 * whole:.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def ladder_section(runs, facts):
    items_of, results = ladder_results(runs, facts)
    rows = []
    for name, items in results.items():
        off = results[OFF][:len(items)]
        free = name.startswith("F:")
        costs = [shown(relative_change(with_call_cost(items, items_of[name], which), off, "overall"), percent=True) if free else ""
                 for which in (["decisions"], ["decisions", "queries"])]
        rows.append([name, str(len(items)), *(shown(mean_perplexity(items, measure), 2) for measure in ("overall", "target", "entity")),
                     shown(relative_change(items, off, "target"), percent=True), shown(relative_change(items, off, "overall"), percent=True),
                     *costs, gap_closed(results, name)])
    skipped = sum(item["skipped"] for item in items_of[OFF])
    plot_ladder(runs, results)
    return ("## Perplexity\nTeacher-forced text; P asks at the gold read points, F lets the model decide (docs/evaluating.md). Gap closed: of the logarithm of "
            "TARGET, from memory off to gold answers. Unless said otherwise calls ask only what the memory can answer, and text is weighed between "
            f"the model with and without the result. {skipped} documents were too long; {sum(item['target'][1] for item in results[OFF])} targets. "
            "\"Against off\" and \"gap closed\" compare the same documents.\n\n"
            + table(["", "documents", "OVERALL", "TARGET", "ENTITY", "TARGET against off", "OVERALL against off", "with the cost of \"({\"",
                     "and of the queries", "gap closed"], rows)
            + "\n\n![TARGET perplexity](results/ladder.svg)\n\n" + wrong_results(items_of[GOLD_P]))


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


def wrong_against_off(items):
    """TARGET where the memory answers without the target, weighed, against memory off on the same spans."""
    points = [[point for point in item["outcomes"] if point["kept"] and not point["with_target"]] for item in items]
    return shown(ratio_of_sums(points, lambda some: sum(point["loss_weighed"] - point["loss_without"] for point in some), len, math.exp), 2)
