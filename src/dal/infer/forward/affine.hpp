// Affine forms: what interval arithmetic forgets. An element that is made by linear operations is Σ c·s + d over
// symbols s, the elements that are not; where the same symbol arrives twice (a residual, a mean that is subtracted, 3x
// - 2x) the form knows and the sum of ranges does not. Inference uses it beside the ranges of node_ranges.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/infer/forward/roots.hpp"

namespace dal {

/// Forms are made only where a symbol may arrive twice and on the way there, so most programs pay one walk over their
/// nodes. The terms that are looked at in all are bounded by a multiple of the size of the program (affine.cpp); an
/// element beyond that becomes a symbol itself, which is always sound. Forms are freed after their last reader.
class AffineForms {
  public:
    /// `graph` and `roots` stay where they are.
    AffineForms(const Graph& graph, const Roots& roots);

    /// Tightens `ranges`, those of a node that is not real. Nodes come in order; the operands have roots and ranges.
    void refine(NodeId id, std::vector<Interval>& ranges);

  private:
    struct Term {
        ElementOf symbol;
        Dyadic factor;
    };
    struct Form {
        Dyadic constant;
        std::vector<Term> terms;
    };
    /// Gets a term: weight · element of an operand, or the weight itself.
    using Add = std::function<void(const std::optional<ElementOf>&, const Dyadic&)>;
    /// Calls `add` for each term of an element; false if the element is not linear after all.
    using Rows = std::function<bool(int64_t, const Add&)>;

    [[nodiscard]] Rows rows_of(NodeId id) const;
    /// Adds to the sum that is being made; stops where the budget is used up.
    void add(const std::optional<ElementOf>& element, const Dyadic& weight);
    void add_symbol(const ElementOf& symbol, const Dyadic& factor);
    bool may_meet(int64_t element, const Rows& rows);
    Form take_sum();
    [[nodiscard]] Interval range_of(const Form& form) const;
    /// Terms that a node has for each element anyway.
    [[nodiscard]] int64_t work_per_element(NodeId id) const;

    const Graph& graph_;
    const Roots& roots_;
    std::vector<bool> meets_;   // a symbol may arrive twice here
    std::vector<bool> wanted_;  // somebody reads the forms of this node
    std::vector<std::vector<NodeId>> free_after_;
    std::vector<size_t> first_;             // position of a node's elements among all elements
    std::vector<std::vector<Form>> forms_;  // empty: the elements are symbols
    Form sum_;
    std::vector<uint32_t> slot_;  // by element: its term in sum_, plus one
    int64_t budget_ = 0;          // terms that may still be looked at
};

}  // namespace dal
