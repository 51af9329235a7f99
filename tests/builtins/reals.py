"""Real functions from their series, in fractions: nothing of the compiler's arithmetic is used. Errors are below 2^-150."""
from fractions import Fraction
from math import isqrt

ENOUGH = Fraction(1, 2**200)


def trimmed(x):
    """Near enough, with a small denominator, so that series stay fast."""
    return Fraction(round(x * 2**220), 2**220)


def series(term, ratio):
    """term · (1 + ratio(1) + ratio(1) · ratio(2) + …)"""
    total, n = term, 0
    while abs(term) > ENOUGH:
        n += 1
        term = trimmed(term * ratio(n))
        total += term
    return total


def exp(x):
    return series(Fraction(1), lambda n: x / n) if abs(x) <= 1 else trimmed(exp(x / 2)**2)


def sin(x):
    return series(x, lambda n: -x * x / (2 * n * (2 * n + 1))) if x else x


def cos(x):
    return series(Fraction(1), lambda n: -x * x / (2 * n * (2 * n - 1)))


def atan(x):
    if abs(x) > Fraction(1, 2):  # atan x = 2 atan(x / (1 + sqrt(1 + x²)))
        return 2 * atan(trimmed(x / (1 + sqrt(1 + x * x))))
    return series(x, lambda n: -x * x * (2 * n - 1) / (2 * n + 1)) if x else x


def sqrt(x):
    return Fraction(isqrt(int(x * 2**480)), 2**240)


PI = 16 * atan(Fraction(1, 5)) - 4 * atan(Fraction(1, 239))


def log(x):
    if x > 2:
        return log(x / 2) + log(Fraction(2))
    if x < 1:
        return -log(1 / x)
    y = (x - 1) / (x + 1)
    return series(2 * y, lambda n: y * y * (2 * n - 1) / (2 * n + 1)) if y else y


def power(a, b):
    return a**int(b) if b == int(b) else exp(b * log(a))


def asin(x):
    return atan(trimmed(x / sqrt(1 - x * x))) if abs(x) < 1 else x * PI / 2


def atan2(y, x):
    if x > 0:
        return atan(y / x)
    if x < 0:
        return atan(y / x) + (PI if y >= 0 else -PI)
    return PI / 2 if y > 0 else -PI / 2


def erf(x):
    return 2 / sqrt(PI) * series(x, lambda n: -x * x * (2 * n - 1) / (n * (2 * n + 1))) if x else x


#: Each with arguments that meet all its quadrants, signs and sizes.
FUNCTIONS = {
    "exp": (exp, ["-3", "-1/4", "1/2", "2", "5"]),
    "exp2": (lambda x: power(Fraction(2), x), ["-3/2", "1/4", "3", "11/2"]),
    "log": (log, ["1/8", "3/4", "3", "20"]),
    "log2": (lambda x: log(x) / log(Fraction(2)), ["1/8", "3/4", "3", "20"]),
    "sqrt": (sqrt, ["1/2", "2", "10", "49/4"]),
    "sin": (sin, ["-5", "-1", "1/4", "2", "7"]),
    "cos": (cos, ["-5", "-1", "1/4", "2", "7"]),
    "tan": (lambda x: sin(x) / cos(x), ["-5", "-1", "1/4", "2"]),
    "asin": (asin, ["-1", "-3/4", "1/4", "1"]),
    "acos": (lambda x: PI / 2 - asin(x), ["-1", "-3/4", "1/4", "1"]),
    "atan": (atan, ["-5", "-1/2", "1", "8"]),
    "sinh": (lambda x: (exp(x) - exp(-x)) / 2, ["-2", "1/4", "3"]),
    "cosh": (lambda x: (exp(x) + exp(-x)) / 2, ["-2", "1/4", "3"]),
    "tanh": (lambda x: 1 - 2 / (exp(2 * x) + 1), ["-2", "1/4", "3"]),
    "sigmoid": (lambda x: 1 / (1 + exp(-x)), ["-2", "1/4", "3"]),
    "erf": (erf, ["-2", "-1/4", "1/2", "3/2"]),
    "pow": (power, [("2", "1/2"), ("-3", "3"), ("5/2", "-3/2"), ("3", "-2")]),
    "atan2": (atan2, [("1", "2"), ("1", "-2"), ("-1", "-2"), ("-1", "2"), ("3", "0"), ("-3", "0"), ("0", "-1")]),
}


def cases():
    """(name, expression, value): to be compared as multiples of 2^-100."""
    yield "pi", "pi", PI
    yield "e", "e", exp(Fraction(1))
    for name, (function, points) in FUNCTIONS.items():
        for point in points:
            arguments = [Fraction(text) for text in ([point] if isinstance(point, str) else point)]
            written = ", ".join(f"{x.numerator} / {x.denominator}" for x in arguments)
            yield name, f"{name}({written})", function(*arguments)
