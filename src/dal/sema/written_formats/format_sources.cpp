#include "dal/sema/written_formats/format_sources.hpp"

namespace dal::sema {

WrittenNumber FormatSources::Numbers::at(int64_t element) const {
    return whole >= 0 ? WrittenNumber{whole, element} : elements[static_cast<size_t>(element)];
}

int32_t FormatSources::source(SourceKey key, NumberSource source) {
    const auto [at, is_new] = source_ids_.try_emplace(std::move(key), static_cast<int32_t>(written_.numbers.size()));
    if (is_new) written_.numbers.push_back(std::move(source));
    return at->second;
}

const FormatSources::Numbers* FormatSources::numbers_of(const Constant& value) const {
    const auto found = numbers_.find(value.values.get());
    return found == numbers_.end() ? nullptr : &found->second;
}

void FormatSources::literal(const Constant& value, const Span& span) {
    keep(value.values);
    numbers_[value.values.get()] = {source({span.file, span.begin, span.end, "", ""}, {span, {}, "", value.shape}), {}};
}

void FormatSources::array(const Constant& value, std::filesystem::path file, std::string member, const Span& span) {
    keep(value.values);
    const SourceKey key{FileId::none, 0, 0, file.string(), member};
    numbers_[value.values.get()] = {source(key, {span, std::move(file), std::move(member), value.shape}), {}};
}

void FormatSources::call(const Formats& formats, FormatFunction function, const Span& span, const Constant* k,
                         const Constant* i, const Constant& last) {
    const auto [at, is_new] =
        call_ids_.try_emplace({span.file, span.begin, span.end}, static_cast<int32_t>(written_.calls.size()));
    if (is_new) written_.calls.push_back({function, span});
    std::vector<WrittenFormat> elements(formats.formats->size(), {at->second, {}, {}, {}});
    const auto fill = [&](const Constant* part, WrittenNumber WrittenFormat::* slot) {
        const Numbers* numbers = part ? numbers_of(*part) : nullptr;
        if (!numbers) return;
        const BroadcastMap from(part->shape, formats.shape);
        for (size_t element = 0; element < elements.size(); ++element)
            elements[element].*slot = numbers->at(from(static_cast<int64_t>(element)));
    };
    fill(k, &WrittenFormat::k);
    fill(i, &WrittenFormat::i);
    fill(&last, &WrittenFormat::last);
    keep(formats.formats);
    formats_[formats.formats.get()] = std::move(elements);
}

void FormatSources::moved(const Value& result, const std::vector<Source>& sources, std::span<const Placed> operands) {
    if (const auto* constant = std::get_if<Constant>(&result)) {
        Numbers numbers;
        bool any = false;
        std::vector<const Numbers*> from;
        for (const Placed& operand : operands) {
            const auto* value = std::get_if<Constant>(&operand.value);
            from.push_back(value ? numbers_of(*value) : nullptr);
            any = any || from.back();
        }
        if (!any) return;
        for (const Source& source : sources)
            numbers.elements.push_back(from[source.operand] ? from[source.operand]->at(source.element)
                                                            : WrittenNumber{});
        keep(constant->values);
        numbers_[constant->values.get()] = std::move(numbers);
    } else if (const auto* formats = std::get_if<Formats>(&result)) {
        std::vector<WrittenFormat> elements;
        for (const Source& source : sources) {
            const auto known = formats_.find(std::get<Formats>(operands[source.operand].value).formats.get());
            elements.push_back(known == formats_.end()     ? WrittenFormat{}
                               : known->second.size() == 1 ? known->second.front()
                                                           : known->second[static_cast<size_t>(source.element)]);
        }
        keep(formats->formats);
        formats_[formats->formats.get()] = std::move(elements);
    }
}

QuantizerFormat FormatSources::format_of(NodeId node, const Formats& formats, const Shape& shape,
                                         const Span& span) const {
    const auto known = formats_.find(formats.formats.get());
    std::vector<WrittenFormat> elements{WrittenFormat{}};
    if (known != formats_.end() && formats.shape.empty()) {
        elements = known->second;
    } else if (known != formats_.end()) {
        const BroadcastMap from(formats.shape, shape);
        elements.clear();
        for (int64_t element = 0; element < element_count(shape); ++element)
            elements.push_back(known->second[static_cast<size_t>(from(element))]);
    }
    return {node, span, std::move(elements)};
}

}  // namespace dal::sema
