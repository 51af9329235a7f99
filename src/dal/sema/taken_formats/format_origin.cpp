#include "dal/sema/taken_formats/format_origin.hpp"

#include <algorithm>

#include "dal/numeric/interval.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

Kif format_of(const Rational& number) { return Interval::constant(number.numerator()).kif(); }

std::string quoted(const std::string& text) { return "`" + text + "`"; }

/// ", `quantize(…)`": the text of a place, if it is short and in one line.
std::string source(const Span& span, const SourceMap& sources) {
    constexpr size_t most = 80;
    const std::string_view text = sources.text(span);
    if (text.empty() || text.size() > most || text.find('\n') != std::string_view::npos) return "";
    return ", " + quoted(std::string(text));
}

std::string where(const Span& span, const SourceMap& sources) {
    const std::string place = sources.describe(span);
    return place.empty() ? "somewhere" : place + source(span, sources);
}

/// Exact numbers: for each part the first number that needs it.
std::string by_default(const NamedFormat& format, int64_t first, int64_t last) {
    std::optional<int64_t> of[3];
    int most[3] = {0, INT32_MIN, INT32_MIN};
    for (int64_t element = first; element < last; ++element) {
        const Kif kif = format_of(format.numbers->at(element));
        if (kif.is_zero()) continue;
        const int parts[] = {kif.k ? 1 : 0, kif.i, kif.f};
        for (size_t part = 0; part < 3; ++part)
            if (!of[part] || parts[part] > most[part]) {
                most[part] = parts[part];
                of[part] = element;
            }
    }
    const std::string exact = ", default: its numbers are exact\n";
    if (!of[0]) return "fixed(0, 0, 0)" + exact + "  every number is 0\n";
    std::string text = Kif(most[0] != 0, most[1], most[2]).to_string() + exact;
    for (size_t part = 0; part < 3; ++part) {
        text += std::string("  ") + "kif"[part] + " = " + std::to_string(most[part]) + ": ";
        if (part == 0 && most[0] == 0) {
            text += "no number is negative\n";
            continue;
        }
        text += format.numbers->at(*of[part]).to_string();
        text += format.shape.empty() ? "\n" : " at " + index_text(format.shape, *of[part]) + "\n";
    }
    return text;
}

/// Of a constant that was quantized: its format, and what became of its numbers if that is known.
std::string quantized(const NamedFormat& format, std::optional<int64_t> element) {
    const Constant& numbers = *format.numbers;
    std::string text = numbers.formats->is_uniform() || element ? numbers.formats->at(element.value_or(0)).to_string()
                                                                : "a format for each element";
    text += ", to which it is quantized\n";
    if (!numbers.meant) return text;
    int64_t changed = 0;
    int64_t worst = 0;
    Rational most;
    for (int64_t at = element.value_or(0); at < (element ? *element + 1 : numbers.size()); ++at) {
        Rational error = numbers.at(at) - (*numbers.meant)[static_cast<size_t>(at)];
        if (error.is_negative()) error = -error;
        if (!error.is_zero()) ++changed;
        if (most < error) {
            most = error;
            worst = at;
        }
    }
    if (changed == 0) return text + "  its numbers fit exactly\n";
    return text + "  " + std::to_string(changed) + " of " + std::to_string(element ? 1 : numbers.size()) +
           " numbers change, most of all " + (*numbers.meant)[static_cast<size_t>(worst)].shown() +
           (format.shape.empty() ? "" : " at " + index_text(format.shape, worst)) + ", which becomes " +
           numbers.at(worst).shown() + "\n";
}

std::string inferred(const sema::Asked& asked, const sema::Consumers& consumers, const SourceMap& sources) {
    std::string text = asked.format().to_string() + ", inferred from its consumers\n";
    if (!asked.k()) return text + "  they ask for formats without bits\n";
    const std::pair<const char*, const std::optional<sema::Asked::Part>*> parts[] = {
        {"k", &asked.k()}, {"i", &asked.i()}, {"f", &asked.f()}};
    for (const auto& [name, part] : parts) {
        const sema::ConsumerPlace& place = consumers[(*part)->from];
        text += std::string("  ") + name + " = " + std::to_string((*part)->value) + ": asked at " +
                where(place.span, sources);
        if (place.call.known()) text += ", in the call at " + sources.describe(place.call);
        text += "\n";
    }
    return text;
}

/// The element with the widest format.
int64_t widest(const NamedFormat& format) {
    int64_t best = 0;
    for (int64_t element = 1; element < static_cast<int64_t>(format.asked.size()); ++element) {
        const auto width = [&](int64_t at) {
            const sema::Asked& asked = format.asked[static_cast<size_t>(at)];
            return asked.is_empty() ? -1 : asked.format().kif.width();
        };
        if (width(element) > width(best)) best = element;
    }
    return best;
}

}  // namespace

std::string_view to_string(FormatState state) noexcept {
    switch (state) {
        case FormatState::by_default: return "default";
        case FormatState::inferred: return "inferred";
        case FormatState::specified: return "specified";
    }
    return "";
}

std::string explain_format(const NamedFormat& format, std::optional<int64_t> element, const SourceMap& sources) {
    if (!element && format.state == FormatState::inferred && format.asked.size() > 1) element = widest(format);
    const bool one = element && !format.shape.empty();
    std::string text = quoted(format.name) + (one ? " at " + index_text(format.shape, *element) : "") + ": ";
    switch (format.state) {
        case FormatState::by_default:
            if (!format.numbers) {
                return text + "exact, without a format\n  " +
                       (format.is_table ? "nothing but tests looks it up"
                                        : "nothing asks for one, and it meets no variable as it is") +
                       "\n";
            }
            if (format.numbers->formats) return text + quantized(format, element);
            return text + by_default(format, element.value_or(0), element ? *element + 1 : element_count(format.shape));
        case FormatState::specified:
            text += format.formats.is_uniform() || element ? format.formats.at(element.value_or(0)).to_string()
                                                           : "a format for each element";
            text += ", specified\n  k, i and f: ";
            text += format.place.empty() ? "written" : "`" + format.place + "` of the `with`";
            return text + " at " + where(format.written, sources) + "\n";
        case FormatState::inferred: {
            const auto at = static_cast<size_t>(format.asked.size() > 1 ? element.value_or(0) : 0);
            const bool asked = at < format.asked.size() && !format.asked[at].is_empty();
            if (!asked) return text + "exact, without a format\n  nothing asks for one here\n";
            return text + inferred(format.asked[at], *format.consumers, sources);
        }
    }
    return text;
}

}  // namespace dal
