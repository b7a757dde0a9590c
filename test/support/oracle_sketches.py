"""The oracle's arithmetic for what depends on the order or the multitude of values: quantiles, distinct counts, counters,
the time-weighted mean. The exact values, and how far a result of the service may be from them."""
import math
from fractions import Fraction

EXACT_QUANTILE, EXACT_DISTINCT, MOST_VALUES = 256, 1024, 1024


def percentile(word):
    """0.95 of p95, 0.999 of p99_9, 0.5 of median; None of anything else."""
    if word == "median":
        return Fraction(1, 2)
    if word[:1] != "p" or not word[1:].replace("_", "", 1).isdigit():
        return None
    return Fraction(word[1:].replace("_", ".")) / 100


def quantile_bounds(values, q):
    """(low, high) between which the q-quantile of the values may be reported."""
    ordered = sorted(Fraction(value) for value in values)
    rank = q * (len(ordered) - 1)
    below, part = int(rank), rank - int(rank)
    above = min(below + 1, len(ordered) - 1)
    a, b = ordered[below], ordered[above]
    if len(ordered) <= EXACT_QUANTILE:
        exact = a + part * (b - a)
        slack = max(abs(a), abs(b)) / 10**12
        return exact - slack, exact + slack
    # Each neighbour is within 1 %, or is zero below 1e-9; the values span fewer powers of two than the bins hold.
    return (a - abs(a) / 100 - Fraction(1, 10**9), b + abs(b) / 100 + Fraction(1, 10**9)) if part else (
        a - abs(a) / 100 - Fraction(1, 10**9), a + abs(a) / 100 + Fraction(1, 10**9))


def distinct(values):
    """How many different values; equal numbers are one, true and 1 are two."""
    return len({(isinstance(value, bool), isinstance(value, str), value) for value in values})


def in_time(samples):
    """[(time, order, value)] sorted, thinned as the service states it: above 1024 the last of each cell of 2^k ms and
    the first of all."""
    ordered = sorted(samples, key=lambda sample: sample[:2])
    cells, kept = 0, ordered
    while len(kept) > MOST_VALUES:
        last = {}
        for sample in ordered:
            last[sample[0] >> cells] = sample
        kept, cells = list(last.values()), cells + 1
    return kept if kept[0] is ordered[0] else [ordered[0], *kept]


def delta(samples):
    ordered = in_time(samples)
    if len(ordered) < 2:
        return None
    total = Fraction(0)
    for before, after in zip(ordered, ordered[1:]):
        a, b = Fraction(before[2]), Fraction(after[2])
        total += b if b < a else b - a
    return total


def rate(samples):
    ordered = in_time(samples)
    span = ordered[-1][0] - ordered[0][0]
    return delta(samples) * 1000 / span if span > 0 else None


def time_weighted_mean(samples, end):
    ordered = in_time(samples)
    span = end - ordered[0][0]
    if span <= 0:
        return Fraction(ordered[-1][2])
    until = [sample[0] for sample in ordered[1:]] + [end]
    return sum(Fraction(sample[2]) * (then - sample[0]) for sample, then in zip(ordered, until)) / span


def sketch_agrees(function, samples, got, end):
    """Whether `got` may be reported for the function of [(time, order, value)]; None where it is none of these."""
    values = [sample[2] for sample in samples]
    q = percentile(function)
    if q is not None:
        low, high = quantile_bounds(values, q)
        return isinstance(got, (int, float)) and low <= Fraction(got) <= high
    if function == "distinct":
        want = distinct(values)
        slack = 0 if want <= EXACT_DISTINCT else 5 * 0.0081 * want
        return isinstance(got, int) and abs(got - want) <= slack
    if function in ("delta", "rate", "twm"):
        want = {"delta": delta, "rate": rate}[function](samples) if function != "twm" else time_weighted_mean(samples, end)
        if want is None or got is None:
            return want is None and got is None
        noise = max(abs(Fraction(value)) for value in values) * len(values) / 10**15
        return math.isfinite(got) and abs(Fraction(got) - want) <= abs(want) / 10**9 + noise
    return None
