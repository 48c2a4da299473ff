"""Plots, beside the table."""
import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "memllm"  # the same plot is the same file
from matplotlib import pyplot  # noqa: E402

from .intervals import mean_perplexity  # noqa: E402


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
