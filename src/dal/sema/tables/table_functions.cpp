#include "dal/sema/tables/table_functions.hpp"

#include "dal/sema/coverage.hpp"
#include "dal/sema/expressions/evaluator.hpp"
#include "dal/sema/tables/table_entries.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/shape_codes.hpp"

namespace dal::sema {
namespace {

/// The parameters of a declared table; reports what is wrong with their types.
std::optional<std::vector<Table::Parameter>> parameters_of(Evaluator& e, const ast::Table& table, const Scope& scope) {
    std::vector<Table::Parameter> parameters;
    int64_t bits = 0;
    bool ok = true;
    for (const ast::Parameter& parameter : table.parameters) {
        if (parameter.default_value != ast::ExprId::none) {
            e.report(error(code::bad_arguments, parameter.name.span,
                           "`" + parameter.name.text + "` of a table has a default")
                         .with_rule("a table is called with all its arguments"));
            ok = false;
        }
        DAL_CHECK(parameter.type, "the grammar has a type for each parameter of a table");
        const auto type = e.type(*parameter.type, scope);
        if (!type) {
            ok = false;
            continue;
        }
        const auto* formats = std::get_if<Formats>(&type->element);
        if (!formats || !type->shape->empty()) {
            e.report(
                error(code::wrong_kind, parameter.type->span,
                      "parameter `" + parameter.name.text + "` of a table is not of a scalar format")
                    .with_rule("a table is for the values of a format, and is called on tensors element by element"));
            ok = false;
            continue;
        }
        const auto kif = uniform_kif(e, *formats, parameter.type->span);
        ok = ok && kif;
        if (!kif) continue;
        bits += kif->width();
        parameters.push_back({parameter.name.text, *kif, parameter.type->span});
    }
    if (table.parameters.empty()) {
        e.report(error(code::bad_arguments, table.name.span, "`" + table.name.text + "` has no parameters")
                     .with_rule("a table has an entry for each value of its parameters' formats"));
        return std::nullopt;
    }
    if (!ok || !check_entries(e, bits, table.name.span)) return std::nullopt;
    return parameters;
}

/// For each parameter, its value in each of the entries.
std::vector<Constant> argument_values(const std::vector<Table::Parameter>& parameters) {
    int64_t entries = 1;
    for (const Table::Parameter& parameter : parameters) entries <<= parameter.kif.width();
    std::vector<Constant> result;
    int64_t slower = 1;  // combinations of the parameters before
    for (const Table::Parameter& parameter : parameters) {
        const int64_t codes = int64_t{1} << parameter.kif.width();
        const int64_t repeats = entries / slower / codes;
        const Int first = parameter.kif.min_code();
        std::vector<Rational> values;
        values.reserve(static_cast<size_t>(entries));
        for (int64_t entry = 0; entry < entries; ++entry)
            values.emplace_back(Dyadic(first + Int(entry / repeats % codes), -int64_t{parameter.kif.f}));
        result.push_back(Constant::of({entries}, std::move(values)));
        slower *= codes;
    }
    return result;
}

/// The value of a table's body as one value per entry; reports what it is instead.
std::optional<Placed> as_entries(TensorOps& e, Placed body, int64_t entries) {
    if (is_poison(body.value)) return std::nullopt;
    if (std::holds_alternative<Variable>(body.value)) {
        e.not_constant(body, "the entries of a table are constants");
        return std::nullopt;
    }
    if (!e.need_tensor(body)) return std::nullopt;
    const Shape& shape = e.shape_of(body.value);
    const int64_t size = element_count(shape);
    if (size != entries && size != 1) {
        e.report(
            error(code::bad_shape, body.span,
                  "the table has " + std::to_string(entries) + " entries, this is " + std::to_string(size) + " values")
                .with_rule("a table has one entry for each combination of its parameters' values"));
        return std::nullopt;
    }
    if (shape == Shape{entries}) return body;
    std::vector<Source> sources(static_cast<size_t>(entries));
    for (int64_t entry = 0; entry < entries; ++entry) sources[static_cast<size_t>(entry)] = {0, size == 1 ? 0 : entry};
    body.value =
        e.move("table", MovementResult(Movement{{entries}, std::move(sources)}), std::span(&body, 1), body.span);
    return body;
}

/// Several arguments as one: their codes side by side, the first one highest.
Value packed(TensorOps& e, const Table& table, std::span<const Placed> arguments, const Span& span) {
    std::optional<NodeId> index;
    int bits = 0;
    for (size_t j = arguments.size(); j-- > 0;) {
        const Table::Parameter& parameter = table.parameters[j];
        const Placed& argument = arguments[j];
        const Shape& shape = e.shape_of(argument.value);
        // A value outside would read an entry of other arguments. That each fits is checked after inference; until
        // then, the quantization (of what fits, so that it changes nothing) keeps the index inside the table.
        const Formats format{{}, std::make_shared<const std::vector<Format>>(1, Format{parameter.kif})};
        if (!e.conforms(argument, {format, shape, parameter.span, false}, parameter.name)) return Poison{};
        const auto node = e.node_of(argument);
        if (!node) return Poison{};
        auto code = e.graph().quantize(*node, FormatMap(Format{parameter.kif}), span);
        if (!code) return e.report(std::move(code.error()));
        const NodeId part = e.graph().shift(*code, parameter.kif.f + bits, span);
        if (index) {
            auto sum = e.graph().add(part, *index, span);
            if (!sum) return e.report(std::move(sum.error()));
            index = *sum;
        } else {
            index = part;
        }
        bits += parameter.kif.width();
    }
    return Variable{*index};
}

}  // namespace

Value declare_table(Evaluator& e, const ast::Table& table, const std::optional<Placed>& place, const Scope& scope) {
    auto parameters = parameters_of(e, table, scope);
    if (!parameters) return Poison{};
    Scope inner{scope.module, scope.visible, &scope, {}};
    std::vector<Constant> values = argument_values(*parameters);
    const int64_t entries = values.front().size();
    if (!e.charge(entries * static_cast<int64_t>(values.size()), table.name.span)) return Poison{};
    for (size_t j = 0; j < values.size(); ++j)
        inner.names.insert_or_assign((*parameters)[j].name,
                                     Placed{std::move(values[j]), table.parameters[j].name.span});
    auto body = as_entries(e, e.placed(table.body, inner), entries);
    std::optional<Placed> format = place;
    if (table.result) {
        const auto type = e.type(*table.result, scope);
        if (!type) return Poison{};
        if (!type->shape->empty() || std::holds_alternative<RealType>(type->element))
            return e.report(error(code::wrong_kind, table.result->span, "entries of a table are of a scalar format"));
        if (std::holds_alternative<Formats>(type->element))
            format = Placed{type->element, table.result->span};
        else
            format.reset();  // `_`
    }
    if (!body) return Poison{};
    if (format) body->value = e.quantize(*body, *format, body->span);
    if (is_poison(body->value)) return Poison{};
    const auto* exact = std::get_if<Constant>(&body->value);
    if (exact && !is_dyadic(*exact)) exact = nullptr;
    NamedFormat named;
    named.name = table.name.text;
    named.span = table.name.span;
    named.is_table = true;
    named.shape = {entries};
    if (format) {
        const auto formats = e.formats_of(*format);
        if (!formats) return Poison{};
        named.state = FormatState::specified;
        named.formats = FormatMap(formats->formats->front());
        named.written = format->span;
        if (!table.result) named.place = "table";
    } else if (exact) {
        named.numbers = *exact;
    }
    e.open_formats().name(std::move(named), scope.module->is_main);
    const auto found =
        exact ? std::make_shared<const std::vector<Dyadic>>(dyadic_values(*exact))
              : e.open_formats().table(table.name.text, table.name.span, real_or_constant(body->value), body->span);
    return std::make_shared<const Table>(Table{table.name.text, table.name.span, std::move(*parameters), found});
}

Value call_table(TensorOps& e, const TableRef& called, std::span<const Placed> arguments, const Span& span) {
    const Table& table = *called;
    if (arguments.size() != table.parameters.size())
        return e.report(error(code::bad_arguments, span,
                              "`" + table.name + "` takes " + std::to_string(table.parameters.size()) +
                                  (table.parameters.size() == 1 ? " argument, " : " arguments, ") +
                                  std::to_string(arguments.size()) + (arguments.size() == 1 ? " is" : " are") +
                                  " given")
                            .with_place(table.span, "`" + table.name + "` is declared here"));
    Shape shape;
    bool all_constant = true;
    for (size_t j = 0; j < arguments.size(); ++j) {
        const Table::Parameter& parameter = table.parameters[j];
        if (!check_argument(e, arguments[j], parameter.kif, table.name, parameter.span)) return Poison{};
        const auto common = e.broadcast_shape(shape, e.shape_of(arguments[j].value), span);
        if (!common) return Poison{};
        shape = *common;
        all_constant = all_constant && std::holds_alternative<Constant>(arguments[j].value);
    }
    all_constant = all_constant && !e.open_formats().is_open(table.entries);
    const int64_t elements = element_count(shape);
    if (!e.charge(elements, span)) return Poison{};
    if (all_constant) {
        std::vector<int64_t> positions(static_cast<size_t>(elements));
        for (size_t j = 0; j < arguments.size(); ++j) {
            const auto& constant = std::get<Constant>(arguments[j].value);
            const Kif& kif = table.parameters[j].kif;
            const BroadcastMap from(constant.shape, shape);
            for (int64_t element = 0; element < elements; ++element) {
                int64_t& at = positions[static_cast<size_t>(element)];
                at = (at << kif.width()) + position(constant.at(from(element)), kif);
            }
        }
        std::vector<Rational> values;
        values.reserve(positions.size());
        for (const int64_t at : positions) values.emplace_back((*table.entries)[static_cast<size_t>(at)]);
        if (e.coverage())
            for (const int64_t at : positions) e.coverage()->read(called, at);
        return Constant::of(shape, std::move(values));
    }
    const auto look_up = [&](op::Table operation, NodeId index) {
        const NodeId node = e.graph().table(std::move(operation), index, span);
        if (e.coverage()) e.coverage()->read_by(called, node);
        return Variable{node};
    };
    op::Table operation;
    operation.size = static_cast<int64_t>(table.entries->size());
    operation.entries = table.entries;
    if (arguments.size() == 1) {
        operation.first = table.parameters.front().kif.min_code();
        operation.f = table.parameters.front().kif.f;
        const auto index = e.node_of(arguments.front());
        if (!index) return Poison{};
        return look_up(std::move(operation), *index);
    }
    int64_t bits = 0;
    for (size_t j = arguments.size(); j-- > 0; bits += table.parameters[j].kif.width())
        operation.first += table.parameters[j].kif.min_code() << bits;
    const Value index = packed(e, table, arguments, span);
    const auto* node = std::get_if<Variable>(&index);
    if (!node) return Poison{};
    return look_up(std::move(operation), node->node);
}

}  // namespace dal::sema
