"""Figures with 95 % intervals, bootstrap over documents, and tables of them."""
import math

import numpy

RESAMPLES = 2000  # of the documents, for the intervals
SEED = 1


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
