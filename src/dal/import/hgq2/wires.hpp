// Layers with a small float network for each wire, which is trained, and a table in hardware: QDenseT and its kind.
#pragma once

#include "dal/import/hgq2/parts.hpp"
#include "dal/import/hgq2/table.hpp"

namespace dal::importer::hgq2 {

/// The networks of all wires of a layer, evaluated in float32.
class WireNetworks {
  public:
    /// `variables`: of the layer, which has them in "module". `wires`: which networks there are; hidden layers have
    /// shape [wires…, inputs, outputs]. Errors: bad_model_file, unsupported_layer.
    static Result<WireNetworks> read(const LayerContext& layer, const Variables& variables, const Shape& wires,
                                     bool has_biases);

    /// Whether that many values are more than an import computes: they take a second or so.
    [[nodiscard]] bool are_too_many(int64_t values) const;
    /// What a network gives.
    [[nodiscard]] Float32 at(int64_t wire, float argument) const;

  private:
    struct Layer {
        Tensor kernel;  ///< [wires, inputs, outputs]
        Tensor bias;    ///< [wires, outputs], or nothing
        size_t inputs = 1;
        size_t outputs = 1;
        const Activation* activation = nullptr;
    };
    std::vector<Layer> layers_;
};

/// What follows the networks, a trained batch normalization: y · factor + offset, then divided by a root, for each
/// place of a shape.
struct Normalization {
    Shape shape;
    std::vector<float> factors;
    std::vector<float> offsets;
    float divisor = 1;

    /// In float32, with what fused and inverted forms of it would change.
    [[nodiscard]] Float32 at(size_t place, const Float32& y) const;
};

/// A layer of tables from an equation: what QEinsumDenseT is, alone or inside of attention.
struct EinsumTables {
    Variables variables;
    std::string name;                 ///< of the value that is written: "mha_query"
    std::string part;                 ///< before the names of its parameters: "query_", or empty
    std::string equation;             ///< with the axis of the batch: "abc,cde->abde"
    Shape output;                     ///< of one sample
    bool has_biases = true;           ///< unless there is a batch normalization
    std::string normalized_axes{};    ///< letters of the axes of that
    std::string iq_conf = "iq_conf";  ///< keys
    std::string toq_conf = "toq_conf";
    std::string oq_conf = "oq_conf";
};
/// An expression: the sums, with the output quantizer if one is stored.
Result<Value> write_einsum_tables(LayerContext& layer, const Value& x, const EinsumTables& tables);

}  // namespace dal::importer::hgq2
