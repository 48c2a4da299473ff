"""Questions about the documents, and edits."""
import json

from .intervals import ratio_of_sums, shown, table
from .runs import GOLD, ROOT, TEST_EDITS, WRITTEN

EDIT_RELATIONS = [ROOT / "tools/zsre_relations.tsv", ROOT / "tools/zsre_test_relations.tsv"]  # of the edits for training, for the test


def question_runs(runs, facts):
    """By name: the flags of a run, and how many documents it has."""
    asking = {"gold memory": (["--memory", GOLD], runs.limit), "own memory": (["--memory", WRITTEN, "--facts", str(facts)], runs.limit)}
    asking.update({f"{how}, top {top}": (["--memory", "off", "--retrieve", how, "--top", str(top)], runs.rest_limit)
                   for how in ("bm25", "vectors") for top in (1, 3, 5)})
    asking["the labels' sentences, top 3"] = (["--memory", "off", "--retrieve", "evidence", "--top", "3"], runs.rest_limit)
    asking["no memory: guesses"] = (["--memory", "off"], runs.rest_limit)
    return asking


def question_share(runs, facts, name, kind, key, documents=None):
    """Of the questions of a kind (of so many documents): a count of the log, or "not_known", those that are not answered from the memory."""
    counts = [item["counts"][kind] for item in runs.documents_run("questions", *question_runs(runs, facts)[name])[1]][:documents]
    return ratio_of_sums(counts, lambda c: c["asked"] - c["from_memory"] if key == "not_known" else c[key], lambda c: c["asked"])


def questions_section(runs, facts):
    rows = []
    for name, run in question_runs(runs, facts).items():
        items = runs.documents_run("questions", *run)[1]
        for kind in ("single_hop", "two_hop", "unanswerable"):
            share = lambda key, name=name, kind=kind: shown(question_share(runs, facts, name, kind, key), 2)
            answers = ["–"] * 3 if kind == "unanswerable" else [share("exact"), share("f1_sum"), share("contains")]
            asked = sum(item["counts"][kind]["asked"] for item in items)
            rows.append([f"{name}, {kind.replace('_', ' ')}", str(len(items)), str(asked), *answers, share("not_known")])
    return ("## Questions\nAsked of one memory of all the documents; \"not in memory\" counts as wrong where there is an answer.\n\n"
            + table(["", "documents", "asked", "exact", "F1", "contains", "\"not in memory\""], rows))


def edits_with_relations(runs, edits):
    """A copy of the file in which the edits have their relations, which the gold facts need."""
    with_relations, out = json.loads(edits.read_text("utf-8")), runs.work / "edits.json"
    for line in "".join(file.read_text("utf-8") for file in EDIT_RELATIONS).splitlines():
        if not line.startswith("#"):
            number, relation = line.split("\t")
            with_relations[int(number)]["relation"] = relation
    out.write_text(json.dumps(with_relations), "utf-8")
    return out


def edit_runs(runs, edits):
    """Of every run the number of edits and what the memory holds; the last with written facts has all the edits."""
    counts = edit_counts(runs, edits)
    return [(counts[-1], GOLD)] + [(count, WRITTEN) for count in counts]


def edit_counts(runs, edits):
    available = len(json.loads(edits.read_text("utf-8"))) - TEST_EDITS
    most = min(runs.edit_limit or available, available)
    return [count for count in (10, 100) if count < most] + [most]


def standing_edits(result):
    """The outcomes of the edits that no later one replaces."""
    return [edit for edit in result["outcomes"] if not edit["superseded"]]


def edit_shares(outcomes):
    """The shares of edits that are reliable, general, local, all three on average, and as local to the base model; intervals over the edits."""
    shares = [ratio_of_sums(outcomes, lambda edit, keys=keys: sum(edit[key] for key in keys), lambda _, keys=keys: len(keys))
              for keys in (["reliable"], ["general"], ["local"], ["reliable", "general", "local"], ["as_base"])]
    return [shown(share) for share in shares]


def editing_section(runs, edits):
    rows = []
    for count, memory in edit_runs(runs, edits):
        result = runs.edits_run(edits, count, memory)
        rows.append([f"{count}, {memory} facts", *edit_shares(result["outcomes"]),
                     *(str(result[key]) for key in ("not_written", "superseded", "not_retrieved", "not_used"))])
        standing = standing_edits(result)
        rows.append([f"of these, {len(standing)} that no later one replaces", *edit_shares(standing), *[""] * 4])
    return ("## Editing\nZsRE, the last 350 edits, in sequence. The data ask for some things several times, with different answers (\"Who was X's "
            "mother?\", \"Which lady was X born to?\"): the later edit replaces the earlier, which counts as a failure. Locality: the answer to an unrelated "
            "question is the same as with an empty memory, or the base model's without adapters. Gold facts: subject and answer as the data have them, "
            "the relation as a reader named it (tools/zsre_test_relations.tsv).\n\n"
            + table(["edits", "reliability", "generality", "locality", "average", "locality to the base model", "not written",
                     "replaced by a later edit", "not retrieved", "not used"], rows))
