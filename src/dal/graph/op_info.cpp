#include "dal/graph/op_info.hpp"

#include <array>
#include <utility>

#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

/// The operations of a struct that differ in name.
template <class Op>
std::vector<Operation> spellings(Op operation) {
    return {operation};
}
std::vector<Operation> spellings(const op::Compare&) {
    return {op::Compare{Relation::eq}, op::Compare{Relation::ne}, op::Compare{Relation::lt}, op::Compare{Relation::le}};
}
std::vector<Operation> spellings(const op::Bitwise&) {
    return {op::Bitwise{BitFunction::bit_and}, op::Bitwise{BitFunction::bit_or}, op::Bitwise{BitFunction::bit_xor}};
}
std::vector<Operation> spellings(const op::Move&) { return {}; }

/// Calls `visit` with each operation of the variant, as it is by default.
template <class Visit>
void for_each_operation(Visit&& visit) {
    [&]<size_t... index>(std::index_sequence<index...>) {
        (visit(std::variant_alternative_t<index, Operation>{}), ...);
    }(std::make_index_sequence<std::variant_size_v<Operation>>());
}

/// Counts the members that have one item per element.
class Misfit {
  public:
    Misfit(std::span<const int64_t> operand_sizes, int64_t size) : operand_sizes_(operand_sizes), size_(size) {}

    void operator()(const char*, const op::Input& port) {
        if (!port.real) (*this)("", port.formats);
    }
    void operator()(const char*, const FormatMap& formats) {
        if (!formats.is_uniform()) need(formats.size(), "formats");
    }
    void operator()(const char*, const std::vector<Dyadic>& values) { need(values.size(), "values"); }
    void operator()(const char*, const std::vector<Source>& sources) {
        need(sources.size(), "sources");
        for (const Source& source : sources)
            if (source.operand >= operand_sizes_.size() || source.element < 0 ||
                source.element >= operand_sizes_[source.operand])
                problem =
                    "no element " + std::to_string(source.element) + " of operand " + std::to_string(source.operand);
    }
    void operator()(const char*, const auto&) {}
    void point(const char*, int) {}
    void if_any(const char*, const std::optional<FormatMap>& formats) {
        if (formats) (*this)("", *formats);
    }
    void if_any(const char*, const std::vector<uint32_t>& which) {
        if (!which.empty()) need(which.size(), "choices of a table");
    }

    std::string problem;

  private:
    void need(size_t count, const char* what) {
        if (static_cast<int64_t>(count) != size_) problem = std::to_string(count) + " " + what;
    }

    std::span<const int64_t> operand_sizes_;
    int64_t size_;
};

/// The common shape of all; error bad_shape.
Result<Shape> broadcast_all(std::span<const Shape> shapes, const Span& span) {
    Shape common = shapes.front();
    for (const Shape& shape : shapes.subspan(1)) {
        auto wider = broadcast(common, shape);
        if (!wider) return failure(does_not_broadcast(common, shape, span));
        common = std::move(*wider);
    }
    return common;
}

std::string incomplete(const op::Table& table) {
    const auto entries = static_cast<int64_t>(table.entries ? table.entries->size() : 0);
    if (table.size <= 0 || entries == 0 || entries % table.size != 0) return std::to_string(entries) + " entries";
    for (const uint32_t which : table.which)
        if (which >= entries / table.size) return "no table " + std::to_string(which);
    return {};
}

}  // namespace

std::string_view to_string(Relation relation) noexcept {
    switch (relation) {
        case Relation::eq: return "eq";
        case Relation::ne: return "ne";
        case Relation::lt: return "lt";
        case Relation::le: return "le";
    }
    return "";
}

std::string_view to_string(BitFunction function) noexcept {
    switch (function) {
        case BitFunction::bit_and: return "bit_and";
        case BitFunction::bit_or: return "bit_or";
        case BitFunction::bit_xor: return "bit_xor";
    }
    return "";
}

std::string_view operation_name(const Operation& operation) noexcept {
    return std::visit(Overloaded{
                          [](const op::Compare& compare) { return to_string(compare.relation); },
                          [](const op::Bitwise& bitwise) { return to_string(bitwise.function); },
                          [](const op::Move& move) { return std::string_view(move.name); },
                          []<class Op>(const Op&) {
                              static_assert(!op_info<Op>.name.empty(), "an operation without a name");
                              return op_info<Op>.name;
                          },
                      },
                      operation);
}

std::string_view operation_symbol(const Operation& operation) noexcept {
    if (const auto* compare = std::get_if<op::Compare>(&operation)) switch (compare->relation) {
            case Relation::eq: return "==";
            case Relation::ne: return "!=";
            case Relation::lt: return "<";
            case Relation::le: return "<=";
        }
    if (const auto* bitwise = std::get_if<op::Bitwise>(&operation)) switch (bitwise->function) {
            case BitFunction::bit_and: return "&";
            case BitFunction::bit_or: return "|";
            case BitFunction::bit_xor: return "^";
        }
    const std::string_view symbol = info_of(operation).symbol;
    return symbol.empty() ? operation_name(operation) : symbol;
}

const OpInfo& info_of(const Operation& operation) noexcept {
    return std::visit([]<class Op>(const Op&) -> const OpInfo& { return op_info<Op>; }, operation);
}

std::optional<Operation> operation_named(std::string_view name) {
    std::optional<Operation> found;
    for_each_operation([&](const auto& one) {
        for (Operation& operation : spellings(one))
            if (operation_name(operation) == name) found = std::move(operation);
    });
    return found;
}

Result<Shape> result_shape(const Operation& operation, std::span<const Shape> operands, const Shape& brought,
                           const Span& span) {
    switch (info_of(operation).reads) {
        case Reads::nothing:
        case Reads::source: return brought;
        case Reads::own_place: return broadcast_all(operands, span);
        case Reads::terms: return einsum_shape(std::get<op::Einsum>(operation).spec, operands, span);
    }
    return brought;
}

std::string misfit(const Operation& operation, std::span<const int64_t> operand_sizes, int64_t size) {
    Misfit found(operand_sizes, size);
    std::visit([&](const auto& one) { each_field(one, found); }, operation);
    const auto* table = std::get_if<op::Table>(&operation);
    return found.problem.empty() && table != nullptr ? incomplete(*table) : found.problem;
}

}  // namespace dal
