#include "dal/sema/taken_formats/requests.hpp"

#include <algorithm>
#include <tuple>

#include "dal/graph/op_info.hpp"
#include "dal/graph/shape.hpp"
#include "dal/support/check.hpp"

namespace dal::sema {
namespace {

ConsumerPlace place_of(const Node& node) { return {node.span, node.call}; }
ConsumerPlace place_of(const DeclaredType& type) { return {type.span, {}}; }

/// Operands that the elements of an operation may be, as they are or shifted; empty for other operations.
std::span<const NodeId> passed_on(const Node& node) {
    const std::span<const NodeId> values = values_of(node);
    return info_of(node.operation).passes_on ? values : values.first(0);
}

/// Whether a quantizer belongs to a call of a table of several parameters, which makes one index of them: it keeps the
/// index inside until inference has checked the arguments, and asks for nothing.
bool is_part_of_index(const Graph& graph, size_t quantizer) {
    constexpr size_t most = 80;  // at most 20 parameters, of three nodes and a constant each
    const Node& node = graph.nodes()[quantizer];
    const auto same_call = [&](const Node& other) { return other.span == node.span && other.call == node.call; };
    const size_t end = std::min(graph.size(), quantizer + most);
    if (quantizer + 1 >= end) return false;
    const Node& next = graph.nodes()[quantizer + 1];
    if (!std::holds_alternative<op::Shift>(next.operation) || !same_call(next) ||
        static_cast<size_t>(next.operands.front()) != quantizer)
        return false;
    for (size_t j = quantizer + 2; j < end; ++j)
        if (std::holds_alternative<op::Table>(graph.nodes()[j].operation) && same_call(graph.nodes()[j])) return true;
    return false;
}

/// Asks of the elements of nodes, while they are walked backward.
class Elements {
  public:
    Elements(const Graph& graph, AskedPool& pool) : graph_(graph), pool_(pool), asks_(graph.size()) {}
    void join(NodeId node, int64_t element, AskedPool::Id asked) {
        if (asked == AskedPool::empty) return;
        auto& list = asks_[static_cast<size_t>(node)];
        if (list.empty()) list.resize(static_cast<size_t>(graph_[node].size()), AskedPool::empty);
        AskedPool::Id& at = list[static_cast<size_t>(element)];
        at = pool_.joined(at, asked);
    }
    /// Those of a node, which is not needed afterwards; empty if nothing is asked.
    std::vector<AskedPool::Id> take(NodeId node) { return std::move(asks_[static_cast<size_t>(node)]); }

  private:
    const Graph& graph_;
    AskedPool& pool_;
    std::vector<std::vector<AskedPool::Id>> asks_;
};

}  // namespace

bool is_before(const ConsumerPlace& a, const ConsumerPlace& b) noexcept {
    const auto key = [](const ConsumerPlace& place) {
        return std::tuple(place.span.file, place.span.begin, place.span.end, place.call.file, place.call.begin,
                          place.call.end);
    };
    return key(a) < key(b);
}

void Consumers::sort() {
    std::sort(places_.begin(), places_.end(), is_before);
    places_.erase(std::unique(places_.begin(), places_.end()), places_.end());
}

ConsumerId Consumers::id(const ConsumerPlace& place) const {
    const auto at = std::lower_bound(places_.begin(), places_.end(), place, is_before);
    DAL_CHECK(at != places_.end() && *at == place, "a consumer that was not added");
    return static_cast<ConsumerId>(at - places_.begin());
}

TableAsks::TableAsks(const Graph& graph, std::span<const DeclaredType> declared, WantedTable wanted)
    : graph_(graph), wanted_(std::move(wanted)), carries_(graph.size()) {
    for (size_t j = 0; j < graph.size(); ++j) {
        const auto id = static_cast<NodeId>(j);
        const Node& node = graph[id];
        if (const auto* table = std::get_if<op::Table>(&node.operation))
            if (const auto number = wanted_(*table)) {
                users_.emplace_back(*number, id);
                carries_[j] = true;
            }
        for (const NodeId operand : passed_on(node)) carries_[j] = carries_[j] || carries(operand);
    }
    for (const DeclaredType& type : declared)
        if (type.asks && carries(type.node)) declared_.push_back(&type);
    std::stable_sort(declared_.begin(), declared_.end(),
                     [](const DeclaredType* a, const DeclaredType* b) { return a->node < b->node; });
}

std::optional<NodeId> TableAsks::user(size_t table) const {
    for (const auto& [number, node] : users_)
        if (number == table) return node;
    return std::nullopt;
}

void TableAsks::places(Consumers& consumers) const {
    for (const DeclaredType* type : declared_) consumers.add(place_of(*type));
    for (size_t j = 0; j < graph_.size(); ++j) {
        const Node& node = graph_.nodes()[j];
        if (std::holds_alternative<op::Quantize>(node.operation) && carries(node.operands.front()) &&
            !is_part_of_index(graph_, j))
            consumers.add(place_of(node));
    }
}

void TableAsks::join(const Consumers& consumers, std::span<Asked> into) const {
    if (users_.empty()) return;
    AskedPool pool;
    Elements elements(graph_, pool);
    const auto ask = [&](NodeId node, const FormatMap& formats, Asked::By by, const ConsumerPlace& place) {
        const ConsumerId consumer = consumers.id(place);
        AskedPool::Id asked = AskedPool::empty;
        for (int64_t element = 0; element < graph_[node].size(); ++element) {
            if (element == 0 || !formats.is_uniform()) asked = pool.add(Asked(formats.at(element), by, consumer));
            elements.join(node, element, asked);
        }
    };
    size_t types = declared_.size();
    for (size_t j = graph_.size(); j-- > 0;) {
        const auto id = static_cast<NodeId>(j);
        const Node& node = graph_[id];
        const auto* quantize = std::get_if<op::Quantize>(&node.operation);
        if (quantize && carries(node.operands[0]) && !is_part_of_index(graph_, j))
            ask(node.operands[0], quantize->formats, Asked::By::quantize, place_of(node));
        for (; types > 0 && declared_[types - 1]->node == id; --types)
            ask(id, declared_[types - 1]->formats, Asked::By::type, place_of(*declared_[types - 1]));
        if (!carries(id)) continue;
        const std::vector<AskedPool::Id> asked = elements.take(id);
        if (asked.empty()) continue;
        const auto size = static_cast<int64_t>(asked.size());
        const auto pass = [&](NodeId operand, int64_t element, AskedPool::Id what) {
            if (carries(operand)) elements.join(operand, element, what);
        };
        if (const auto* table = std::get_if<op::Table>(&node.operation)) {
            AskedPool::Id all = AskedPool::empty;
            for (const AskedPool::Id one : asked) all = pool.joined(all, one);
            into[*wanted_(*table)].join(pool[all]);
        } else if (const auto* move = std::get_if<op::Move>(&node.operation)) {
            for (int64_t element = 0; element < size; ++element) {
                const Source& source = move->sources[static_cast<size_t>(element)];
                pass(node.operands[source.operand], source.element, asked[static_cast<size_t>(element)]);
            }
        } else if (const auto* shift = std::get_if<op::Shift>(&node.operation)) {
            for (int64_t element = 0; element < size; ++element)
                pass(node.operands[0], element, pool.before_shift(asked[static_cast<size_t>(element)], shift->amount));
        } else {
            for (const NodeId operand : passed_on(node)) {
                const BroadcastMap from(graph_[operand].shape, node.shape);
                for (int64_t element = 0; element < size; ++element)
                    pass(operand, from(element), asked[static_cast<size_t>(element)]);
            }
        }
    }
}

}  // namespace dal::sema
