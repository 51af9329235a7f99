// Formats that were left open, once all consumers are known: who asks for what, and the rounded numbers.
#include <algorithm>

#include "dal/numeric/interval.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/sema/builtins/real_functions.hpp"
#include "dal/sema/taken_formats/missing_formats.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/format_codes.hpp"
#include "dal/support/codes/real_codes.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::sema {
namespace {

Kif suggested(const RealOrConstant& exact) {
    return std::visit([](const auto& tensor) { return suggested_format(tensor); }, exact);
}

const Shape& shape_of(const RealOrConstant& exact) {
    return std::visit([](const auto& tensor) -> const Shape& { return tensor.shape; }, exact);
}

/// What the numbers are meant to be; null where that is beyond computing.
std::shared_ptr<const std::vector<Rational>> meant(const RealOrConstant& exact) {
    constexpr int enough_bits = 128;
    if (const auto* constant = std::get_if<Constant>(&exact)) return constant->as_meant().values;
    auto numbers = stand_ins(std::get<RealTensor>(exact), enough_bits);
    return numbers ? std::make_shared<const std::vector<Rational>>(std::move(*numbers)) : nullptr;
}

std::string text_of(const RealOrConstant& exact, int64_t element) {
    return std::visit([&](const auto& tensor) { return tensor.at(element).to_string(); }, exact);
}

/// " at [1, 2]"; nothing for a scalar.
std::string at(const Shape& shape, int64_t element) { return shape.empty() ? "" : " at " + index_text(shape, element); }

std::string modes_text(const Asked::Modes& modes) {
    return "`round: " + std::string(to_string(modes.round)) + ", overflow: " + std::string(to_string(modes.overflow)) +
           "`";
}

}  // namespace

/// All consumers, and what they ask of each thing.
std::shared_ptr<const Consumers> OpenFormats::join(TensorOps& e) {
    auto consumers = std::make_shared<Consumers>();
    const Program& program = e.program();
    const auto wanted = [&](const op::Table& table) -> std::optional<size_t> {
        const auto known = tables_.find(table.entries.get());
        return known == tables_.end() ? std::nullopt : std::optional<size_t>(known->second);
    };
    std::vector<TableAsks> graphs;
    graphs.emplace_back(program.graph, program.declared, wanted);
    for (const TestProgram& test : program.tests) graphs.emplace_back(test.graph, test.declared, wanted);
    for (const TableAsks& graph : graphs) graph.places(*consumers);
    for (const Ask& ask : asks_) consumers->add(ask.consumer);
    consumers->sort();

    std::vector<Asked> tables(things_.size());
    graphs.front().join(*consumers, tables);
    // Tests say nothing of a table that the program itself uses.
    std::vector<Asked> in_tests(things_.size());
    for (size_t test = 1; test < graphs.size(); ++test) graphs[test].join(*consumers, in_tests);
    for (size_t id = 0; id < things_.size(); ++id) {
        Thing& thing = things_[id];
        if (thing.is_table)
            thing.asked = {graphs.front().user(id) ? tables[id] : in_tests[id]};
        else
            thing.asked.assign(static_cast<size_t>(element_count(shape_of(thing.exact))), Asked());
    }
    for (const Ask& ask : asks_) {
        const ConsumerId consumer = consumers->id(ask.consumer);
        const int64_t size = ask.origins->list.empty() ? element_count(shape_of(things_[ask.origins->thing].exact))
                                                       : static_cast<int64_t>(ask.origins->list.size());
        for (int64_t element = 0; element < size; ++element) {
            const Origin origin = ask.origins->at(element);
            if (origin.thing != none)
                things_[origin.thing].asked[static_cast<size_t>(origin.element)].join(
                    Asked(ask.formats.at(element), Asked::By::quantize, consumer));
        }
    }
    return consumers;
}

bool OpenFormats::settle(TensorOps& e) {
    const std::shared_ptr<const Consumers> consumers = join(e);
    for (Thing& thing : things_) {
        thing.is_reported = false;
        if (!thing.scope) continue;
        thing.specified = e.format_map(std::get<Formats>(thing.scope->value), shape_of(thing.exact), thing.scope->span);
        thing.is_reported = !thing.specified;
    }
    for (const Use& use : uses_) fill(e, use, *consumers);
    for (Thing& thing : things_) {
        if (!thing.is_table) continue;
        std::optional<Span> used;
        const auto find = [&](const Graph& graph) {
            for (const Node& node : graph.nodes())
                if (const auto* table = std::get_if<op::Table>(&node.operation);
                    table && table->entries == thing.entries && !used)
                    used = node.span;
        };
        find(e.program().graph);
        for (const TestProgram& test : e.program().tests) find(test.graph);
        // What nothing looks up needs no format; so `check`, which leaves tests out, and `test` agree.
        if (used) fill(e, thing, *consumers, *used);
    }
    if (!e.reports().empty()) return false;
    publish(e, consumers);
    return true;
}

void OpenFormats::fill(TensorOps& e, const Use& use, const Consumers& consumers) {
    Graph& graph = use.test == 0 ? e.program().graph : e.program().tests[use.test - 1].graph;
    auto& constant = std::get<op::Constant>(graph[use.node].operation);
    auto& values = constant.values;
    std::vector<Format> formats;
    formats.reserve(values.size());
    for (size_t j = 0; j < values.size(); ++j) {
        const auto element = static_cast<int64_t>(j);
        if (is_exact(use.exact, element)) {
            values[j] = std::visit(Overloaded{
                                       [&](const Constant& c) { return c.at(element).numerator(); },
                                       [&](const RealTensor& r) { return r.at(element).rational()->numerator(); },
                                   },
                                   use.exact);
            formats.push_back(Format{Interval::constant(values[j]).kif()});
            continue;
        }
        const Origin origin = use.origins->at(element);
        Thing& thing = things_[origin.thing];
        if (thing.is_reported) return;
        const Asked& asked = thing.asked[static_cast<size_t>(origin.element)];
        if (thing.specified) {
            if (const auto number = rounded(e, thing, origin.element, thing.specified->at(origin.element), false))
                values[j] = *number;
        } else if (asked.is_empty()) {
            report_unasked(e, thing, origin.element, use.span);
        } else if (asked.conflict()) {
            report_conflict(e, thing, asked, consumers);
        } else if (const auto number = rounded(e, thing, origin.element, asked.format(), false)) {
            values[j] = *number;
        }
        if (thing.is_reported) return;
        formats.push_back(thing.specified ? thing.specified->at(origin.element) : asked.format());
    }
    constant.formats = FormatMap(std::move(formats));
    if (e.options().constant_quantizers && use.test == 0) constant.meant = meant(use.exact);
}

void OpenFormats::fill(TensorOps& e, Thing& table, const Consumers& consumers, const Span& use) {
    const Asked& asked = table.asked.front();
    if (asked.is_empty()) return report_unasked(e, table, 0, use);
    if (asked.conflict()) return report_conflict(e, table, asked, consumers);
    const Format format = asked.format();
    if (!e.charge(static_cast<int64_t>(table.entries->size()), table.numbers)) return;
    for (size_t j = 0; j < table.entries->size() && !table.is_reported; ++j)
        if (auto number = rounded(e, table, static_cast<int64_t>(j), format, asked.has_quantize()))
            (*table.entries)[j] = std::move(*number);
}

std::optional<Dyadic> OpenFormats::rounded(TensorOps& e, Thing& thing, int64_t element, const Format& format,
                                           bool may_wrap) {
    if (thing.is_reported) return std::nullopt;
    const int f = format.kif.f;
    // What may not wrap is rounded only, and looked at.
    const bool checked = format.overflow == Overflow::wrap && !may_wrap;
    const auto code_of = [&](const auto& number) -> RealResult<Int> {
        if (checked) return round_code(number, f, format.round);
        return quantize_code(number, format);
    };
    const RealResult<Int> code =
        std::visit([&](const auto& tensor) { return code_of(tensor.at(element)); }, thing.exact);
    const Shape& shape = shape_of(thing.exact);
    if (!code) {
        thing.is_reported = true;
        report_real(e, {code.error(), element}, shape, thing.numbers);
        return std::nullopt;
    }
    if (*code < format.kif.min_code() || *code > format.kif.max_code()) {
        thing.is_reported = true;
        const Format saturated{format.kif, format.round, Overflow::sat};
        e.report(error(code::does_not_fit, thing.numbers,
                       "`" + thing.name + "`" + at(shape, element) + " is " + text_of(thing.exact, element) +
                           ", which " + format.kif.to_string() + " does not hold")
                     .with_place(thing.specified ? thing.scope->span : thing.span,
                                 thing.specified ? "the format" : "consumers of this ask for that format")
                     .with_rule("a format that is not written here rounds, but does not wrap")
                     .with_help("`" + saturated.to_string() + "`, or more integer bits"));
        return std::nullopt;
    }
    return Dyadic(*code, -int64_t{f});
}

void OpenFormats::report_unasked(TensorOps& e, Thing& thing, int64_t element, const Span& use) {
    thing.is_reported = true;
    const Shape& shape = shape_of(thing.exact);
    const bool is_real = std::holds_alternative<RealTensor>(thing.exact);
    if (thing.is_table)
        for (element = 0; is_exact(thing.exact, element);) ++element;
    const Code code = is_real ? code::unquantized_constant : code::not_dyadic;
    const Format format{suggested(thing.exact), Round::rnd, Overflow::sat};
    const std::string text = e.source_text(use);
    const std::string number = text_of(thing.exact, element);
    Diagnostic d = error(code, thing.is_table ? thing.numbers : use,
                         (thing.is_table ? "entry " + std::to_string(element) + " of `" + thing.name + "`"
                                         : "`" + thing.name + "`" + at(shape, element)) +
                             " is " + number);
    if (thing.is_table && use.known()) d.secondary.push_back({use, "looked up here"});
    if (!thing.is_table) d.secondary.push_back({thing.span, "declared without a format"});
    d.rules.push_back("numbers that no format holds exactly take the format that a consumer asks for, and none does");
    if (!text.empty() && text != "…")
        d.help.push_back("ask for one: `quantize(" + text + ", " +
                         (thing.is_table ? format.to_string() : format.kif.to_string()) + ")`");
    if (thing.is_table)
        d.help.push_back((d.help.empty() ? "say" : "or say") + std::string(" how they are rounded: `table ") +
                         thing.name + "(…) -> " + format.to_string() + " = …`");
    e.report(std::move(d));
}

void OpenFormats::report_conflict(TensorOps& e, Thing& thing, const Asked& asked, const Consumers& consumers) {
    thing.is_reported = true;
    const Asked::Conflict conflict = *asked.conflict();
    const Span& first = consumers[conflict.first].span;
    const Span& second = consumers[conflict.second].span;
    Diagnostic d = error(code::format_conflict, second, "consumers of `" + thing.name + "` ask for different formats");
    if (conflict.modes) {
        d.label = "with " + modes_text(conflict.modes->second);
        d.secondary.push_back({first, "with " + modes_text(conflict.modes->first)});
        d.rules.emplace_back("all who ask for a format agree on rounding and overflow");
    } else {
        d.label = "asks for more";
        d.secondary.push_back({first, "this format has to hold it exactly"});
        d.rules.emplace_back("a declared format holds every value exactly; the others ask for more than it has");
    }
    if (thing.span.known()) d.secondary.push_back({thing.span, "declared without a format"});
    if (!conflict.modes)
        d.help.push_back("declare `" + asked.format().kif.to_string() + "` there, or quantize the value before");
    else if (thing.is_table)
        d.help.push_back("write it: `table " + thing.name + "(…) -> " + asked.format().to_string() + " = …`");
    else
        d.help.push_back("write it: `" + thing.name + " = quantize(" + e.source_text(thing.numbers) + ", " +
                         asked.format().to_string() + ")`");
    e.report(std::move(d));
}

void OpenFormats::publish(TensorOps& e, const std::shared_ptr<const Consumers>& consumers) {
    Program& program = e.program();
    program.formats = named_;
    program.module_formats = in_modules_;
    for (NamedFormat& format : program.formats) describe(format, consumers);
    for (NamedFormat& format : program.module_formats) describe(format, consumers);
}

void OpenFormats::describe(NamedFormat& named, const std::shared_ptr<const Consumers>& consumers) const {
    const auto known = by_name_.find(std::pair(named.span.file, named.span.begin));
    if (known == by_name_.end() || named.state == FormatState::specified) return;
    const Thing& thing = things_[known->second];
    if (thing.specified) {
        named.state = FormatState::specified;
        named.formats = *thing.specified;
        named.written = thing.scope->span;
        named.place = "weight";
        return;
    }
    const bool any = std::any_of(thing.asked.begin(), thing.asked.end(), [](const Asked& a) { return !a.is_empty(); });
    if (!any) return;
    named.state = FormatState::inferred;
    named.consumers = consumers;
    named.asked = thing.asked;
    std::vector<Format> formats;
    for (const Asked& asked : thing.asked) formats.push_back(asked.is_empty() ? Format{} : asked.format());
    named.formats = FormatMap(std::move(formats));
}

}  // namespace dal::sema
