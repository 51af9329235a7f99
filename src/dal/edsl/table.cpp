#include "dal/edsl/table.hpp"

#include "dal/edsl/session.hpp"
#include "dal/sema/tables/table_functions.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/codes/format_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/limit_codes.hpp"

namespace dal::edsl {

struct Table::Content {
    std::string name;
    Location at;
    std::vector<Kif> parameters;
    std::shared_ptr<const std::vector<Dyadic>> entries;  ///< null: in each program as its consumers ask
    RealOrConstant exact;                                ///< then these
};

namespace {

using Entry = std::function<Number(std::span<const Number>)>;
using Round = std::function<Dyadic(const Number&)>;

/// Empty if `entry` is: a function that is not there.
Entry of_one(const std::function<Number(Number)>& entry) {
    if (!entry) return {};
    return [&entry](std::span<const Number> values) { return entry(values[0]); };
}

Kif parameter_of(const Formats& domain, const std::string& name, const Location& at) {
    for (const Format& format : domain.list())
        if (format.kif != domain.list().front().kif || !domain.shape().empty())
            fail(error(code::wrong_kind, {}, "a parameter of `" + name + "` has a format per element")
                     .with_rule("a table is for the values of one format, and is called on tensors element by element"),
                 at);
    return domain.list().front().kif;
}

/// Calls `entry` for each combination of values, the last parameter first. Without `round` exact entries stay as they
/// are, and others are left open.
Table tabulated(std::string name, const std::vector<Formats>& domains, const Entry& entry, const Round& round,
                const Location& at) {
    need_name(name, at);
    if (!entry)
        fail(error(code::bad_arguments, {}, "`" + name + "` has an empty function")
                 .with_rule("a table calls its function for each value of its parameters' formats"),
             at);
    std::vector<Kif> parameters;
    int64_t bits = 0;
    for (const Formats& domain : domains) {
        parameters.push_back(parameter_of(domain, name, at));
        bits += parameters.back().width();
    }
    if (parameters.empty())
        fail(error(code::bad_arguments, {}, "`" + name + "` has no parameters")
                 .with_rule("a table has an entry for each value of its parameters' formats"),
             at);
    if (bits >= 63 || (int64_t{1} << bits) > sema::max_table_entries)
        fail(error(code::program_too_large, {}, "a table for " + std::to_string(bits) + " bits")
                 .with_rule("a table has at most " + std::to_string(sema::max_table_entries) + " entries")
                 .with_help("quantize its arguments to fewer bits"),
             at);
    const int64_t count = int64_t{1} << bits;
    std::vector<Dyadic> entries;
    std::vector<Real> exact;
    bool is_open = false;
    std::vector<Number> values(parameters.size());
    for (int64_t position = 0; position < count; ++position) {
        int64_t rest = position;
        for (size_t j = parameters.size(); j-- > 0;) {
            const Kif& kif = parameters[j];
            const int64_t code = rest & ((int64_t{1} << kif.width()) - 1);
            rest >>= kif.width();
            values[j] = Number(Dyadic(kif.min_code() + Int(code), -static_cast<int64_t>(kif.f)));
        }
        const EntryOfTable computed(name, values, at);
        const Number number = entry(values);
        if (round) {
            entries.push_back(round(number));
            continue;
        }
        exact.push_back(number.real());
        const auto rational = number.rational();
        is_open = is_open || !rational || !rational->is_dyadic();
        if (!is_open) entries.push_back(rational->numerator());
    }
    Table::Content content{std::move(name), at, std::move(parameters), nullptr, {}};
    if (is_open)
        content.exact = normalized(RealTensor::of({count}, std::move(exact)));
    else
        content.entries = std::make_shared<const std::vector<Dyadic>>(std::move(entries));
    return Table(std::make_shared<const Table::Content>(std::move(content)));
}

/// Outside of a program, a table without a format has no entries.
[[noreturn]] void refuse_open(const std::string& name, const Location& at) {
    fail(error(code::no_format, {}, "the entries of `" + name + "` are not rounded yet")
             .with_rule("a table without a format has the one that its consumers ask for, in each program")
             .with_help("say how they are rounded: `table(\"" + name +
                        "\", domain, fixed(1, 3, 8, {.round = rnd, .overflow = sat}), …)`"),
         at);
}

Round rounded_to(const Formats& result, const std::string& name, const Location& at) {
    if (!result.shape().empty())
        fail(error(code::wrong_kind, {}, "the entries of `" + name + "` have a format per element")
                 .with_rule("entries of a table are of one format"),
             at);
    return [format = result.list().front(), at](const Number& value) { return value.quantized(format, at); };
}

}  // namespace

Table table(std::string name, const std::vector<Formats>& domains, const Formats& result, const Entry& entry,
            Location at) {
    const Round round = rounded_to(result, name, at);
    return tabulated(std::move(name), domains, entry, round, at);
}

Table table(std::string name, const Formats& domain, const Formats& result, const std::function<Number(Number)>& entry,
            Location at) {
    return table(std::move(name), std::vector{domain}, result, of_one(entry), at);
}

Table table(std::string name, const std::vector<Formats>& domains, const Entry& entry, Location at) {
    if (const auto result = format_if_any(Place::table)) return table(std::move(name), domains, *result, entry, at);
    return tabulated(std::move(name), domains, entry, nullptr, at);
}

Table table(std::string name, const Formats& domain, const std::function<Number(Number)>& entry, Location at) {
    return table(std::move(name), std::vector{domain}, of_one(entry), at);
}

Tensor Table::operator()(const Tensors& arguments, Location at) const {
    std::vector<TensorData> operands;
    for (const Operand& argument : arguments.list()) operands.push_back(argument.data());
    Session session(operands, at);
    const Span span = session.span(content_->at);
    auto known = content_->entries;
    if (!known && !session.has_program()) refuse_open(content_->name, content_->at);
    if (!known) known = session.elaborator().open_formats().table_of(content_, content_->name, span, content_->exact);
    const auto table = std::make_shared<sema::Table>(sema::Table{content_->name, span, {}, std::move(known)});
    for (const Kif& kif : content_->parameters) table->parameters.push_back({"", kif, table->span});
    std::vector<sema::Placed> placed;
    for (const TensorData& operand : operands) placed.push_back(session.placed(operand));
    return session.tensor(sema::call_table(session.elaborator(), table, placed, session.span()));
}

Tensor Table::operator()(const Operand& x, Location at) const { return (*this)(Tensors{x}, at); }
Tensor Table::operator()(const Operand& a, const Operand& b, Location at) const { return (*this)(Tensors{a, b}, at); }

const std::vector<Dyadic>& Table::entries() const {
    if (!content_->entries) refuse_open(content_->name, content_->at);
    return *content_->entries;
}

}  // namespace dal::edsl
