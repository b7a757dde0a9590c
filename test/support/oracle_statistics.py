"""The oracle's arithmetic: exact sums (math.fsum, Fraction where that is not enough), and how near a result must be."""
import math
from fractions import Fraction

_RELATIVE = 1e-9


def statistic(function, values, times):
    """The exact value of an aggregate over a field's values; for first and last the list of values that may stand
    there (several readings may share the time); None where it is not defined."""
    if function == "count":
        return len(values)
    if function == "min":
        return min(values)
    if function == "max":
        return max(values)
    if function in ("first", "last"):
        edge = min(times) if function == "first" else max(times)
        return [value for value, time in zip(values, times) if time == edge]
    count = len(values)
    if function == "sum":
        return math.fsum(values)
    if function == "mean":
        return math.fsum(values) / count
    if function.endswith("_samp") and count < 2:
        return None
    variance = _squares(values) / (count - 1 if function.endswith("_samp") else count)
    return math.sqrt(variance) if function.startswith("stddev") else variance


def _squares(values):
    """The sum of squared differences from the mean. The mean's own rounding is taken back (two-pass, corrected)."""
    mean = math.fsum(values) / len(values)
    differences = [value - mean for value in values]
    rest = math.fsum(differences)
    return max(0.0, math.fsum(d * d for d in differences) - rest * rest / len(values))


def exact(function, values):
    """The same by fractions, for the case that a result and the fast way disagree."""
    numbers = [Fraction(value) for value in values]
    total = sum(numbers)
    if function == "sum":
        return float(total)
    mean = total / len(numbers)
    if function == "mean":
        return float(mean)
    squares = sum((number - mean) ** 2 for number in numbers)
    variance = float(squares / (len(numbers) - 1 if function.endswith("_samp") else len(numbers)))
    return math.sqrt(variance) if function.startswith("stddev") else variance


def agrees(function, want, got, values, rounded):
    """True iff `got` is as it must be. count, min, max, first, last and set_hash are exact; sum, mean, variance and
    standard deviation within 1e-9 relative, or what doubles of that size cannot tell apart. `rounded`: ThingsBoard's
    15 decimals are allowed for on top."""
    if want is None or got is None:
        return want is None and got is None
    if function == "set_hash":
        # ThingsBoard would cast a hash of digits only.
        return str(got) == want or (rounded and want.isdigit() and str(got) == str(int(want)))
    if isinstance(got, bool) or not isinstance(got, (int, float)):
        return False
    if function in ("first", "last"):
        return any(_exactly(one, got, rounded) for one in want)
    if function in ("count", "min", "max"):
        return _exactly(want, got, rounded)
    if not math.isfinite(got):
        return False
    largest = max(map(abs, values))
    slack = 5e-16 if rounded else 0.0
    noise = {"sum": len(values) * largest * 1e-15, "mean": largest * 1e-15}.get(function)
    if noise is None:
        deviation = largest * 1e-15 * max(1, len(values))
        noise = deviation if function.startswith("stddev") else deviation * deviation
    if abs(got - want) <= _RELATIVE * abs(want) + noise + slack:
        return True
    want = exact(function, values)
    return abs(got - want) <= _RELATIVE * abs(want) + noise + slack


def _exactly(want, got, rounded):
    return got == want or (rounded and abs(got - want) <= max(5e-16, 1e-15 * abs(want)))
