#!/usr/bin/python3
"""Writes the models of docs/import.md into the current folder: small classifiers of jets, as each training tool would
save them, with random weights; and x.npy, 1,000 inputs.

    example_models.py"""
import json
import sys

import numpy as np

sys.dont_write_bytecode = True

import onnx_writer as onnx  # noqa: E402
from hdf5_writer import write_hdf5  # noqa: E402
from keras_writer import group, keras_file, layer  # noqa: E402

FEATURES, HIDDEN, CLASSES = 16, 12, 5


def hgq_config(q_type, place, **more):
    config = {"q_type": q_type, "place": place, "scaler": None, "affine": None, "round_mode": "RND", "trainable": True,
              "heterogeneous_axis": None, "bw_mapper": None, "is_weight": place == "weight", **more}
    return {"module": "hgq.quantizer.config", "class_name": "QuantizerConfig", "config": config,
            "registered_name": "hgq>QuantizerConfig"}


def hgq_dense(name, units, activation):
    weights = {"k0": True, "b0": 6, "i0": 1, "overflow_mode": "SAT_SYM", "homogeneous_axis": []}
    config = {"name": name, "trainable": True, "units": units, "activation": activation, "use_bias": True,
              "enable_iq": True, "enable_oq": False, "oq_conf": None,
              "iq_conf": hgq_config("kif", "datalane", k0=True, i0=3, f0=4, overflow_mode="WRAP", homogeneous_axis=[0]),
              "kq_conf": hgq_config("kbi", "weight", **weights), "bq_conf": hgq_config("kbi", "bias", **weights)}
    return {"module": "hgq.layers.core.dense", "class_name": "QDense", "config": config,
            "registered_name": "hgq>QDense"}


def hgq_group(random, inputs, units, is_first):
    """Variables of a dense layer of HGQ 2: kernel and bias, and the formats of its three quantizers."""
    def floats(*shape, low, high):
        return random.integers(low, high, shape).astype(np.float32)

    def signs(*shape, value):
        return np.full(shape, value, np.uint8)

    kernel_bits = floats(inputs, units, low=0, high=6) * (random.random((inputs, units)) < 0.5)
    tree = group([random.normal(0, 0.5, (inputs, units)).astype(np.float32),
                  random.normal(0, 0.2, units).astype(np.float32)])
    tree["kq"] = {"quantizer": group([kernel_bits.astype(np.float32), floats(inputs, units, low=0, high=1),
                                      signs(inputs, units, value=1)])}
    tree["bq"] = {"quantizer": group([floats(units, low=4, high=7), floats(units, low=0, high=1), signs(units, value=1)])}
    tree["iq"] = {"quantizer": group([floats(1, inputs, low=2, high=5), signs(1, inputs, value=int(is_first)),
                                      np.full((1, inputs), 3, np.float32), np.float32(0.01)])}
    return tree


def hgq2(random):
    layers = [hgq_dense("hidden", HIDDEN, "relu"), hgq_dense("scores", CLASSES, "linear")]
    return keras_file((FEATURES,), layers, {"q_dense": hgq_group(random, FEATURES, HIDDEN, True),
                                            "q_dense_1": hgq_group(random, HIDDEN, CLASSES, False)})


def qkeras_dense(name, units):
    return layer("QDense", name, units=units, activation="linear", use_bias=True,
                 kernel_quantizer="quantized_bits(6,0,alpha=1)", bias_quantizer="quantized_bits(6,2,alpha=1)")


def qkeras(random):
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, FEATURES], "name": "jets"}}
    layers = [first, layer("QActivation", "rounded", activation="quantized_bits(8,3,alpha=1)"),
              qkeras_dense("hidden", HIDDEN), layer("QActivation", "relu1", activation="quantized_relu(6,2)"),
              qkeras_dense("scores", CLASSES), layer("Activation", "softmax", activation="softmax")]
    config = {"class_name": "Sequential", "config": {"name": "jets", "layers": layers}}
    weights, attributes = {}, {"": {"model_config": json.dumps(config), "keras_version": "2.15.0", "backend": "tensorflow"}}
    names = [each["config"]["name"] for each in layers[1:]]
    attributes["model_weights"] = {"layer_names": np.array(names), "keras_version": "2.15.0", "backend": "tensorflow"}
    shapes = {"hidden": (FEATURES, HIDDEN), "scores": (HIDDEN, CLASSES)}
    for name in names:
        weights[name], found = {}, []
        if name in shapes:
            inputs, units = shapes[name]
            found = [f"{name}/kernel:0", f"{name}/bias:0"]
            weights[name] = {name: {"kernel:0": random.normal(0, 0.4, (inputs, units)).astype(np.float32),
                                    "bias:0": random.normal(0, 0.4, units).astype(np.float32)}}
        attributes[f"model_weights/{name}"] = {"weight_names": np.array(found, dtype="S16")}
    return write_hdf5({"model_weights": weights}, attributes)


def qonnx(random):
    """A network as Brevitas exports it: a Quant node for the input, each array and the activation."""
    arrays, nodes = [], []

    def quant(value, scale, bits, signed, name):
        result, numbers = name + "_out", [f"{name}_{part}" for part in ("scale", "zero", "bits")]
        arrays.extend(onnx.tensor(each, np.float32(v)) for each, v in zip(numbers, (scale, 0, bits)))
        nodes.append(onnx.node("Quant", [value, *numbers], [result], name, "qonnx.custom_op.general", signed=signed,
                               narrow=0, rounding_mode="ROUND"))
        return result

    def dense(value, inputs, units, name):
        arrays.append(onnx.tensor(f"{name}.weight", random.normal(0, 0.4, (inputs, units)).astype(np.float32)))
        arrays.append(onnx.tensor(f"{name}.bias", random.normal(0, 0.4, units).astype(np.float32)))
        nodes.append(onnx.node("MatMul", [value, quant(f"{name}.weight", 2.0**-4, 5, 1, f"{name}_weight")], [f"{name}_product"], name))
        nodes.append(onnx.node("Add", [f"{name}_product", quant(f"{name}.bias", 2.0**-6, 8, 1, f"{name}_bias")], [f"{name}_sum"],
                               f"{name}_add"))
        return f"{name}_sum"

    hidden = dense(quant("jets", 2.0**-4, 8, 1, "rounded"), FEATURES, HIDDEN, "hidden")
    nodes.append(onnx.node("Relu", [hidden], ["positive"], "relu"))
    scores = dense(quant("positive", 2.0**-3, 6, 0, "activation"), HIDDEN, CLASSES, "scores")
    return onnx.model(nodes, arrays, [onnx.value_info("jets", [1, FEATURES])], [onnx.value_info(scores, [1, CLASSES])])


def tree(random, depth, weight):
    """A complete tree in XGBoost's arrays."""
    inner, nodes = 2**depth - 1, 2 ** (depth + 1) - 1
    left = [2 * n + 1 if n < inner else -1 for n in range(nodes)]
    conditions = [float(np.float32(random.normal(0, 1) if n < inner else weight * random.normal(0, 0.3))) for n in range(nodes)]
    return {"base_weights": [0.0] * nodes, "categories": [], "categories_nodes": [], "categories_segments": [],
            "categories_sizes": [], "default_left": [0] * nodes, "id": 0, "left_children": left,
            "loss_changes": [0.0] * nodes, "parents": [2147483647] + [(n - 1) // 2 for n in range(1, nodes)],
            "right_children": [2 * n + 2 if n < inner else -1 for n in range(nodes)],
            "split_conditions": conditions, "split_indices": [int(random.integers(FEATURES)) if n < inner else 0 for n in range(nodes)],
            "split_type": [0] * nodes, "sum_hessian": [1.0] * nodes,
            "tree_param": {"num_deleted": "0", "num_feature": str(FEATURES), "num_nodes": str(nodes), "size_leaf_vector": "1"}}


def xgboost(random):
    trees = [tree(random, 3, 1) for _ in range(10)]
    model = {"gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "10"}, "iteration_indptr": list(range(11)),
             "tree_info": [0] * 10, "trees": [{**each, "id": n} for n, each in enumerate(trees)]}
    learner = {"attributes": {}, "feature_names": [], "feature_types": [],
               "gradient_booster": {"model": model, "name": "gbtree"},
               "learner_model_param": {"base_score": "5E-1", "boost_from_average": "1", "num_class": "0",
                                       "num_feature": str(FEATURES), "num_target": "1"},
               "objective": {"name": "reg:squarederror", "reg_loss_param": {"scale_pos_weight": "1"}}}
    return json.dumps({"learner": learner, "version": [3, 0, 0]}).encode()


def main():
    random = np.random.default_rng(2024)
    np.save("x.npy", random.normal(0, 1.5, (1000, FEATURES)).astype(np.float32))
    for name, write in (("jets_hgq2.keras", hgq2), ("jets_qkeras.h5", qkeras), ("jets_brevitas.onnx", qonnx),
                        ("jets_xgboost.json", xgboost)):
        with open(name, "wb") as file:
            file.write(write(random))


if __name__ == "__main__":
    main()
