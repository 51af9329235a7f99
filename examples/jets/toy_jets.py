"""Toy jets: sprays of particles as a proton collider sees them, from five origins, described by 16 numbers each.
Simple enough for one page and rich enough that no straight line separates the classes; not physics to rely on."""
import numpy as np

CLASSES = ("gluon", "quark", "W", "Z", "top")
FEATURES = ("mass", "multiplicity", "sum z log z", "C1 (b=0)", "C1 (b=1)", "C1 (b=2)", "girth", "LHA", "pT D",
            "leading z", "second z", "third z", "tau1", "tau2/tau1", "tau3/tau2", "eccentricity")
PARTICLES = 24          # slots per jet; most jets use fewer
STEP = 2.0**-8          # features come from a digitizer: multiples of this in [-8, 8)


def _prongs(rng, label, pt):
    """Momentum fractions [n, 3] and positions [n, 3, 2] of up to three hard prongs; masses in GeV."""
    n = len(label)
    two_body = lambda mass, z: mass / (pt * np.sqrt(z * (1 - z)))
    turn = lambda: np.stack([np.cos(a := rng.uniform(0, 2 * np.pi, n)), np.sin(a)], axis=-1)
    z = np.where(label < 2, rng.uniform(0.04, 0.5, n), rng.uniform(0.15, 0.85, n))
    z = np.where(label == 4, rng.uniform(0.5, 0.8, n), z)
    falling = 30 + rng.exponential(np.where(label == 0, 45, 35))
    mass = np.choose(label, [falling, falling, rng.normal(80.4, 4, n), rng.normal(91.2, 5, n), rng.normal(173, 8, n)])
    splits = (label >= 2) | (rng.random(n) < np.where(label == 0, 0.7, 0.5))
    z = np.where(splits, z, 1)
    apart = np.where(splits, two_body(mass, np.clip(z, 0.02, 0.98)), 0)[:, None] * turn()
    first, second = (1 - z)[:, None] * apart, -z[:, None] * apart
    # in top decays the first prong is a W, which decays again; sometimes too narrowly to tell
    again = np.where(label == 4, rng.uniform(0.2, 0.8, n), 1)
    inner = np.where(label == 4, two_body(80.4, again.clip(0.2, 0.8)) / z.clip(0.5), 0)[:, None] * turn()
    fractions = np.stack([z * again, 1 - z, z * (1 - again)], axis=1)
    positions = np.stack([first + (1 - again)[:, None] * inner, second, first - again[:, None] * inner], axis=1)
    return fractions, positions


def _particles(rng, label, pt):
    """Momentum fractions [n, P], summing to one, and positions [n, P, 2] relative to the jet axis."""
    n = len(label)
    fractions, positions = _prongs(rng, label, pt)
    count = rng.poisson(np.choose(label, [15, 10.5, 12, 12.3, 16])).clip(4, PARTICLES)
    alive = np.arange(PARTICLES) < count[:, None]
    share = np.cumsum(fractions**0.6 / (fractions**0.6).sum(axis=1, keepdims=True), axis=1)
    prong = (rng.random((n, PARTICLES, 1)) > share[:, None, :2]).sum(axis=-1)
    prong[:, 0] = 0
    energy = rng.gamma(np.where(label == 0, 0.7, 0.5)[:, None], 1, (n, PARTICLES)) * alive + 1e-6
    per_prong = np.stack([(energy * (prong == p)).sum(axis=1) for p in range(3)], axis=1) + 1e-9
    hardness = energy / np.take_along_axis(per_prong, prong, axis=1)
    z = hardness * np.take_along_axis(fractions, prong, axis=1) * alive
    spread = np.choose(label, [0.11, 0.07, 0.05, 0.05, 0.055])[:, None]
    radius = spread * np.exp(0.9 * rng.normal(size=z.shape)) / (1 + 15 * hardness)
    angle = rng.uniform(0, 2 * np.pi, z.shape)
    place = np.take_along_axis(positions, prong[..., None], axis=1)
    place = place + (radius * np.stack([np.cos(angle), np.sin(angle)])).transpose(1, 2, 0)
    place += 0.004 * rng.normal(size=place.shape)                       # the detector's resolution
    z = z * (1 + 0.05 * rng.normal(size=z.shape)).clip(0.5)
    return z / z.sum(axis=1, keepdims=True), place


def _features(z, place, pt):
    """The 16 numbers of each jet, on their natural scales."""
    axis = (z[..., None] * place).sum(axis=1, keepdims=True)
    offset = place - axis
    theta = np.sqrt((offset**2).sum(axis=-1))
    apart = np.sqrt(((place[:, :, None] - place[:, None]) ** 2).sum(axis=-1))
    pair = z[:, :, None] * z[:, None] / 2
    pair_sum = lambda power: (pair * apart**power).sum(axis=(1, 2))
    off_diagonal = pair_sum(0) - (z**2).sum(axis=1) / 2
    ordered = np.sort(z, axis=1)[:, ::-1]

    rows = np.arange(len(z))
    nearest = np.full(z.shape, 10.0)
    tau, pick = [], z.argmax(axis=1)
    for _ in range(3):                                                  # axes at particles, one after the other
        nearest = np.minimum(nearest, apart[rows, pick])
        tau.append((z * nearest).sum(axis=1) + 1e-4)
        pick = (z * nearest).argmax(axis=1)

    xx, yy, xy = ((z * a * b).sum(axis=1) for a, b in
                  ((offset[..., 0], offset[..., 0]), (offset[..., 1], offset[..., 1]),
                   (offset[..., 0], offset[..., 1])))
    eccentricity = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / (xx + yy + 1e-9)
    log = lambda value: np.log(value + 1e-5)
    return np.stack([pt * np.sqrt(pair_sum(2)), (z > 0.002).sum(axis=1), (z * np.log(z + 1e-9)).sum(axis=1),
                     off_diagonal, log(pair_sum(1)), log(pair_sum(2)), log((z * theta).sum(axis=1)),
                     (z * np.sqrt(theta)).sum(axis=1), np.sqrt((z**2).sum(axis=1)),
                     ordered[:, 0], ordered[:, 1], ordered[:, 2], log(tau[0]), tau[1] / tau[0], tau[2] / tau[1], eccentricity], axis=1)


def make_jets(rng, n, chunk=5000):
    """n jets: features [n, 16], and labels [n], indices into CLASSES."""
    labels = rng.integers(0, len(CLASSES), n)
    parts = []
    for start in range(0, n, chunk):
        label = labels[start:start + chunk]
        pt = 1000 * (1 + 0.08 * rng.normal(size=len(label)))
        parts.append(_features(*_particles(rng, label, pt), pt))
    return np.concatenate(parts), labels


def digitize(features, mean, deviation):
    """Standardized, and rounded and clipped as a digitizer does: exact multiples of STEP."""
    return np.clip(np.round((features - mean) / deviation / STEP) * STEP, -8, 8 - STEP)
