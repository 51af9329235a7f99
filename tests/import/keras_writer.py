"""Writes small Keras 3 models with NumPy alone, for tests and examples."""
import io
import json
import zipfile

from hdf5_writer import write_hdf5


def layer(class_name, name, **config):
    return {"module": "keras.layers", "class_name": class_name, "registered_name": None,
            "config": {"name": name, "trainable": True, **config}}


def dense(name, units, activation="linear"):
    return layer("Dense", name, units=units, activation=activation, use_bias=True)


def group(arrays):
    return arrays if isinstance(arrays, dict) else {"vars": {str(j): a for j, a in enumerate(arrays)}}


def keras_file(inputs, layers, variables):
    """The bytes of a Sequential model. `variables`: arrays by the name of the group of a layer, or a tree of groups."""
    start = {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None,
             "config": {"batch_shape": [None, *inputs], "dtype": "float32", "name": "input_layer"}}
    config = {"module": "keras", "class_name": "Sequential", "registered_name": None,
              "config": {"name": "sequential", "trainable": True, "layers": [start, *layers],
                         "build_input_shape": [None, *inputs]}}
    tree = {"layers": {name: group(arrays) for name, arrays in variables.items()}}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.10.0"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", write_hdf5(tree))
    return out.getvalue()
