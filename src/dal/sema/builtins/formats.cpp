// Formats and what uses them: fixed, kbi, int, uint, quantize.
#include "dal/sema/builtins/builtins.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/codes/format_codes.hpp"

namespace dal::sema {
namespace {

constexpr int64_t max_format_part = 4096;

/// One of k, i, f, b, n: constant integers within bounds; reports otherwise.
std::optional<Constant> part(TensorOps& e, const Placed& value, const std::string& name, int64_t low, int64_t high,
                             const std::string& help = "") {
    if (is_poison(value.value)) return std::nullopt;
    if (std::holds_alternative<Variable>(value.value)) {
        e.not_constant(value, "`" + name + "` of a format is a constant integer, or an array of them");
        return std::nullopt;
    }
    const auto* constant = std::get_if<Constant>(&value.value);
    if (!constant) {
        e.wrong_kind(value, "an integer, or an array of integers");
        return std::nullopt;
    }
    for (int64_t element = 0; element < constant->size(); ++element) {
        const auto integer = constant->at(element).to_int64();
        if (integer && *integer >= low && *integer <= high) continue;
        const std::string where = constant->is_scalar() ? "" : " at " + index_text(constant->shape, element);
        Diagnostic d =
            error(code::bad_format, value.span, "`" + name + "` is " + constant->at(element).to_string() + where)
                .with_rule("`" + name + "` is an integer between " + std::to_string(low) + " and " +
                           std::to_string(high));
        if (!help.empty()) d.help.push_back(help);
        e.report(std::move(d));
        return std::nullopt;
    }
    return *constant;
}

int integer_at(const Constant& constant, int64_t element) { return static_cast<int>(*constant.at(element).to_int64()); }

struct Modes {
    Round round = Round::trn;
    Overflow overflow = Overflow::wrap;
};

/// The optional `round` and `overflow` arguments.
std::optional<Modes> modes(TensorOps& e, const std::optional<Placed>& round, const std::optional<Placed>& overflow) {
    Modes result;
    bool ok = true;
    if (round) {
        if (const auto* mode = std::get_if<Round>(&round->value))
            result.round = *mode;
        else
            ok = (e.wrong_kind(
                      *round,
                      "a rounding mode: `trn`, `rnd`, `rnd_conv`, `trn_zero`, `rnd_zero`, `rnd_inf` or `rnd_min_inf`"),
                  false);
    }
    if (overflow) {
        if (const auto* mode = std::get_if<Overflow>(&overflow->value))
            result.overflow = *mode;
        else
            ok = (e.wrong_kind(*overflow, "an overflow mode: `wrap`, `sat`, `sat_sym` or `sat_zero`"), false);
    }
    if (!ok) return std::nullopt;
    return result;
}

/// Formats from arrays of parts that broadcast; `fractional` turns the parts of an element into f.
template <class Fractional>
Value formats(TensorOps& e, const Constant& k, const Constant& i, const Constant& third, const Modes& modes,
              const Span& span, Fractional&& fractional) {
    const auto inner = e.broadcast_shape(k.shape, i.shape, span);
    if (!inner) return Poison{};
    const auto shape = e.broadcast_shape(*inner, third.shape, span);
    if (!shape || !e.charge(element_count(*shape), span)) return Poison{};
    const BroadcastMap from_k(k.shape, *shape);
    const BroadcastMap from_i(i.shape, *shape);
    const BroadcastMap from_third(third.shape, *shape);
    std::vector<Format> list;
    const int64_t elements = element_count(*shape);
    list.reserve(static_cast<size_t>(elements));
    for (int64_t element = 0; element < elements; ++element) {
        const int integer_bits = integer_at(i, from_i(element));
        const int f = fractional(integer_bits, integer_at(third, from_third(element)));
        list.push_back({Kif(integer_at(k, from_k(element)) != 0, integer_bits, f), modes.round, modes.overflow});
    }
    return Formats{*shape, std::make_shared<const std::vector<Format>>(std::move(list))};
}

/// `value`, after its parts are noted for those who ask where formats are written.
Value written(TensorOps& e, FormatFunction function, const BuiltinCall& call, const Constant* k, const Constant* i,
              const Constant& last, Value value) {
    const auto* made = std::get_if<Formats>(&value);
    if (e.written() && made) e.written()->call(*made, function, call.span, k, i, last);
    return value;
}

/// For who gives the width, or another number, where the sign is.
std::string order_help(TensorOps& e, const BuiltinCall& call, const std::string& parts) {
    // In C++ a number has no place of its own, only that of its call.
    const auto text = [&](const Placed& part) {
        return part.span == call.span ? std::string("…") : e.source_text(part.span);
    };
    return "first whether there is a sign, then " + parts + ": `" + (parts.starts_with("integer") ? "fixed" : "kbi") +
           "(1, " + text(call[1]) + ", " + text(call[2]) + ")`";
}

Value call_fixed(TensorOps& e, const BuiltinCall& call) {
    const auto k = part(e, call[0], "k", 0, 1, order_help(e, call, "integer bits without it, then fractional bits"));
    const auto i = part(e, call[1], "i", -max_format_part, max_format_part);
    const auto f = part(e, call[2], "f", -max_format_part, max_format_part);
    const auto modes = sema::modes(e, call.arguments[3], call.arguments[4]);
    if (!k || !i || !f || !modes) return Poison{};
    Value value = formats(e, *k, *i, *f, *modes, call.span, [](int, int fractional) { return fractional; });
    return written(e, FormatFunction::fixed, call, &*k, &*i, *f, std::move(value));
}

Value call_kbi(TensorOps& e, const BuiltinCall& call) {
    const auto k = part(e, call[0], "k", 0, 1, order_help(e, call, "all bits without it, then integer bits"));
    const auto b = part(e, call[1], "b", -max_format_part, max_format_part);
    const auto i = part(e, call[2], "i", -max_format_part, max_format_part);
    const auto modes = sema::modes(e, call.arguments[3], call.arguments[4]);
    if (!k || !b || !i || !modes) return Poison{};
    Value value = formats(e, *k, *i, *b, *modes, call.span, [](int integer, int bits) { return bits - integer; });
    return written(e, FormatFunction::kbi, call, &*k, &*i, *b, std::move(value));
}

Value integer_format(TensorOps& e, const BuiltinCall& call, bool keep_negative) {
    const auto n = part(e, call[0], "n", keep_negative ? 1 : 0, max_format_part);
    const auto modes = sema::modes(e, call.arguments[1], call.arguments[2]);
    if (!n || !modes) return Poison{};
    const Constant k = Constant::scalar(Rational(keep_negative ? 1 : 0));
    const Constant i = elementwise(ConstantOp::sub, *n, k, n->shape);
    Value value = formats(e, k, i, Constant::scalar(Rational(0)), *modes, call.span, [](int, int) { return 0; });
    const auto function = keep_negative ? FormatFunction::signed_integer : FormatFunction::unsigned_integer;
    return written(e, function, call, nullptr, nullptr, *n, std::move(value));
}

Value call_int(TensorOps& e, const BuiltinCall& call) { return integer_format(e, call, true); }
Value call_uint(TensorOps& e, const BuiltinCall& call) { return integer_format(e, call, false); }

Value call_quantize(TensorOps& e, const BuiltinCall& call) {
    return e.quantize(call[0], call.arguments[1] ? *call.arguments[1] : Placed{Place::data, call.span}, call.span);
}

}  // namespace

const std::vector<Builtin>& format_builtins() {
    static const std::vector<Builtin> list{
        {"fixed",
         {"k", "i", "f", {"round", "trn"}, {"overflow", "wrap"}},
         "a format: keep-negative (0 or 1), integer bits without the sign, fractional bits; arrays broadcast",
         call_fixed},
        {"kbi",
         {"k", "b", "i", {"round", "trn"}, {"overflow", "wrap"}},
         "the format fixed(k, i, b - i): b bits without the sign",
         call_kbi},
        {"int",
         {"n", {"round", "trn"}, {"overflow", "wrap"}},
         "signed integers of n bits: fixed(1, n - 1, 0)",
         call_int},
        {"uint",
         {"n", {"round", "trn"}, {"overflow", "wrap"}},
         "unsigned integers of n bits: fixed(0, n, 0)",
         call_uint},
        {"quantize", {"x", {"format", "data"}}, "x rounded to a format, then brought into its range", call_quantize},
    };
    return list;
}

}  // namespace dal::sema
