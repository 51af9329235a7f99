// Backward demand: which bits of each element the outputs of a program can see, and who asked for them. Lowering leaves
// out what nobody sees, `dal explain` and `dal check -W` say it. It changes no result, and is no part of what a program
// means. The rules, each with its proof: docs/inference.md.
#pragma once

#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/numeric/window.hpp"

namespace dal {

/// The node that looks at a bit, or an output that is this node.
struct Asker {
    NodeId node{};
    bool is_output = false;
    friend bool operator==(const Asker&, const Asker&) = default;
};

/// The window that is seen, and by whom.
struct SeenBits : Window {
    Asker top_by;   ///< who looks highest
    Asker fine_by;  ///< who looks lowest

    /// The larger demand of both.
    void join(const SeenBits& other);
};

class Demand {
  public:
    /// Of an inferred graph, which stays where it is. One walk; linear in the size of the program (einsum: in its
    /// terms).
    explicit Demand(const Graph& graph);
    /// As if every bit of every element behind an output were seen.
    static Demand everything(const Graph& graph);

    /// What is seen of an element, of the bits that it has. An element of one value only shows nothing. Of a `real`
    /// node: all or nothing, and only for inputs (movements of real values are seen through).
    [[nodiscard]] SeenBits of(NodeId id, int64_t element) const;
    /// Whether somebody looks above the lowest digit; otherwise any multiple of the element's step will do.
    [[nodiscard]] bool is_needed(NodeId id, int64_t element) const;
    /// Whether every high bit is seen. Otherwise the element has to be right only modulo 2^top.
    [[nodiscard]] bool is_whole(NodeId id, int64_t element) const;

  private:
    friend class DemandWalk;
    struct Unwalked {};
    Demand(const Graph& graph, Unwalked);
    [[nodiscard]] SeenBits& at(NodeId id, int64_t element) {
        return seen_[first_[static_cast<size_t>(id)] + static_cast<size_t>(element)];
    }
    [[nodiscard]] const SeenBits& at(NodeId id, int64_t element) const {
        return seen_[first_[static_cast<size_t>(id)] + static_cast<size_t>(element)];
    }

    const Graph* graph_;
    std::vector<size_t> first_;  // position of a node's elements among all
    std::vector<SeenBits> seen_;
};

}  // namespace dal
