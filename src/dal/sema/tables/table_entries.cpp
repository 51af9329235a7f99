#include "dal/sema/tables/table_entries.hpp"

#include <algorithm>

#include "dal/support/codes/format_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/limit_codes.hpp"
#include "dal/support/codes/real_codes.hpp"

namespace dal::sema {

std::optional<Kif> uniform_kif(TensorOps& e, const Formats& formats, const Span& span) {
    const Kif kif = formats.formats->front().kif;
    if (std::all_of(formats.formats->begin(), formats.formats->end(),
                    [&](const Format& format) { return format.kif == kif; }))
        return kif;
    e.report(error(code::wrong_kind, span, "these are different formats")
                 .with_rule("the entries of a table are for the values of one format"));
    return std::nullopt;
}

bool check_entries(TensorOps& e, int64_t bits, const Span& span) {
    if (bits < 63 && int64_t{1} << bits <= max_table_entries) return true;
    e.report(
        error(code::program_too_large, span, "a table of 2^" + std::to_string(bits) + " entries")
            .with_rule("a table has at most " + std::to_string(max_table_entries) + " entries: 20 bits of arguments"));
    return false;
}

std::vector<Dyadic> dyadic_values(const Constant& constant) {
    std::vector<Dyadic> values;
    values.reserve(constant.values->size());
    for (const Rational& value : *constant.values) values.push_back(value.numerator());
    return values;
}

const Constant* exact_entries(TensorOps& e, const Placed& entries, const std::string& help) {
    if (const auto* real = std::get_if<RealTensor>(&entries.value)) {
        e.report(error(code::unquantized_constant, entries.span,
                       "entries are real numbers: " + real->at(0).to_string() +
                           (real->size() > 1 ? ", " + real->at(1).to_string() + ", …" : ""))
                     .with_rule("the entries of a table are rounded to a format, or are exact")
                     .with_help(help));
        return nullptr;
    }
    if (!e.need_dyadic(entries, "entries without a format are multiples of a power of two")) return nullptr;
    return std::get_if<Constant>(&entries.value);
}

bool check_argument(TensorOps& e, const Placed& value, const Kif& kif, const std::string& table, const Span& domain) {
    if (is_poison(value.value) || !e.need_tensor(value)) return false;
    const std::string text = e.source_text(value.span);
    const std::string help =
        "quantize it: `quantize(" + text + ", " + Format{kif, Round::trn, Overflow::sat}.to_string() + ")`";
    if (const auto* variable = std::get_if<Variable>(&value.value)) {
        if (!e.graph()[variable->node].real) return true;
        e.report(error(code::real_in_arithmetic, value.span, "`" + text + "` is an unquantized real value")
                     .with_place(domain, "the argument has this format")
                     .with_rule("a table has an entry for each value of a format")
                     .with_help(help));
        return false;
    }
    const auto* constant = std::get_if<Constant>(&value.value);
    const auto misfit = constant ? first_misfit(*constant, FormatMap(Format{kif})) : 0;
    if (!misfit) return true;
    const Shape& shape = e.shape_of(value.value);
    const std::string what =
        constant ? constant->at(*misfit).to_string() : std::get<RealTensor>(value.value).at(0).to_string();
    e.report(error(code::table_domain, value.span,
                   "the argument" + (shape.empty() ? "" : " at " + index_text(shape, *misfit)) + " is " + what)
                 .with_place(domain, "`" + table + "` has entries for the values of this format")
                 .with_rule("the argument of a table has exactly a value of the parameter's format")
                 .with_help(help));
    return false;
}

int64_t position(const Rational& value, const Kif& kif) {
    const Int code = *value.numerator().code(kif.f);
    return (code - kif.min_code()).to_int64();
}

}  // namespace dal::sema
