// Who asks which table for a format: the quantizers and declared types that see its entries, through operations that
// commute with both (data movement, shifts, choices). One walk back over the graph. Internal to this layer.
#pragma once

#include <functional>
#include <span>

#include "dal/graph/declared_type.hpp"
#include "dal/sema/taken_formats/joined_request.hpp"

namespace dal::sema {

/// Where a consumer stands: its expression, and the call of a function that made it, if one did.
struct ConsumerPlace {
    Span span;
    Span call;
    friend bool operator==(const ConsumerPlace&, const ConsumerPlace&) = default;
};
/// Order of the source; what C++ and text have in common.
bool is_before(const ConsumerPlace& a, const ConsumerPlace& b) noexcept;

/// Numbers consumers in the order of the source.
class Consumers {
  public:
    void add(const ConsumerPlace& place) { places_.push_back(place); }
    /// All are added; ids are there from now on.
    void sort();
    [[nodiscard]] ConsumerId id(const ConsumerPlace& place) const;
    [[nodiscard]] const ConsumerPlace& operator[](ConsumerId id) const { return places_[id]; }

  private:
    std::vector<ConsumerPlace> places_;
};

/// Number of the table that an operation looks up, if its format is asked for.
using WantedTable = std::function<std::optional<size_t>(const op::Table&)>;

/// The asks of one graph.
class TableAsks {
  public:
    TableAsks(const Graph& graph, std::span<const DeclaredType> declared, WantedTable wanted);
    /// The places of all consumers.
    void places(Consumers& consumers) const;
    /// Joins what is asked of each table; `into`: one per table.
    void join(const Consumers& consumers, std::span<Asked> into) const;
    /// For each table, whether the graph looks something up in it: the first node that does.
    [[nodiscard]] std::optional<NodeId> user(size_t table) const;
    [[nodiscard]] bool is_empty() const noexcept { return users_.empty(); }

  private:
    [[nodiscard]] bool carries(NodeId id) const { return carries_[static_cast<size_t>(id)]; }

    const Graph& graph_;
    std::vector<const DeclaredType*> declared_;  // of nodes that carry entries, by node
    WantedTable wanted_;
    std::vector<bool> carries_;  // whether some element is an entry, moved or shifted
    std::vector<std::pair<size_t, NodeId>> users_;
};

}  // namespace dal::sema
