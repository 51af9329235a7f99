"""Formats and quantization, in fractions, by their definition in docs/numerics.md."""
import math
from fractions import Fraction

HALF = Fraction(1, 2)


def ties(choose):
    """To nearest; `choose` says which of floor and floor + 1 a tie goes to."""
    def rounded(x):
        below = math.floor(x)
        rest = x - below
        return below if rest < HALF else below + 1 if rest > HALF else choose(x, below)
    return rounded


ROUND = {
    "trn": math.floor,
    "trn_zero": math.trunc,
    "rnd": ties(lambda x, below: below + 1),
    "rnd_min_inf": ties(lambda x, below: below),
    "rnd_conv": ties(lambda x, below: below + below % 2),
    "rnd_zero": ties(lambda x, below: below if x > 0 else below + 1),
    "rnd_inf": ties(lambda x, below: below + 1 if x > 0 else below),
}
OVERFLOW = ("wrap", "sat", "sat_sym", "sat_zero")


def quantize(x, k, i, f, rounding="trn", overflow="wrap"):
    n = ROUND[rounding](Fraction(x) * Fraction(2)**f)
    low, high = -k * 2**(i + f), 2**(i + f) - 1
    if overflow == "wrap":
        n = (n - low) % (high - low + 1) + low
    elif overflow == "sat_sym" and k:
        n = max(-high, min(high, n))
    elif overflow == "sat_zero":
        n = n if low <= n <= high else 0
    else:
        n = max(low, min(high, n))
    return float(Fraction(n) / Fraction(2)**f)
