// Activation functions as the training library computes them, in float32 and step by step, for tables. What a table
// rounds may lie so near a tie that the last bits of the function decide; so each value comes with how far off it may
// be: exponentials and what is made of them differ from machine to machine, sums and products do not.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dal/import/json.hpp"

namespace dal::importer::hgq2 {

struct Float32 {
    float value = 0;
    /// By how much another float32 computation of the same function may differ; 0: not at all.
    float slack = 0;
};

struct Activation {
    std::string_view name;
    Float32 (*at)(float x);
    bool never_falls;  ///< larger arguments give no smaller results
};

/// By the name that Keras has for it, "tanh". Null if it is not known, or is no function of one number.
const Activation* find_activation(std::string_view name);
/// All names, for diagnostics.
std::vector<std::string> activation_names();

/// The name in a configuration: a string, a function object, or null for "linear". Nothing if it is something else.
std::optional<std::string> activation_name(const Json& config);

/// exp(x) in float32.
Float32 exponential(float x);
/// 1 / (x + epsilon) in float32; `epsilon` is that of Keras, 1e-7.
Float32 reciprocal(float x);

}  // namespace dal::importer::hgq2
