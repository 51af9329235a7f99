// Effective bit operations: the size of a network as training libraries count it, the sum over all multiplications of
// the bits of both factors, and over additions of variables of a share of the wider operand's. A figure to compare
// networks by, from formats alone; what a design costs is in the report of `dal build`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/support/number.hpp"

namespace dal {

/// How a constant that is added (a bias) counts: the mean of its bits times …
enum class BiasTerm : uint8_t {
    outputs,  ///< … the elements of the result
    inputs,   ///< … the elements of the variable that the layer multiplies: older versions of training libraries
};

/// Of one product, together with the constant that is added to it; or of an added constant alone; or of a sum or
/// difference of two variables.
struct LayerEbops {
    NodeId node;                 ///< the product; the addition or subtraction, if there is none
    std::optional<NodeId> bias;  ///< the addition of a constant
    Int products;
    Rational bias_term;
    Rational additions;  ///< of two variables: 13/20 for each bit of the wider one, 1 in a subtraction

    [[nodiscard]] Rational total() const { return Rational(Dyadic(products)) + bias_term + additions; }
};

/// All layers of an inferred graph, in the order of their products, sums and differences.
///
/// Bits of an element, which is followed through data movement: of what was quantized (variable or constant) and of
/// inputs i + f of the format as written, at least 0, and the sign only if it saturates (`sat`); of a constant that was
/// not quantized, from its highest to its lowest bit; of any other, i + f of the inferred format.
std::vector<LayerEbops> count_ebops(const Graph& graph, BiasTerm bias = BiasTerm::outputs);

/// "183.5"; what has no finite decimal as "10/3".
std::string ebops_text(const Rational& ebops);

}  // namespace dal
