"""The measures in short, of which README shows some, beside the paper's."""
from .answers import edit_runs, edit_shares, question_runs, question_share, standing_edits
from .intervals import f1, mean_perplexity, ratio_of_sums, relative_change, shown, table
from .ladder import (GOLD_P, OFF, OWN_F, OWN_P, RETRIEVAL, VERY_SENTENCE, gap_closed, ladder_results, with_call_cost,
                     wrong_against_off)
from .writing import writing_runs


def headline_section(runs, facts, edits):
    """The measures in short, of which README shows some, beside the paper's (arXiv 2404.11672) where it has them."""
    items_of, results = ladder_results(runs, facts)
    off = results[OFF]
    target = lambda name: shown(relative_change(results[name], off, "target"), percent=True)
    share = lambda name, kind, key: shown(question_share(runs, facts, name, kind, key), 2)
    # Of the same documents: those that all the baselines have.
    texts = [rung.name for rung in RETRIEVAL if VERY_SENTENCE not in rung.name]
    common = min(len(results[name]) for name in texts)
    best_text = min(texts, key=lambda name: mean_perplexity(results[name][:common], "target")[0])
    compared = len(results[best_text])
    best_asked = max((name for name in question_runs(runs, facts) if name.startswith(("bm25", "vectors"))),
                     key=lambda name: question_share(runs, facts, name, "single_hop", "contains")[0])
    asked = len(runs.documents_run("questions", *question_runs(runs, facts)[best_asked])[1])
    constrained, free = (runs.documents_run("writing", *run)[1] for run in writing_runs(runs))
    well_formed = lambda items: shown(ratio_of_sums(items, lambda i: i["well_formed"], lambda i: i["sentences"]), 3)
    count, memory = edit_runs(runs, edits)[-1]
    edited = runs.edits_run(edits, count, memory)
    average_and_locality = lambda outcomes: "; ".join(edit_shares(outcomes)[place] for place in (3, 2))
    freely = results[OWN_F]
    overall = lambda items: shown(relative_change(items, off, "overall"), percent=True)
    rows = [
        ["TARGET perplexity, own queries, memory written by the model, against memory off: at gold read points (P)", "−14.9 %", target(OWN_P)],
        ["the same where the model decides when to read (F)", "", target(OWN_F)],
        ["share of the logarithm of TARGET from memory off to gold answers (P): own memory; gold memory", "17 %; –",
         f"{gap_closed(results, OWN_P)}; {gap_closed(results, GOLD_P)}"],
        ["OVERALL perplexity, everything own (F), the cost of \"({\" counted; without it", "−1.8 % (P)",
         f"{overall(with_call_cost(freely, items_of[OWN_F]))}; {overall(freely)}"],
        [f"writing F1, {len(constrained)} documents", "", shown(f1(constrained, "correct", "written"))],
        ["well-formed calls: constrained; free", "", f"{well_formed(constrained)}; {well_formed(free)}"],
        [f"ZsRE, {count} edits in sequence: average; locality", ".84; .97",
         average_and_locality(edited["outcomes"])],
        [f"the same of the {len(standing_edits(edited))} that no later edit replaces", "", average_and_locality(standing_edits(edited))],
        ["two-hop questions, both facts in the memory", "", share("gold memory", "two_hop", "contains")],
        ["questions without an answer that get \"not in memory\"", "", share("gold memory", "unanswerable", "not_known")],
        ["single-hop questions with an answer that get it too", "", share("gold memory", "single_hop", "not_known")],
        ["TARGET where the memory answers wrongly, against memory off there (P): own memory; gold memory", "",
         f"{wrong_against_off(items_of[OWN_P])}; {wrong_against_off(items_of[GOLD_P])}"],
        [f"TARGET of {compared} documents, best sentences in the prompt ({best_text}); own memory; gold memory", "",
         "; ".join(shown(mean_perplexity(results[name][:compared], "target"), 2) for name in (best_text, OWN_P, GOLD_P))],
        [f"single-hop questions of {asked} documents, best sentences in the prompt ({best_asked}); own memory; gold memory", "",
         "; ".join(shown(question_share(runs, facts, name, "single_hop", "contains", asked), 2)
                   for name in (best_asked, "own memory", "gold memory"))],
    ]
    return f"## In short\n{len(off)} documents where no other number stands.\n\n" + table(["measure", "paper, 7B model", "here"], rows)
