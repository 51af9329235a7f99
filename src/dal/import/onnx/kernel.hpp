// Trained arrays of layers that sum products: their numbers for the program, and the scales that stay outside.
#pragma once

#include "dal/import/onnx/builder.hpp"

namespace dal::importer::onnx {

/// A kernel whose outputs are its last axis.
struct Kernel {
    Tensor numbers{};
    std::optional<Formats> formats{};  ///< none: floating-point numbers as they are
    std::vector<Real> scale{};         ///< of the sums: one for all outputs, or one each
};

/// Codes where the scales are no powers of two and depend on the output only, else values.
Kernel split_kernel(const Constant& constant);

/// The formats of values, where a quantizer with scales that are powers of two made them.
std::optional<Formats> formats_of(const Constant& constant);

/// What a sum of products can be: `numbers` has the outputs as its last axis.
void sum_range(Flow& flow, const Tensor& numbers);
void add_range(Flow& flow, const std::vector<double>& values);

/// An operand of a linear layer: rounded, or to be rounded; its steps are one factor at most, which is returned.
Result<Real> take_factor(Builder& builder, Flow& flow, const Node& node);

/// A layer that sums products, ready to be written.
struct LinearLayer {
    const Node* last = nullptr;  ///< the node whose output it is
    std::string name;
    Kernel kernel;
    std::optional<Constant> bias{};  ///< one number for each output, or one for all
    Real factor{Rational(1)};        ///< of the operand
    Real bias_factor{Rational(1)};
    Shape channels{};  ///< the shape of one number for each output, as the model has its axes
};

/// The next node, if all it does is to add one constant for each output, which it then need not do itself.
void take_bias(Builder& builder, const Node& node, LinearLayer& layer, size_t rank, int64_t outputs);

/// Whether scales are left to be applied behind the sums.
bool has_scale(const LinearLayer& layer);

/// A trained array as text that has its shape, also where all its numbers are the same.
std::string array_parameter(Program& program, const std::string& layer, const char* part, const Tensor& numbers,
                            const std::optional<Formats>& formats);

/// The text of kernel and bias; the bias is empty where there is none, or where it belongs to the steps.
std::pair<std::string, std::string> write_parameters(Builder& builder, const LinearLayer& layer);

/// What is left behind the sums: scales, and the bias that goes with them.
Result<void> finish_linear(Builder& builder, const Node& node, Flow& flow, const LinearLayer& layer);

}  // namespace dal::importer::onnx
