// Ensembles of decision trees as their libraries save them, and the program that computes one: the sum of a leaf of
// each tree. Readers fill in an Ensemble; one writer serves them all.
#pragma once

#include <string>
#include <vector>

#include "dal/import/program.hpp"

namespace dal::importer::trees {

/// Nodes by number; the root is 0.
struct Tree {
    std::vector<int> features;
    std::vector<double> thresholds;
    std::vector<int> left;  ///< negative in a leaf
    std::vector<int> right;
    std::vector<double> values;  ///< of leaves: [nodes, width], whatever inner nodes have there
    int output = 0;              ///< the output that its values are added to; 0 if they are vectors
};

/// What numbers the library compares: inputs are rounded to them before.
enum class Inputs : uint8_t { float32, float64 };

struct Ensemble {
    std::string where;     ///< for messages: the place of the trees in the file
    int64_t features = 0;  ///< of an input
    int64_t outputs = 1;
    int64_t width = 1;    ///< values of a leaf: 1, or as many as there are outputs
    bool strict = false;  ///< x < threshold goes left; else x <= threshold
    Inputs inputs = Inputs::float32;
    std::vector<Tree> trees;
    std::vector<double> base;  ///< added to the sums: one for each output
    double scale = 1;          ///< what the sums are multiplied with then
};

/// Numbers of features and children are in range, each node has one parent, all numbers are finite. Error:
/// bad_model_file.
Result<void> check(const Ensemble& ensemble, std::string_view file);

/// The formats of features in which rounding down changes no comparison with a threshold: the widest steps and the
/// fewest bits. A feature that nobody compares is the constant 0.
Formats exact_formats(const Ensemble& ensemble);

/// Adds the input, the trees and the output. `ensemble` was checked. Error: inexact_layer where a feature needs more
/// bits than a value can have.
Result<void> write(Program& program, const Ensemble& ensemble);

}  // namespace dal::importer::trees
