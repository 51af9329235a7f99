#!/usr/bin/python3
"""Makes the data of this example: toy jets, and a quantized network that tells their five origins apart.

    /usr/bin/python3 train.py            trains (about a minute) and writes the arrays beside this file
    /usr/bin/python3 train.py --check    recomputes expected.npy from jets.npz and x.npy, in integers

Needs NumPy only. The seed is fixed, but another BLAS may round differently and then lead to other weights, which
are as good: the arrays in the repository, not the training, are the example."""
import argparse
import sys
from pathlib import Path

import numpy as np

from exact import evaluate
from toy_jets import CLASSES, digitize, make_jets

HERE = Path(__file__).resolve().parent
SIZES = (16, 64, 32, 32, 5)
KEEP = (230, 380, 220, 60)   # weights that survive pruning, per layer
WEIGHT_BITS = 4              # magnitude bits of a weight; the step is common to an output
WIDTH = 6                    # bits of an activation before they are trimmed one by one
BIAS_STEP = 2.0**-4
BATCH = 512


def weight_steps(weights):
    """A power of two per output, the smallest that holds its largest weight in WEIGHT_BITS."""
    largest = np.abs(weights).max(axis=0).clip(2.0**-12)
    return np.exp2(np.ceil(np.log2(largest / (2**WEIGHT_BITS - 0.5)))).astype(np.float32)


class Network:
    """Float weights together with the quantizers that the forward pass applies to them and to the activations.
    Gradients pass through the rounding as if it were not there."""

    def __init__(self, rng):
        pairs = list(zip(SIZES, SIZES[1:]))
        self.weights = [(rng.normal(size=pair) * np.sqrt(2 / pair[0])).astype(np.float32) for pair in pairs]
        self.biases = [np.zeros(o, np.float32) for _, o in pairs]
        self.masks = [np.ones(pair, np.float32) for pair in pairs]
        self.formats = None  # per layer: integer bits, fractional bits of its inputs
        parameters = self.weights + self.biases
        self.moments = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
        self.steps = 0

    def kernel(self, layer):
        weights = self.weights[layer] * self.masks[layer]
        if self.formats is None:
            return weights
        step = weight_steps(weights)
        return np.clip(np.round(weights / step), 1 - 2**WEIGHT_BITS, 2**WEIGHT_BITS - 1) * step * self.masks[layer]

    def bias(self, layer):
        return self.biases[layer] if self.formats is None else np.round(self.biases[layer] / BIAS_STEP) * BIAS_STEP

    def quantized(self, layer, values):
        """Truncated like the real thing, but clipped where that would wrap: wrapping has no useful gradient."""
        if self.formats is None:
            return values
        i, f = self.formats[layer]
        top = np.exp2(i)
        low = -top if layer == 0 else np.zeros_like(top)
        live = i + f + (layer == 0) > 0
        return np.where(live, np.floor(np.clip(values, low, top - np.exp2(-f)) * np.exp2(f)) * np.exp2(-f), 0)

    def forward(self, x):
        """Inputs of each layer before and after their quantizer, and the scores."""
        raw, quantized = [x], []
        for layer in range(len(self.weights)):
            quantized.append(self.quantized(layer, raw[-1]).astype(np.float32))
            sums = quantized[-1] @ self.kernel(layer) + self.bias(layer)
            raw.append(np.maximum(sums, 0) if layer + 1 < len(self.weights) else sums)
        return raw, quantized

    def loss(self, x, labels):
        scores = self.forward(x)[0][-1]
        scores = scores - scores.max(axis=1, keepdims=True)
        return float((np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(x)), labels]).mean())

    def train_step(self, x, labels, rate):
        raw, quantized = self.forward(x)
        scores = np.exp(raw[-1] - raw[-1].max(axis=1, keepdims=True))
        gradient = scores / scores.sum(axis=1, keepdims=True)
        gradient[np.arange(len(x)), labels] -= 1
        gradient /= len(x)
        layers = len(self.weights)
        gradients = [None] * (2 * layers)
        for layer in reversed(range(layers)):
            gradients[layer] = quantized[layer].T @ gradient * self.masks[layer] + 2e-5 * np.sign(self.weights[layer])
            gradients[layers + layer] = gradient.sum(axis=0)
            if layer:
                gradient = gradient @ self.kernel(layer).T * (raw[layer] > 0)
                if self.formats is not None:
                    gradient *= raw[layer] < np.exp2(self.formats[layer][0])
        self.adam(gradients, rate)

    def adam(self, gradients, rate):
        self.steps += 1
        for parameter, gradient, (first, second) in zip(self.weights + self.biases, gradients, self.moments):
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient**2 - second)
            correction = np.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps)
            parameter -= rate * correction * first / (np.sqrt(second) + 1e-8)

    def calibrate(self, x):
        """Formats of WIDTH bits whose range just holds what occurs on x."""
        formats = []
        for layer, values in enumerate(self.forward(x)[0][:-1]):
            i = np.ceil(np.log2(np.abs(values).max(axis=0).clip(2.0**-4) * 1.02)).astype(np.float32)
            formats.append((i, WIDTH - (layer == 0) - i))
        self.formats = formats

    def prune(self, share):
        """Drops the smallest weights: `share` of the way from all of them to KEEP."""
        for layer, keep in enumerate(KEEP):
            size = np.abs(self.weights[layer] * self.masks[layer])
            left = round(size.size * (keep / size.size) ** share)
            self.masks[layer] = (size >= np.sort(size, axis=None)[-left]).astype(np.float32)

    def trim(self, x, labels, tolerance):
        """Takes away one fractional bit after the other wherever the loss does not mind."""
        reference, removed = self.loss(x, labels), 0
        for layer, (i, f) in enumerate(self.formats):
            for j in range(len(f)):
                while i[j] + f[j] + (layer == 0) > 0:
                    f[j] -= 1
                    loss = self.loss(x, labels)
                    if loss > reference + tolerance:
                        f[j] += 1
                        break
                    reference, removed = min(reference, loss), removed + 1
        return removed

    def remove_dead(self):
        """Weights behind inputs that are gone, and before outputs that nobody uses."""
        for layer, (i, f) in enumerate(self.formats):
            self.masks[layer][i + f + (layer == 0) <= 0] = 0
        for layer in reversed(range(1, len(self.masks))):
            self.masks[layer - 1][:, ~self.masks[layer].any(axis=1)] = 0

    def arrays(self):
        """What jets.npz holds. A quantizer of width zero is the constant 0."""
        result = {}
        for layer, (i, f) in enumerate(self.formats):
            used = (i + f + (layer == 0) > 0) & self.masks[layer].any(axis=1)
            result[f"i{layer + 1}"] = np.where(used, i, 0).astype(np.int8)
            result[f"f{layer + 1}"] = np.where(used, f, -1 if layer == 0 else 0).astype(np.int8)
            result[f"kernel{layer + 1}"] = self.kernel(layer).astype(np.float32) + 0
            result[f"bias{layer + 1}"] = self.bias(layer).astype(np.float32) + 0
        return result


def fit(network, rng, x, labels, steps, rate, each_step=lambda step: None):
    for step in range(steps):
        pick = rng.integers(0, len(x), BATCH)
        network.train_step(x[pick], labels[pick], rate * (1 - step / steps))
        each_step(step)


def train(rng, x, labels):
    """Float first; then pruned and quantized while training goes on; then trimmed, and once more."""
    network = Network(rng)
    fit(network, rng, x, labels, 2500, 2e-3)
    print(f"float: loss {network.loss(x[:8000], labels[:8000]):.4f}", flush=True)

    def shrink(step):
        if step % 100 == 0:
            network.prune(min(1, step / 4000))
            network.calibrate(x[:8000])
    fit(network, rng, x, labels, 6500, 2e-3, shrink)
    print(f"pruned and quantized: loss {network.loss(x[:8000], labels[:8000]):.4f}", flush=True)

    for tolerance in (3e-4, 3e-4):
        removed = network.trim(x[:4000], labels[:4000], tolerance)
        network.remove_dead()
        fit(network, rng, x, labels, 2000, 1e-3)
        print(f"{removed} bits less: loss {network.loss(x[:8000], labels[:8000]):.4f}", flush=True)
    network.remove_dead()
    return network


def accuracy(scores, labels):
    return (scores.argmax(axis=1) == labels).mean()


def linear_accuracy(x, labels, test, test_labels):
    """What a straight line reaches: least squares on the classes, as a yardstick."""
    extend = lambda a: np.hstack([a, np.ones((len(a), 1))])
    solution = np.linalg.lstsq(extend(x), np.eye(len(CLASSES))[labels], rcond=None)[0]
    return accuracy(extend(test) @ solution, test_labels)


def main():
    rng = np.random.default_rng(2024)
    features, labels = make_jets(rng, 60_000)
    mean, deviation = features[:50_000].mean(axis=0), features[:50_000].std(axis=0)
    x = digitize(features, mean, deviation).astype(np.float32)
    train_x, test_x, train_y, test_y = x[:50_000], x[50_000:], labels[:50_000], labels[50_000:]

    network = train(rng, train_x, train_y)
    # the range of each activation: what occurs in training, so that wrapping is rare elsewhere
    for layer, values in enumerate(network.forward(train_x)[0][:-1]):
        i, _ = network.formats[layer]
        i[:] = np.maximum(i, np.floor(np.log2(np.abs(values).max(axis=0).clip(2.0**-8))) + 1)
    arrays = network.arrays()
    scores, wrapped = evaluate(arrays, test_x)

    kernels = [arrays[f"kernel{layer}"] for layer in range(1, 5)]
    print(f"weights other than zero: {sum(int(np.count_nonzero(kernel)) for kernel in kernels)}")
    print(f"test accuracy: {accuracy(scores, test_y):.4f} on {len(test_y)} jets, {wrapped} values wrapped; "
          f"linear: {linear_accuracy(train_x, train_y, test_x, test_y):.4f}")
    np.savez_compressed(HERE / "jets.npz", **arrays)
    np.save(HERE / "x.npy", test_x[:512])
    np.save(HERE / "labels.npy", test_y[:512].astype(np.uint8))
    np.save(HERE / "expected.npy", scores[:512])
    return 0


def check():
    arrays, x, labels, expected = (np.load(HERE / file) for file in ("jets.npz", "x.npy", "labels.npy", "expected.npy"))
    scores, wrapped = evaluate(arrays, x)
    same = np.array_equal(scores, expected)
    print(f"expected.npy {'agrees' if same else 'DIFFERS'}; {accuracy(scores, labels):.1%} of {len(x)} jets right, "
          f"{wrapped} values wrapped")
    return 0 if same else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only recompute expected.npy")
    sys.exit(check() if parser.parse_args().check else main())
