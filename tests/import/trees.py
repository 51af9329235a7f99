#!/usr/bin/python3
"""Trees of XGBoost, LightGBM and conifer, in files that the test writes itself, against a walk in NumPy.

    trees.py --dal build/dal"""
import json
import struct
import sys

import numpy as np

sys.dont_write_bytecode = True

from import_case import SHARED, ImportCase, main  # noqa: E402

FEATURES = 4


def random_tree(random, depth, threshold, value, width=None):
    """Nested: a leaf is its value; an inner node (feature, threshold, left, right)."""
    if depth == 0 or random.random() < 0.2:
        return [value() for _ in range(width)] if width else value()
    children = [random_tree(random, depth - 1, threshold, value, width) for _ in range(2)]
    return (int(random.integers(0, FEATURES)), threshold(), *children)


def walk(tree, x, strict):
    while isinstance(tree, tuple):
        feature, threshold, left, right = tree
        goes_left = x[feature] < threshold if strict else x[feature] <= threshold
        tree = left if goes_left else right
    return tree


def sums(trees, outputs, x, strict):
    """`trees`: pairs of an output and a tree."""
    y = np.zeros((len(x), outputs))
    for output, tree in trees:
        for row, sample in enumerate(x):
            y[row, output] += walk(tree, sample, strict)
    return y


def thresholds_of(tree, found):
    if isinstance(tree, tuple):
        found.append(tree[:2])
        thresholds_of(tree[2], found)
        thresholds_of(tree[3], found)
    return found


def samples(random, trees, dtype):
    """Random ones; thresholds, and the numbers beside them; and far away ones."""
    x = [random.normal(size=(60, FEATURES)).astype(dtype)]
    for _, tree in trees:
        for feature, threshold in thresholds_of(tree, []):
            near = dtype(threshold)
            for value in (near, np.nextafter(near, dtype(np.inf)), np.nextafter(near, dtype(-np.inf))):
                if 0 < abs(value) < 2.0**-149:
                    value = np.copysign(2.0**-149, value)
                row = random.normal(size=FEATURES).astype(dtype)
                row[feature] = value
                x.append(row[None])
    x += [np.full((1, FEATURES), value, dtype) for value in (0, 1e6, -1e6)]
    return np.concatenate(x)


def numbered(tree):
    """Nodes in the order of levels: (feature, threshold, left, right) or the value of a leaf."""
    queue, nodes = [tree], []
    while len(nodes) < len(queue):
        node = queue[len(nodes)]
        if isinstance(node, tuple):
            queue += node[2:]
            node = (*node[:2], len(queue) - 2, len(queue) - 1)
        nodes.append(node)
    return nodes


def xgboost_tree(tree, width=None):
    nodes = numbered(tree)
    inner = [isinstance(node, tuple) for node in nodes]
    leaves = [node for node, is_inner in zip(nodes, inner) if not is_inner]
    position = iter(range(len(leaves)))
    result = {
        "left_children": [n[2] if i else -1 for n, i in zip(nodes, inner)],
        "right_children": [n[3] if i else (next(position) if width else -1) for n, i in zip(nodes, inner)],
        "split_indices": [n[0] if i else 0 for n, i in zip(nodes, inner)],
        "split_conditions": [float(n[1]) if i else (0.0 if width else float(n)) for n, i in zip(nodes, inner)],
        "split_type": [0] * len(nodes), "default_left": [0] * len(nodes), "categories": [],
        "tree_param": {"num_nodes": str(len(nodes)), "size_leaf_vector": str(width or 1)},
    }
    if width:
        result["leaf_weights"] = [float(value) for leaf in leaves for value in leaf]
    return result


def xgboost_model(trees, base="[0E0]", objective="reg:squarederror", classes=0, targets=1, width=None, **booster):
    model = {"trees": [xgboost_tree(tree, width) for _, tree in trees], "tree_info": [output for output, _ in trees],
             "gbtree_model_param": {"num_trees": str(len(trees)), "num_parallel_tree": "1"}}
    gradient = {"name": "gbtree", "model": model}
    if booster:
        gradient = {"name": "dart", "gbtree": {"name": "gbtree", "model": model}, **booster}
    return {"learner": {"attributes": {}, "feature_names": [], "gradient_booster": gradient,
                        "learner_model_param": {"base_score": base, "num_class": str(classes),
                                                "num_feature": str(FEATURES), "num_target": str(targets)},
                        "objective": {"name": objective}}, "version": [3, 1, 0]}


def ubjson(value):
    """Typed arrays of float32 and int32 where all items are of one kind, as XGBoost writes them."""
    if isinstance(value, bool):
        return b"T" if value else b"F"
    if isinstance(value, int):
        return b"L" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"d" + struct.pack(">f", value)
    if isinstance(value, str):
        return b"S" + text(value)
    if isinstance(value, dict):
        return b"{" + b"".join(text(name) + ubjson(item) for name, item in value.items()) + b"}"
    for kind, mark, form in ((float, b"d", ">f"), (int, b"l", ">i")):
        if value and all(type(item) is kind for item in value):  # pylint: disable=unidiomatic-typecheck
            count = b"L" + struct.pack(">q", len(value))
            return b"[$" + mark + b"#" + count + b"".join(struct.pack(form, item) for item in value)
    return b"[" + b"".join(map(ubjson, value)) + b"]"


def text(name):
    return b"L" + struct.pack(">q", len(name.encode())) + name.encode()


def lightgbm_tree(number, tree, **more):
    nodes = numbered(tree)
    inner = [j for j, node in enumerate(nodes) if isinstance(node, tuple)]
    leaves = [j for j in range(len(nodes)) if j not in inner]
    place = {**{j: k for k, j in enumerate(inner)}, **{j: -1 - k for k, j in enumerate(leaves)}}
    lines = {"num_leaves": len(leaves), "num_cat": 0}
    if inner:
        lines |= {"split_feature": [nodes[j][0] for j in inner], "threshold": [repr(float(nodes[j][1])) for j in inner],
                  "decision_type": [2] * len(inner), "left_child": [place[nodes[j][2]] for j in inner],
                  "right_child": [place[nodes[j][3]] for j in inner]}
    lines |= {"leaf_value": [repr(float(nodes[j])) for j in leaves], "is_linear": 0, "shrinkage": 1, **more}
    spaced = {name: " ".join(map(str, value)) if isinstance(value, list) else value for name, value in lines.items()}
    return f"Tree={number}\n" + "".join(f"{name}={value}\n" for name, value in spaced.items()) + "\n\n"


def lightgbm_model(trees, outputs, header="", **more):
    start = (f"tree\nversion=v4\nnum_class={outputs}\nnum_tree_per_iteration={outputs}\nlabel_index=0\n"
             f"max_feature_idx={FEATURES - 1}\nobjective=regression\n{header}\n")
    return start + "".join(lightgbm_tree(j, tree, **more) for j, (_, tree) in enumerate(trees)) + "end of trees\n\nparameters:\n"


def conifer_model(rounds, base, norm=1, convention="<=", classes=3):
    def tree_of(tree):
        nodes = numbered(tree)
        inner = [isinstance(node, tuple) for node in nodes]
        return {"feature": [n[0] if i else -2 for n, i in zip(nodes, inner)],
                "threshold": [float(n[1]) if i else -2.0 for n, i in zip(nodes, inner)],
                "value": [0.5 if i else float(n) for n, i in zip(nodes, inner)],
                "children_left": [n[2] if i else -1 for n, i in zip(nodes, inner)],
                "children_right": [n[3] if i else -1 for n, i in zip(nodes, inner)],
                "weight": [[int(i and n[0] == f) for f in range(FEATURES)] for n, i in zip(nodes, inner)]}
    return {"n_classes": classes, "n_features": FEATURES, "n_trees": len(rounds), "max_depth": 4, "init_predict": base,
            "norm": norm, "library": "sklearn", "splitting_convention": convention, "feature_map": {},
            "trees": [[tree_of(tree) for tree in trees] for trees in rounds], "metadata": [{"version": "1.11"}]}


class Trees(ImportCase):
    def setUp(self):
        super().setUp()
        self.random = np.random.default_rng(11)

    def trees(self, outputs, rounds, dtype=np.float32, digits=None, width=None, depth=4):
        """Thresholds of any digits, or multiples of 2^-digits; some are 0."""
        def threshold():
            value = self.random.normal() if self.random.random() < 0.9 else 0.0
            return dtype(value if digits is None else np.round(value * 2**digits) / 2**digits)
        def value():
            return dtype(self.random.normal())
        return [(output, random_tree(self.random, depth, threshold, value, width))
                for _ in range(rounds) for output in range(outputs)]

    def test_xgboost_compares_any_float32_as_the_library_does(self):
        for digits in (3, None):
            trees = self.trees(3, 4, digits=digits)
            x = samples(self.random, trees, np.float32)
            base = np.float32([0.25, -1.5, 0.1])
            y = sums(trees, 3, x, True) + base
            model = xgboost_model(trees, "[2.5E-1,-1.5E0,1E-1]", "multi:softprob", classes=3)
            _, program = self.compares("m.json", json.dumps(model), x, y)
            self.assertIn("trees.forest(", program)
            self.assertIn("strict: true", program)
            self.assertLess(len(program.splitlines()), 30)
            self.compares("m.ubj", ubjson(model), x, y)

    def test_xgboost_base_scores_become_margins(self):
        trees = self.trees(1, 2)
        x = samples(self.random, trees, np.float32)
        plain = sums(trees, 1, x, True)[:, 0]
        score = np.float32(0.3)
        margins = {"binary:logistic": -np.log(np.float32(1) / score - np.float32(1)), "count:poisson": np.log(score),
                   "binary:logitraw": score, "reg:squarederror": score}
        for objective, margin in margins.items():
            for base in ("3E-1", "[3E-1]"):
                model = xgboost_model(trees, base, objective)
                self.compares("m.json", json.dumps(model), x, plain + float(margin), tolerance="1e-7")
        self.refuses("m.json", json.dumps(xgboost_model(trees, "3E-1", "mine:own")), "E0704", "mine:own")
        self.compares("m.json", json.dumps(xgboost_model(trees, "0E0", "mine:own")), x, plain)

    def test_xgboost_dart_parallel_trees_and_vector_leaves(self):
        trees = self.trees(2, 3)
        x = samples(self.random, trees, np.float32)
        weights = np.float32(self.random.random(len(trees)))
        y = sum(float(weight) * sums([each], 2, x, True) for weight, each in zip(weights, trees))
        model = xgboost_model(trees, "[0E0]", "multi:softmax", classes=2, weight_drop=[float(w) for w in weights])
        self.compares("dart.json", json.dumps(model), x, y)
        trees = [(output, self.trees(1, 1)[0][1]) for output in (0, 0, 1, 1, 0)]  # not as many for each
        x = samples(self.random, trees, np.float32)
        model = xgboost_model(trees, "[0E0]", "multi:softmax", classes=2)
        self.compares("parallel.json", json.dumps(model), x, sums(trees, 2, x, True))
        trees = self.trees(1, 3, width=2)
        x = samples(self.random, trees, np.float32)
        y = np.array([sum(np.array(walk(tree, each, True), float) for _, tree in trees) for each in x])
        self.compares("vectors.json", json.dumps(xgboost_model(trees, "[0E0]", targets=2, width=2)), x, y)

    def test_single_leaves(self):
        trees = [(0, np.float32(0.5)), (0, np.float32(-0.125))]
        x = np.zeros((3, FEATURES), np.float32)
        self.compares("m.json", json.dumps(xgboost_model(trees)), x, np.full(3, 0.375))
        trees = [(0, (0, np.float32(-3), np.float32(0), np.float32(0)))]
        self.compares("m.json", json.dumps(xgboost_model(trees)), x, np.zeros(3))

    def test_gblinear_needs_a_format(self):
        weights = np.float32(self.random.normal(size=(FEATURES + 1, 2)))
        model = xgboost_model([], "[1E0,2E0]", "multi:softprob", classes=2)
        model["learner"]["gradient_booster"] = {"name": "gblinear", "model": {"weights": weights.ravel().tolist()}}
        self.refuses("m.json", json.dumps(model), "E0706", "--input x=")
        x = self.random.integers(-64, 64, (20, FEATURES)) / 16
        y = x @ weights[:-1].astype(float) + weights[-1] + [1, 2]
        self.compares("m.json", json.dumps(model), x, y, "--input", "fixed(1, 3, 4)", tolerance="1e-12")

    def test_lightgbm(self):
        for digits in (2, None):
            trees = self.trees(2, 5, np.float64, digits, depth=6)
            x = samples(self.random, trees, np.float64)
            y = sums(trees, 2, x, False)
            _, program = self.compares("m.txt", lightgbm_model(trees, 2), x, y, tolerance="1e-14")
            self.assertIn("<= threshold", program)
            self.compares("m.txt", lightgbm_model(trees, 2).replace("\n", "\r\n"), x, y, tolerance="1e-14")
        trees = self.trees(1, 3, np.float64)
        x = samples(self.random, trees, np.float64)
        average = lightgbm_model(trees, 1, "average_output\n")
        done, _ = self.compares("rf.txt", average, x, sums(trees, 1, x, False)[:, 0] / 3, tolerance="1e-14")
        self.assertIn("average_output", done.stderr)
        self.refuses("rf.txt", average, "E0705", options=("--bit-exact", "on"))

    def test_conifer(self):
        for convention, digits in (("<", None), ("<=", None), ("<=", 3)):
            trees = self.trees(3, 3, np.float64, digits)
            x = samples(self.random, trees, np.float32)
            rounds = [[tree for _, tree in trees[3 * j:3 * j + 3]] for j in range(3)]
            y = (sums(trees, 3, x, convention == "<") + [0.5, 1.5, -1]) * 0.75
            model = conifer_model(rounds, [0.5, 1.5, -1], 0.75, convention)
            self.compares("m.json", json.dumps(model), x, y, tolerance="1e-14")
        trees = self.trees(1, 3)
        x = samples(self.random, trees, np.float32)
        model = conifer_model([[tree] for _, tree in trees], [0, 0], classes=2)
        self.compares("m.json", json.dumps(model), x, sums(trees, 1, x, False)[:, 0], tolerance="1e-14")

    def test_a_given_format_is_what_inputs_are(self):
        trees = self.trees(1, 3)
        x = self.random.integers(-64, 64, (50, FEATURES)) / 16
        model = xgboost_model(trees)
        _, program = self.compares("m.json", json.dumps(model), x, sums(trees, 1, x, True)[:, 0],
                                   "--input", "fixed(1, 2, 4)")
        self.assertIn("fixed(1, 2, 4)", program)
        self.assertNotIn("w.x_i", program)

    def test_what_cannot_be_imported_is_named(self):
        trees = self.trees(1, 2)
        def xgboost(change):
            model = xgboost_model(trees)
            change(model["learner"], model["learner"]["gradient_booster"]["model"]["trees"][1])
            return json.dumps(model)
        def categories(_, tree):
            tree["split_type"][0] = 1
        def vectors(_, tree):
            tree["tree_param"]["size_leaf_vector"] = "2"
        def booster(learner, _):
            learner["gradient_booster"]["name"] = "gbforest"
        self.refuses("m.json", xgboost(categories), "E0704", "trees[1]", "categories")
        self.refuses("m.json", xgboost(vectors), "E0704", "leaf_weights")
        self.refuses("m.json", xgboost(booster), "E0701", "gbforest")
        self.refuses("m.model", b"binf" + bytes(50), "E0702", "save_model")
        tree = [(0, (0, 1.0, 2.0, 3.0))]
        self.refuses("m.txt", lightgbm_model([(0, (0, 1e-300, 2.0, (0, 1.0, 3.0, 4.0)))], 1), "E0705", "--input")
        for more, word in (({"decision_type": [1]}, "categories"), ({"decision_type": [4]}, "zero_as_missing"),
                           ({"is_linear": 1}, "linear")):
            self.refuses("m.txt", lightgbm_model(tree, 1, **more), "E0704", "Tree=0", word)
        model = conifer_model([[tree[0][1]]], [0], classes=2)
        model["trees"][0][0]["weight"][0] = [1, 0.5, 0, 0]
        self.refuses("m.json", json.dumps(model), "E0704", "oblique")
        del model["splitting_convention"]
        self.refuses("m.json", json.dumps(model), "E0704", "splitting_convention")
        self.refuses("m.pkl", b"\x80\x04\x95csklearn.ensemble\n.", "E0702", "conifer", "ONNX")

    def test_hostile_files(self):
        trees = [(0, (0, np.float32(1), (1, np.float32(2), np.float32(3), np.float32(4)), np.float32(5)))]
        def xgboost(**changes):
            model = xgboost_model(trees)
            tree = model["learner"]["gradient_booster"]["model"]["trees"][0]
            for name, value in changes.items():
                tree[name] = value
            return json.dumps(model)
        far = 2**40
        for changes, words in (({"left_children": [0, 3, -1, -1, -1]}, "two parents"),
                               ({"left_children": [1, 0, -1, -1, -1]}, "two parents"),
                               ({"left_children": [99, 3, -1, -1, -1]}, "is not there"),
                               ({"right_children": [-7, 4, -1, -1, -1]}, "is not there"),
                               ({"left_children": [far, 3, -1, -1, -1]}, "not all arrays"),
                               ({"left_children": [1, 3]}, "not all arrays"), ({"left_children": "1"}, "not all arrays"),
                               ({"split_indices": [9, 0, 0, 0, 0]}, "compares feature 9"),
                               ({"split_conditions": [float("nan")] * 5}, "not all arrays"),
                               ({"split_conditions": [1e60] * 5}, "not all arrays")):
            self.refuses("m.json", xgboost(**changes), "E0701", words)
        for name, value in (("num_feature", "99999999999"), ("num_class", "-1x"), ("num_feature", "0"), ("base_score", "x")):
            model = xgboost_model(trees)
            model["learner"]["learner_model_param"][name] = value
            if name == "num_class":
                self.assertIn(self.imported("m.json", json.dumps(model)).returncode, (0, 1))
            else:
                self.refuses("m.json", json.dumps(model), "E0701")
        self.refuses("m.json", '{"gradient_booster":' + "[" * 100000, "E0701", "200")
        self.refuses("m.ubj", b"{L" + struct.pack(">q", 16) + b"gradient_booster[$d#L" + struct.pack(">q", 2**60), "E0701")
        self.refuses("m.ubj", ubjson(xgboost_model(trees))[:-40], "E0701")
        start = "tree\nmax_feature_idx=1\nnum_tree_per_iteration=1\n\nTree=0\n"
        for body in ("num_leaves=999999999999\n", "num_leaves=-1\n", "num_leaves=2\nleaf_value=1 x\n", "num_leaves=1\n",
                     "num_leaves=2\nleaf_value=1 2\nsplit_feature=0\nthreshold=nan\ndecision_type=2\nleft_child=-1\n"
                     "right_child=-2\n\nend of trees\n",
                     "num_leaves=2\nleaf_value=1 2\nsplit_feature=0\nthreshold=1\ndecision_type=2\nleft_child=-1\n"
                     "right_child=-2147483648\n\nend of trees\n",
                     "num_leaves=2\nleaf_value=1 2\nsplit_feature=0\nthreshold=1\ndecision_type=2\nleft_child=0\n"
                     "right_child=-2\n\nend of trees\n", "num_leaves=1\nleaf_value=1\n"):
            self.refuses("m.txt", start + body, "E0701")
        model = conifer_model([[trees[0][1]]], [0], classes=2)
        for name, value in (("n_classes", 10**12), ("n_features", 0), ("init_predict", ["x"]), ("norm", None), ("trees", [])):
            self.refuses("m.json", json.dumps(model | {name: value}), "E0701")

    def test_shared_files(self):
        for folder, models, tolerance in (("xgboost_multi", ("model.json", "model.ubj"), "1e-6"),
                                          ("conifer_skl", ("model.json",), "1e-9")):
            place = SHARED / "import" / folder
            if not place.exists():
                self.skipTest(f"{place} is not there")
            for model in models:
                self.compares(model, (place / model).read_bytes(), np.load(place / "x.npy"), np.load(place / "y.npy"),
                              tolerance=tolerance)
        self.refuses("model.pkl", (SHARED / "import/sklearn_trees/model.pkl").read_bytes(), "E0702", "conifer", "ONNX")


if __name__ == "__main__":
    main(sys.modules["__main__"])
