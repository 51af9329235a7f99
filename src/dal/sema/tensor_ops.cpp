// Reporting and the budget, for all that is done with values.
#include "dal/sema/tensor_ops.hpp"

#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"

namespace dal::sema {

TensorOps::TensorOps(SourceMap& sources, const ElaborateOptions& options)
    : options_(options), reports_(sources), budget_(options) {
    if (options.written_formats) written_ = std::make_unique<FormatSources>();
}

bool TensorOps::charge(int64_t elements, const Span& span) {
    if (exhausted()) return false;
    auto over = budget_.charge(elements, static_cast<int64_t>(graph().size()), span);
    if (!over) return true;
    report(std::move(*over));
    budget_.exhaust();
    return false;
}

bool TensorOps::charge_call(const Span& span) {
    auto over = budget_.charge_call(span);
    if (over && !exhausted()) {
        report(std::move(*over));
        budget_.exhaust();
    }
    return !exhausted();
}

namespace {

/// Help for a list of tensors that can be joined, else nothing.
std::string joined(const TensorOps& e, const Value& value) {
    const auto* list = std::get_if<List>(&value);
    if (!list || list->items->items.size() < 2) return "";
    std::string items;
    Shape rest;  // what must agree: all axes but the first
    for (const Placed& item : list->items->items) {
        if (!is_tensor(item.value) || e.shape_of(item.value).empty()) return "";
        const Shape& shape = e.shape_of(item.value);
        const Shape inner(shape.begin() + 1, shape.end());
        if (!items.empty() && inner != rest) return "";
        rest = inner;
        items += (items.empty() ? "" : ", ") + e.source_text(item.span);
    }
    return "one behind the other: `concat(" + items + ")`";
}

}  // namespace

Poison TensorOps::wrong_kind(const Placed& value, std::string_view needed) {
    if (is_poison(value.value)) return {};
    const std::string text = source_text(value.span);
    Diagnostic d = error(code::wrong_kind, value.span,
                         (text.empty() ? "this" : "`" + text + "`") + " is " + std::string(kind_of(value.value)))
                       .with_rule("this place needs " + std::string(needed));
    if (const auto* function = std::get_if<Function>(&value.value); function && needed == "a tensor")
        d.help.push_back("call it: `" + function->fn->name.text + "(…)`");
    if (const auto* dependent = std::get_if<Dependent>(&value.value)) {
        d.rules = {"a test computes what depends on an input by calling it with the inputs"};
        d.help.push_back("`" + dependent->name + "(x: …)`, with the names of the inputs");
    }
    if (const auto* word = std::get_if<Text>(&value.value)) words_.explain(d, word->text);
    if (const auto* list = std::get_if<List>(&value.value))
        d.rules.emplace_back(list->items->items.empty()
                                 ? "a tensor has at least one element; what has none is the empty list"
                                 : "values of different shapes or kinds make a list, not a tensor");
    if (const std::string help = needed == "a tensor" ? joined(*this, value.value) : ""; !help.empty())
        d.help.push_back(help);
    if (const auto* builtin = std::get_if<const Builtin*>(&value.value)) {
        std::string parameters;
        for (const Builtin::Parameter& p : (*builtin)->parameters)
            if (p.kind != Builtin::Parameter::Kind::optional) parameters += (parameters.empty() ? "" : ", ") + p.name;
        d.help.push_back("call it: `" + (*builtin)->name + "(" + parameters + ")`");
    }
    return report(std::move(d));
}

Poison TensorOps::not_constant(const Placed& value, std::string rule) {
    return report(error(code::not_constant, value.span, "`" + source_text(value.span) + "` depends on an input")
                      .with_rule(std::move(rule)));
}

}  // namespace dal::sema
