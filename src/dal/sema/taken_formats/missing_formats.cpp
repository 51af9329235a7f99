// What is known of open formats while a program is made; settling is in fill_missing.cpp.
#include "dal/sema/taken_formats/missing_formats.hpp"

#include <algorithm>

#include "dal/support/check.hpp"

namespace dal::sema {
namespace {

const void* numbers_of(const Value& constant) {
    if (const auto* rational = std::get_if<Constant>(&constant)) return rational->values.get();
    if (const auto* real = std::get_if<RealTensor>(&constant)) return real->values.get();
    return nullptr;
}

std::shared_ptr<const void> shared_numbers(const Value& constant) {
    if (const auto* rational = std::get_if<Constant>(&constant)) return rational->values;
    return std::get<RealTensor>(constant).values;
}

bool needs_format(const Value& value) {
    if (const auto* rational = std::get_if<Constant>(&value)) return !is_dyadic(*rational);
    return std::holds_alternative<RealTensor>(value);
}

/// The same numbers in a place of their own, so that no other constant is taken for this one.
Value copied(const Value& value) {
    if (const auto* rational = std::get_if<Constant>(&value)) return Constant::of(rational->shape, *rational->values);
    const auto& real = std::get<RealTensor>(value);
    return RealTensor::of(real.shape, *real.values);
}

}  // namespace

RealOrConstant real_or_constant(const Value& constant) {
    if (const auto* rational = std::get_if<Constant>(&constant)) return *rational;
    return std::get<RealTensor>(constant);
}

bool is_exact(const RealOrConstant& constant, int64_t element) {
    if (const auto* rational = std::get_if<Constant>(&constant)) return rational->at(element).is_dyadic();
    const auto value = std::get<RealTensor>(constant).at(element).rational();
    return value && value->is_dyadic();
}

const void* OpenFormats::numbers(const Value& constant) const {
    return knows(constant) ? numbers_of(constant) : nullptr;
}

const std::shared_ptr<const OpenFormats::Origins>* OpenFormats::find(const Value& constant) const {
    const auto at = origins_.find(numbers_of(constant));
    return at == origins_.end() ? nullptr : &at->second;
}

void OpenFormats::remember(const Value& constant, Origins origins) {
    kept_.push_back(shared_numbers(constant));
    origins_.insert_or_assign(numbers_of(constant), std::make_shared<const Origins>(std::move(origins)));
}

Value OpenFormats::parameter(const std::string& name, const Span& span, const Span& numbers, Value value,
                             const std::optional<Placed>& format) {
    if (!needs_format(value)) return value;
    value = copied(value);
    const auto id = static_cast<ThingId>(things_.size());
    things_.push_back({name, span, numbers, false, real_or_constant(value), format, nullptr, {}, {}, false});
    by_name_.insert_or_assign(std::pair(span.file, span.begin), id);
    remember(value, {id, {}});
    return value;
}

std::shared_ptr<const std::vector<Dyadic>> OpenFormats::table(const std::string& name, const Span& span,
                                                              RealOrConstant exact, const Span& body) {
    const auto size = std::visit([](const auto& entries) { return entries.size(); }, exact);
    auto entries = std::make_shared<std::vector<Dyadic>>(static_cast<size_t>(size));
    const auto id = static_cast<ThingId>(things_.size());
    things_.push_back({name, span, body, true, std::move(exact), std::nullopt, entries, {}, {}, false});
    by_name_.insert_or_assign(std::pair(span.file, span.begin), id);
    tables_.emplace(entries.get(), id);
    return entries;
}

std::shared_ptr<const std::vector<Dyadic>> OpenFormats::table_of(std::shared_ptr<const void> key,
                                                                 const std::string& name, const Span& span,
                                                                 const RealOrConstant& exact) {
    if (const auto known = keys_.find(key.get()); known != keys_.end()) return things_[known->second].entries;
    keys_.emplace(key.get(), static_cast<ThingId>(things_.size()));
    kept_.push_back(std::move(key));
    return table(name, span, exact, span);
}

void OpenFormats::moved(const Value& result, std::span<const Source> sources, std::span<const Placed> operands) {
    if (origins_.empty() || !numbers_of(result)) return;
    std::vector<const Origins*> from;
    bool any = false;
    for (const Placed& operand : operands) {
        const auto* known = find(operand.value);
        from.push_back(known ? known->get() : nullptr);
        any = any || known;
    }
    if (!any || !needs_format(result)) return;
    Origins origins;
    origins.list.reserve(sources.size());
    for (const Source& source : sources) {
        const Origins* known = from[source.operand];
        origins.list.push_back(known ? known->at(source.element) : Origin{});
    }
    remember(result, std::move(origins));
}

void OpenFormats::ask(const Value& constant, const FormatMap& formats, const ConsumerPlace& consumer) {
    if (const auto* origins = find(constant)) asks_.push_back({*origins, formats, consumer});
}

std::optional<NodeId> OpenFormats::meet(const Placed& constant, Graph& graph, size_t test) {
    const auto* origins = find(constant.value);
    if (!origins) return std::nullopt;
    RealOrConstant exact = real_or_constant(constant.value);
    const Shape& shape = std::visit([](const auto& tensor) -> const Shape& { return tensor.shape; }, exact);
    const int64_t size = element_count(shape);
    for (int64_t element = 0; element < size; ++element)
        if ((*origins)->at(element).thing == none && !is_exact(exact, element)) return std::nullopt;
    const NodeId node = graph.constant(shape, std::vector<Dyadic>(static_cast<size_t>(size)), constant.span);
    uses_.push_back({test, node, *origins, std::move(exact), constant.span});
    return node;
}

void OpenFormats::forget_tests() {
    std::erase_if(uses_, [](const Use& use) { return use.test > 0; });
}

}  // namespace dal::sema
