"""Fixed-point numbers for the references, in float64 (exact for the small numbers of these tests)."""
import numpy as np


def quantize(x, k, i, f, overflow="wrap", rounding="trn"):
    """The language's `quantize`, for the modes that the tests use."""
    n = np.asarray(x, float) * 2.0**f
    n = {"trn": np.floor, "rnd": lambda v: np.floor(v + 0.5), "rnd_conv": np.rint}[rounding](n)
    low, high = -k * 2.0**(i + f), 2.0**(i + f) - 1
    if overflow == "sat":
        n = np.clip(n, low, high)
    else:
        n = (n - low) % 2.0**(k + i + f) + low
    return n * 2.0**-f


def number_pattern(shape, factor=7, modulus=11, offset=5):
    """The constants of the programs: (position * factor) mod modulus - offset."""
    n = np.arange(int(np.prod(shape)))
    return ((n * factor) % modulus - offset).reshape(shape).astype(float)


def integers(random, k, i, shape, f=0):
    """Random numbers of a format."""
    return random.integers(-k * 2**(i + f), 2**(i + f), shape) * 2.0**-f


def nearest(value, f):
    """Real numbers rounded to multiples of 2^-f, ties to even; float64 must be good enough to decide."""
    scaled = np.asarray(value, float) * 2.0**f
    distance = np.abs(scaled - np.floor(scaled) - 0.5)
    assert ((distance > 1e-9) | (distance == 0)).all()
    return np.rint(scaled) * 2.0**-f
