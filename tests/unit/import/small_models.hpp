// Small models of trees, circuits and exported programs, for tests that change them.
#pragma once

#include <string>

#include "dal/array/zip.hpp"

namespace dal::test {

/// Two trees of XGBoost, for two classes.
inline std::string xgboost_json() {
    const std::string tree =
        R"({"left_children": [1, -1, -1], "right_children": [2, -1, -1], "split_indices": [1, 0, 0],
"split_conditions": [5.15625E-1, -2.0674971E-1, 1.6E-1], "split_type": [0, 0, 0], "categories": [],
"tree_param": {"num_nodes": "3", "size_leaf_vector": "1"}})";
    return R"({"learner": {"attributes": {}, "gradient_booster": {"name": "gbtree", "model": {"tree_info": [0, 1],
"trees": [)" +
           tree + ", " + tree + R"(]}}, "learner_model_param": {"base_score": "[3.4E-3,-5E-1]", "num_class": "2",
"num_feature": "2", "num_target": "1"}, "objective": {"name": "multi:softprob"}}, "version": [3, 1, 0]})";
}

inline std::string lightgbm_text() {
    return "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=1\nobjective=regression\n\n"
           "Tree=0\nnum_leaves=3\nnum_cat=0\nsplit_feature=0 1\nthreshold=0.5 1.0000000180025095e-35\n"
           "decision_type=2 2\nleft_child=1 -1\nright_child=-2 -3\nleaf_value=0.25 -1.5 0.1\nis_linear=0\n"
           "shrinkage=1\n\n\nTree=1\nnum_leaves=1\nnum_cat=0\nleaf_value=0.5\n\n\nend of trees\n\nparameters:\n";
}

inline std::string conifer_json() {
    return R"({"n_classes": 2, "n_features": 2, "n_trees": 1, "max_depth": 1, "init_predict": [0.5], "norm": 0.5,
"library": "sklearn", "splitting_convention": "<=", "trees": [[{"feature": [1, -2, -2], "threshold": [0.515625, -2, -2],
"value": [0, 0.25, -0.75], "children_left": [1, -1, -1], "children_right": [2, -1, -1],
"weight": [[0, 1], [0, 0], [0, 0]]}]]})";
}

/// One instruction of each kind.
inline std::string alir_json() {
    return R"({"model":[[2,3],[0,0],[13,9,-1],[0,-1,0],[false,true,false],[[[],-1,[0],[-4.0,3.75,0.25],0,0],
[[],-1,[1],[0.0,3.0,1.0],0,0],[[0],-2,[],[-3.75,4.0,0.25],0,0],[[0,1],0,[-1],[-4.0,5.25,0.25],0,0],
[[3],2,[],[0.0,3.5,0.5],0,0],[[3],3,[1],[-2.0,1.5,0.5],0,0],[[5],4,[3,1],[-0.5,3.0,0.5],0,0],
[[],5,[5],[1.25,1.25,0.25],0,0],[[4,7,0],6,[0],[0.0,3.75,0.25],0,0],[[0,1],7,[],[-12.0,11.25,0.25],0,0],
[[1],8,[0],[-1.0,2.0,0.5],0,0],[[1],9,[1],[0.0,1.0,1.0],0,0],[[0,1],10,[0,2],[-4.0,3.75,0.25],0,0],
[[10,11,12],11,[1,0,0,1,1,0],[-7.0,5.75,0.25],0,0]],1,1,
[{"spec":{"hash":"","out_qint":{"min":-1.0,"max":2.0,"step":0.5},"inp_width":2},"table":[1,-2,4,0]}]],
"meta":"ALIRModel","spec_version":4})";
}

/// A quantizer and a layer.
inline std::string exported_program() {
    const std::string graph =
        R"({"nodes": [{"target": "torch.ops.aten.fake_quantize_per_tensor_affine.default", "inputs": [
{"name": "self", "arg": {"as_tensor": {"name": "x"}}}, {"name": "scale", "arg": {"as_float": 0.25}},
{"name": "zero_point", "arg": {"as_int": 0}}, {"name": "quant_min", "arg": {"as_int": -8}},
{"name": "quant_max", "arg": {"as_int": 7}}], "outputs": [{"as_tensor": {"name": "q"}}]},
{"target": "torch.ops.aten.linear.default", "inputs": [{"name": "input", "arg": {"as_tensor": {"name": "q"}}},
{"name": "weight", "arg": {"as_tensor": {"name": "p"}}}, {"name": "bias", "arg": {"as_none": true}}],
"outputs": [{"as_tensor": {"name": "y"}}]}],
"tensor_values": {"x": {"sizes": [{"as_int": 1}, {"as_int": 2}]}, "y": {"sizes": [{"as_int": 1}, {"as_int": 2}]}}})";
    ZipWriter zip;
    zip.add("m/models/model.json", R"({"graph_module": {"graph": )" + graph + R"(, "signature": {"input_specs": [
{"parameter": {"arg": {"name": "p"}, "parameter_name": "w"}}, {"user_input": {"arg": {"as_tensor": {"name": "x"}}}}],
"output_specs": [{"user_output": {"arg": {"as_tensor": {"name": "y"}}}}]}}})");
    zip.add("m/data/weights/model_weights_config.json",
            R"({"config": {"w": {"path_name": "weight_0", "use_pickle": false, "tensor_meta": {"dtype": 2,
"sizes": [{"as_int": 2}, {"as_int": 2}], "strides": [{"as_int": 2}, {"as_int": 1}], "storage_offset": {"as_int": 0}}}}})");
    zip.add("m/data/weights/weight_0", "\1\2\3\4");
    return zip.finish();
}

}  // namespace dal::test
