// Equations of EinsumDense, "...x,xy->...y" and "bnc,cC->bnC", for one sample and in the letters of the language.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dal/import/keras/layer.hpp"

namespace dal::importer::keras {

struct Einsum {
    std::vector<std::string> operands;  ///< without the batch: "nc", "cd"
    std::string result;
    std::map<char, char> letters;  ///< what a letter of the model's equation became

    /// "nc,cd->nd".
    [[nodiscard]] std::string text() const;
    /// The letters of the model in those of the equation: bias axes.
    [[nodiscard]] std::string renamed(const std::string& axes) const;
};

/// An equation whose first operand has an axis for the batch in front (all operands, if `all_have_batch`), for operands
/// of these shapes without it. Error: bad_model_file, unsupported_layer if the batch is not in front.
Result<Einsum> read_einsum(const LayerContext& layer, const std::string& equation, const std::vector<size_t>& ranks,
                           bool all_have_batch);

/// The shape of the result. Error: bad_model_file if extents differ.
Result<Shape> einsum_shape(const LayerContext& layer, const Einsum& einsum, const std::vector<Shape>& shapes);

}  // namespace dal::importer::keras
