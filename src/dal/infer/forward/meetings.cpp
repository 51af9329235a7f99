#include "dal/infer/forward/meetings.hpp"

#include <algorithm>
#include <utility>

#include "dal/graph/op_info.hpp"

namespace dal {
namespace {

/// Nodes that the symbols of a node come from, ascending; beyond `most`, unknown.
struct Sources {
    static constexpr size_t most = 32;
    std::vector<NodeId> nodes;
    bool many = false;

    [[nodiscard]] bool overlaps(const Sources& other) const {
        if (many || other.many) return (many || !nodes.empty()) && (other.many || !other.nodes.empty());
        auto a = nodes.begin();
        auto b = other.nodes.begin();
        while (a != nodes.end() && b != other.nodes.end()) {
            if (*a == *b) return true;
            if (*a < *b)
                ++a;
            else
                ++b;
        }
        return false;
    }
    void join(const Sources& other) {
        if (many || other.many) {
            many = true;
            nodes.clear();
            return;
        }
        const auto middle = static_cast<std::ptrdiff_t>(nodes.size());
        nodes.insert(nodes.end(), other.nodes.begin(), other.nodes.end());
        std::inplace_merge(nodes.begin(), nodes.begin() + middle, nodes.end());
        nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
        many = nodes.size() > most;
        if (many) nodes.clear();
    }
};

class Walk {
  public:
    explicit Walk(const Graph& graph)
        : graph_(graph),
          constant_(graph.size()),
          plain_(graph.size()),
          sources_(graph.size()),
          found_{std::vector<bool>(graph.size()), std::vector<bool>(graph.size())} {
        for (size_t id = 0; id < graph.size(); ++id) visit(static_cast<NodeId>(id));
    }
    [[nodiscard]] Meetings found() && { return std::move(found_); }

  private:
    [[nodiscard]] const Sources& sources(NodeId id) const { return sources_[static_cast<size_t>(id)]; }

    void visit(NodeId id) {
        const auto at = static_cast<size_t>(id);
        const Node& node = graph_[id];
        const auto is_constant = [&](NodeId operand) { return constant_[static_cast<size_t>(operand)]; };
        const auto variables = std::count_if(node.operands.begin(), node.operands.end(),
                                             [&](NodeId operand) { return !is_constant(operand); });
        constant_[at] = variables == 0 && !std::holds_alternative<op::Input>(node.operation);
        if (constant_[at]) return;
        const OpInfo& info = info_of(node.operation);
        const bool is_linear = info.linear == Linear::always || (info.linear == Linear::in_one && variables == 1);
        found_.linear[at] = is_linear && !node.real;
        if (!found_.linear[at]) {
            sources_[at].nodes = {id};
            plain_[at] = true;
            return;
        }
        bool overlap = false;
        bool all_plain = true;
        for (const NodeId operand : node.operands) {
            if (is_constant(operand)) continue;
            overlap = overlap || sources_[at].overlaps(sources(operand));
            all_plain = all_plain && plain_[static_cast<size_t>(operand)];
            sources_[at].join(sources(operand));
        }
        switch (info.reads) {
            case Reads::nothing: break;
            case Reads::own_place: found_.meets[at] = overlap; break;
            case Reads::terms: found_.meets[at] = !all_plain; break;
            case Reads::source: plain_[at] = all_plain && !overlap && !repeats(std::get<op::Move>(node.operation));
        }
    }

    static bool repeats(const op::Move& move) {
        std::vector<std::pair<uint32_t, int64_t>> sources;
        sources.reserve(move.sources.size());
        for (const Source& source : move.sources) sources.emplace_back(source.operand, source.element);
        std::sort(sources.begin(), sources.end());
        return std::adjacent_find(sources.begin(), sources.end()) != sources.end();
    }

    const Graph& graph_;
    std::vector<bool> constant_;  // whatever the inputs are
    std::vector<bool> plain_;     // each element is another symbol
    std::vector<Sources> sources_;
    Meetings found_;
};

}  // namespace

Meetings find_meetings(const Graph& graph) { return Walk(graph).found(); }

}  // namespace dal
