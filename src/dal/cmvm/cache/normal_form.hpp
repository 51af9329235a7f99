// One form for all problems that differ only in the order of inputs and outputs, in signs and in powers of two, so that
// they can share a solution; and the way of a solution there and back. Equal problems have equal forms;
// equivalent ones nearly always (ties of symmetric matrices are broken by order), different ones never.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dal/cmvm/cmvm.hpp"

namespace dal::cmvm {

struct NormalForm {
    /// x[index] = ±(input of the normal form)·2^exponent.
    struct Input {
        uint32_t index = 0;
        bool negative = false;
        int exponent = 0;
    };
    /// y[index] = ±(output of the normal form)·2^exponent.
    using Output = Input;

    /// The normalized problem, as bytes: depth mode, objective, inputs (ranges up to sign, depths from the earliest),
    /// which outputs constants are added to, and weights. Not in it: effort, time, seed.
    std::string key;
    /// The signs that the key leaves out. They decide whether outputs must be negated, and single bits of ranges.
    std::string signs;
    std::vector<Input> inputs;    ///< those that are not always 0 and that some weight uses
    std::vector<Output> outputs;  ///< those that are not 0
    size_t digits = 0;            ///< signed digits of the weights: the size of the problem
};

/// Signs and powers of two of inputs are normalized when adders count; when bits do, they make a difference. Nothing if
/// all outputs are 0.
std::optional<NormalForm> normal_form(const Matrix& matrix, const std::vector<InputInfo>& inputs,
                                      const Options& options);

/// A graph for the problem as a graph for its normal form, without depths and ranges. Nothing if it uses an
/// input that the form has not.
std::optional<AdderGraph> to_normal_form(const NormalForm& form, const AdderGraph& graph);

/// And back. `graph` may be anything: nothing if it is no graph for the form at all, or if its numbers are much larger
/// than those of the matrix. What is returned can be measured without overflow, and must be certified.
std::optional<AdderGraph> from_normal_form(const NormalForm& form, const AdderGraph& graph, const Matrix& matrix);

/// Whether a graph, which may be anything, can be measured without overflow: it is one for this matrix by its shape,
/// operands come before their users, and its numbers are hardly larger than those of the matrix.
bool is_measurable(const AdderGraph& graph, const Matrix& matrix);

}  // namespace dal::cmvm
