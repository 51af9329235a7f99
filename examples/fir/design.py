#!/usr/bin/python3
"""Designs the filter of this example and writes its arrays: taps.npy, and x.npy with expected.npy, computed here in
plain integers. Prints the taps and how well they filter."""
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
TAPS, BLOCK = 15, 4
CUTOFF = 0.125        # of the sampling rate
FRACTION = 9          # a tap is an integer times 2^-9
BITS = 12             # samples, in and out


def windowed_sinc():
    """The ideal low-pass filter, cut off by a Hamming window, with gain 1 for a constant; rounded."""
    n = np.arange(TAPS) - (TAPS - 1) / 2
    ideal = 2 * CUTOFF * np.sinc(2 * CUTOFF * n) * np.hamming(TAPS)
    return np.round(ideal / ideal.sum() * 2**FRACTION).astype(int)


def toeplitz(taps):
    """[window, block]: column j holds the taps from row j on."""
    matrix = np.zeros((TAPS + BLOCK - 1, BLOCK), int)
    for j in range(BLOCK):
        matrix[j:j + TAPS, j] = taps
    return matrix


def signal(rng, n):
    """A slow tone that should pass, a fast one that should not, noise; and at the end a square wave that clips."""
    t = np.arange(n)
    tones = 1000 * np.sin(2 * np.pi * 0.03 * t) + 700 * np.sin(2 * np.pi * 0.37 * t) + 60 * rng.normal(size=n)
    square = np.where(t // 20 % 2 == 0, 2047, -2048)
    return np.where(t < 3 * n // 4, np.round(tones), square).astype(np.int16)


def main():
    taps = windowed_sinc()
    response = lambda frequency: 20 * np.log10(abs(np.sum(taps * np.exp(-2j * np.pi * frequency * np.arange(TAPS))))
                                               / 2**FRACTION)
    print("taps:", *taps)
    print(f"gain: {response(0.03):.1f} dB at 0.03, {response(0.37):.1f} dB at 0.37 of the sampling rate")

    samples = signal(np.random.default_rng(15), 1024 + TAPS - 1)
    windows = np.lib.stride_tricks.sliding_window_view(samples, TAPS + BLOCK - 1)[::BLOCK].astype(np.int16)
    sums = np.stack([np.convolve(window, taps, "valid") for window in windows.astype(np.int64)])
    rounded = (sums + (1 << (FRACTION - 1))) >> FRACTION
    np.save(HERE / "taps.npy", toeplitz(taps).astype(np.int16))
    np.save(HERE / "x.npy", windows)
    np.save(HERE / "expected.npy", np.clip(rounded, -2**(BITS - 1), 2**(BITS - 1) - 1).astype(np.float64))


if __name__ == "__main__":
    main()
