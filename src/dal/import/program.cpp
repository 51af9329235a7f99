#include "dal/import/program.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "dal/import/problem.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/sema/builtins/builtins.hpp"
#include "dal/support/printable.hpp"
#include "dal/syntax/parse.hpp"

namespace dal::importer {
namespace {

/// What a name of the program may not be: it would not parse, or hide something. Keywords have lower-case letters only,
/// so that other names need no parser.
bool is_taken_by_language(const std::string& name) {
    constexpr size_t longest_keyword = 8;
    const bool may_be_keyword =
        name.size() <= longest_keyword && std::ranges::all_of(name, [](char c) { return c >= 'a' && c <= 'z'; });
    if (may_be_keyword && !parse("let " + name + " = 1\n", FileId{}).diagnostics.empty()) return true;
    return sema::find_builtin(name) != nullptr || name == "w";
}

std::string legal(std::string_view wanted) {
    std::string name;
    for (const char c : wanted) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool is_digit = c >= '0' && c <= '9';
        if (is_digit && name.empty()) name = "n";
        if (is_letter || is_digit)
            name += c;
        else if (!name.empty() && name.back() != '_')
            name += '_';
    }
    while (!name.empty() && name.back() == '_') name.pop_back();
    return name.empty() ? "value" : name;
}

/// `wanted`, or with a number behind it that makes it new, as small as can be. It is taken then. Quick also where one
/// name is wanted thousands of times.
template <class IsTaken>
std::string fresh(const std::string& wanted, std::set<std::string, std::less<>>& taken, const IsTaken& is_taken) {
    const auto numbered = [&](int number) { return number == 1 ? wanted : wanted + "_" + std::to_string(number); };
    const auto is_free = [&](int number) {
        const std::string name = numbered(number);
        return !taken.contains(name) && !is_taken(name);
    };
    int low = 0;
    int high = 1;
    while (!is_free(high)) {
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        const int middle = low + (high - low) / 2;
        (is_free(middle) ? high : low) = middle;
    }
    taken.insert(numbered(high));
    return numbered(high);
}

template <class T>
Array array_of(const Shape& shape, DType type, const std::vector<double>& values) {
    std::vector<std::byte> bytes(values.size() * sizeof(T));
    for (size_t at = 0; at < values.size(); ++at) {
        const auto value = static_cast<T>(values[at]);
        std::memcpy(bytes.data() + at * sizeof(T), &value, sizeof(T));
    }
    return {shape, type, std::move(bytes)};
}

/// With the smallest elements that hold all values.
Array smallest_array(const Tensor& tensor) {
    double low = 0;
    double high = 0;
    bool are_integers = true;
    bool are_floats = true;
    for (const double value : tensor.values) {
        low = std::min(low, value);
        high = std::max(high, value);
        are_integers = are_integers && value == std::floor(value) && !(value == 0 && std::signbit(value));
        are_floats = are_floats && static_cast<double>(static_cast<float>(value)) == value;
    }
    if (are_integers && low >= -128 && high <= 127) return array_of<int8_t>(tensor.shape, DType::int8, tensor.values);
    if (are_integers && low >= -32768 && high <= 32767)
        return array_of<int16_t>(tensor.shape, DType::int16, tensor.values);
    if (are_floats) return array_of<float>(tensor.shape, DType::float32, tensor.values);
    return Array::from_doubles(tensor.shape, tensor.values);
}

/// The values without what repeats along an axis: its extent becomes 1. All the same: one element.
template <class T>
std::pair<Shape, std::vector<T>> reduced(Shape shape, std::vector<T> values) {
    int64_t inner = 1;
    for (size_t axis = shape.size(); axis-- > 0;) {
        const int64_t extent = shape[axis];
        const int64_t block = extent * inner;
        const int64_t blocks = block == 0 ? 0 : static_cast<int64_t>(values.size()) / block;
        bool repeats = extent > 0;
        for (int64_t b = 0; b < blocks && repeats; ++b)
            for (int64_t at = inner; at < block && repeats; ++at)
                repeats =
                    values[static_cast<size_t>(b * block + at)] == values[static_cast<size_t>(b * block + at % inner)];
        if (repeats && extent > 1) {
            std::vector<T> kept;
            for (int64_t b = 0; b < blocks; ++b)
                kept.insert(kept.end(), values.begin() + b * block, values.begin() + b * block + inner);
            values = std::move(kept);
            shape[axis] = 1;
        }
        inner *= shape[axis];
    }
    return {std::move(shape), std::move(values)};
}

/// The decimal that is exactly `value`, if it is short.
std::optional<std::string> short_decimal(double value) {
    constexpr size_t most = 10;
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
    if (end.ec != std::errc()) return std::nullopt;
    std::string text(buffer.data(), end.ptr);
    const std::string exact = Dyadic::from_double(value)->to_string();
    if (text.size() > most || text != exact) return std::nullopt;
    return text;
}

std::string modes(Round round, Overflow overflow) {
    std::string text;
    if (round != Round::trn) text += ", round: " + std::string(to_string(round));
    if (overflow != Overflow::wrap) text += ", overflow: " + std::string(to_string(overflow));
    return text;
}

/// The one value of `part` for all elements that have bits.
std::optional<int> common(const Formats& formats, const std::vector<int>& part) {
    std::optional<int> found;
    for (int64_t at = 0; at < formats.size(); ++at) {
        if (formats.at(at).kif.is_zero()) continue;
        const int value = part[static_cast<size_t>(at)];
        if (found && *found != value) return std::nullopt;
        found = value;
    }
    return found;
}

/// Elements without bits can say that in many ways: in the one that makes the arrays of all elements plain.
Formats with_plain_zeros(Formats formats) {
    const std::optional<int> k = common(formats, formats.k);
    const std::optional<int> i = common(formats, formats.i);
    const std::optional<int> f = common(formats, formats.f);
    if (!k) return formats;
    for (size_t at = 0; at < formats.k.size(); ++at) {
        if (!formats.at(static_cast<int64_t>(at)).kif.is_zero()) continue;
        formats.k[at] = *k;
        if (f || !i) {
            formats.f[at] = f.value_or(0);
            formats.i[at] = -formats.f[at] - *k;
        } else {
            formats.i[at] = *i;
            formats.f[at] = -*i - *k;
        }
    }
    return formats;
}

/// Whether rounding takes every value into its format, so that none overflows. Each has a format, or all have one.
bool fit(const Tensor& values, const Formats& formats) {
    for (int64_t at = 0; at < values.size(); ++at) {
        const Format format = formats.at(at);
        const Rational value(*Dyadic::from_double(values.values[static_cast<size_t>(at)]));
        if (round_code(value, format.kif.f, format.round) != quantize_code(value, format)) return false;
    }
    return true;
}

/// Whether a text of the user's is one expression and nothing else.
bool is_expression(const std::string& text) {
    const Parsed parsed = parse("let format = " + text + "\n", FileId{});
    return parsed.diagnostics.empty() && parsed.ast.declarations.size() == 1;
}

/// The format of so many bits that holds all values with the most fractional bits.
Format widest(const Tensor& values, int bits) {
    int k = 0;
    int i = -bits;
    for (const double value : values.values) {
        const Kif need = tightest(value);
        if (need.is_zero()) continue;
        k = std::max(k, need.k ? 1 : 0);
        i = std::max(i, need.i);
    }
    return {Kif(k != 0, i, bits - k - i), Round::rnd, Overflow::sat};
}

/// "[16, 64]" as a type's extents; nothing for a scalar.
std::string type_extents(const Shape& shape) { return shape.empty() ? "" : to_string(shape); }

}  // namespace

std::string zeros_of(const Tensor& weights) {
    const auto zeros = std::ranges::count(weights.values, 0.0);
    if (zeros == 0) return {};
    return std::to_string(zeros) + " of " + std::to_string(weights.size()) + " weights are 0";
}

std::string extents(const Shape& shape) {
    if (shape.empty()) return "1";
    std::string text;
    for (const int64_t extent : shape) text += (text.empty() ? "" : " × ") + std::to_string(extent);
    return text;
}

Program::Program(const ImportOptions& options, PrecisionConfig precision, std::string title)
    : options_(&options), precision_(std::move(precision)), title_(std::move(title)) {}

std::string Program::name(std::string_view wanted) {
    return fresh(legal(wanted), names_,
                 [&](const std::string& name) { return is_taken_by_language(name) || modules_.contains(name); });
}

void Program::use(std::string_view module) { modules_.emplace(module); }

std::string Program::member(std::string_view wanted) { return fresh(legal(wanted), members_, is_taken_by_language); }

bool Program::are_finite(std::string_view owner, const Tensor& values) {
    const auto bad = std::ranges::find_if(values.values, [](double value) { return !std::isfinite(value); });
    if (bad == values.values.end()) return true;
    problems_.push_back(bad_model_file(title_, owner,
                                       "element " + index_text(values.shape, bad - values.values.begin()) +
                                           (std::isnan(*bad) ? " is not a number" : " is infinite")));
    return false;
}

bool Program::are_possible(std::string_view owner, const Formats& formats) {
    constexpr int most = 4096;
    for (const std::vector<int>* part : {&formats.i, &formats.f})
        for (const int width : *part)
            if (width < -most || width > most) {
                problems_.push_back(bad_model_file(title_, owner, "a format with " + std::to_string(width) + " bits"));
                return false;
            }
    return true;
}

std::string Program::array(std::string_view wanted, const Tensor& values) {
    if (!are_finite(wanted, values)) return "0";
    const std::string name = member(wanted);
    arrays_.emplace_back(name, smallest_array(values));
    return "w." + name;
}

std::string Program::array(std::string_view wanted, const Shape& shape, const std::vector<int>& values) {
    return array(wanted, {shape, {values.begin(), values.end()}});
}

std::string Program::constant(std::string_view wanted, const Tensor& values) {
    if (!are_finite(wanted, values)) return "0";
    if (!values.values.empty() && std::ranges::all_of(values.values, [&](double v) { return v == values.values[0]; }))
        if (const auto text = short_decimal(values.values[0])) return *text;
    return array(wanted, values);
}

std::string Program::format(std::string_view owner, const Formats& written) {
    if (!are_possible(owner, written)) return "fixed(0, 0, 0)";
    const Formats formats = with_plain_zeros(written);
    const auto part = [&](const char* suffix, const std::vector<int>& values) {
        const auto [shape, kept] = reduced(formats.shape, values);
        if (kept.size() == 1) return std::to_string(kept[0]);
        return array(std::string(owner) + suffix, shape, kept);
    };
    const std::string k = part("_k", formats.k);
    const std::string i = part("_i", formats.i);
    const std::string f = part("_f", formats.f);
    return "fixed(" + k + ", " + i + ", " + f + modes(formats.round, formats.overflow) + ")";
}

std::string Program::parameter(std::string_view layer, std::string_view part, const Tensor& trained,
                               const std::optional<Formats>& formats) {
    const bool is_possible = are_finite(layer, trained) && (!formats || are_possible(layer, *formats));
    return parameter(layer, part, trained, formats, formats && is_possible ? quantized(trained, *formats) : trained);
}

std::string Program::parameter(std::string_view layer, std::string_view part, const Tensor& trained,
                               const std::optional<Formats>& formats, const Tensor& value) {
    const std::string owner = std::string(layer) + "_" + std::string(part);
    if (!are_finite(owner, trained) || !are_finite(owner, value)) return "0";
    if (formats && !are_possible(owner, *formats)) return "0";
    if (options_->exactness == Exactness::off) {
        const std::string_view role = part == "kernel" ? "weight" : part;
        if (const auto format = precision_.of(layer, role))
            return let(owner, "quantize(" + array(owner, trained) + ", " + format->to_string() + ")", trained.shape)
                .text;
    }
    if (!formats) {
        unquantized(layer, part);
        if (!options_->chosen) return constant(owner, value);
        const std::string format = widest(value, options_->chosen->bits).to_string();
        return let(owner, "quantize(" + array(owner, value) + ", " + format + ")", value.shape).text;
    }
    const bool keeps = quantized(trained, *formats).values == value.values && fit(trained, *formats);
    Formats held = *formats;
    if (!keeps) {
        // The program keeps what was computed with, and formats that hold it.
        if (held.size() != value.size()) held = broadcast(held, value.shape);
        for (int64_t at = 0; at < value.size(); ++at) {
            const auto index = static_cast<size_t>(at);
            const Kif need = tightest(value.values[index]);
            if (need.is_zero()) continue;
            held.k[index] = std::max(held.k[index], need.k ? 1 : 0);
            held.i[index] = std::max(held.i[index], need.i);
            held.f[index] = std::max(held.f[index], need.f);
        }
    }
    return let(owner, "quantize(" + array(owner, keeps ? trained : value) + ", " + format(owner, held) + ")",
               value.shape)
        .text;
}

Value Program::input(std::string_view wanted, const Shape& shape, std::string_view given) {
    const std::string called = name(given.empty() ? wanted : given);
    input_names_.insert(std::string(wanted));
    inputs_.push_back("input " + called + ": real" + type_extents(shape));
    auto format = options_->input_formats.find(std::string(wanted));
    if (format == options_->input_formats.end()) format = options_->input_formats.find(called);
    if (format == options_->input_formats.end()) format = options_->input_formats.find("");
    if (format == options_->input_formats.end()) return {called, shape, std::string(wanted)};
    used_formats_.insert(format->first);
    if (!is_expression(format->second)) {
        problems_.push_back(bad_import_option("--input", "`" + format->second + "` is no format",
                                              "formats are written `fixed(1, 5, 10, round: rnd, overflow: sat)`"));
        return {called, shape};
    }
    decide(wanted, "rounded to " + format->second + ", as `--input` says");
    Value value = let(called + "_in", "quantize(" + called + ", " + format->second + ")", shape);
    value.format = format->second;
    return value;
}

Result<void> Program::require_format(const Value& value, std::string_view layer) {
    if (value.quotient)
        return failure(inexact_layer(
            layer,
            "reads a mean over " + std::to_string(value.quotient->divisor) + " elements that no quantizer has rounded",
            "give this layer, or the one that takes the mean, a quantizer"));
    if (value.real_input.empty()) return {};
    return failure(unknown_input_format(value.real_input, layer));
}

Value Program::quantize(const Value& value, std::string_view owner, const Formats& formats) {
    if (options_->exactness == Exactness::off && value.real_input.empty()) return value;
    const std::string text = format(owner, formats);
    return {"quantize(" + value.text + ", " + text + ")", value.shape, {}, text};
}

std::string Program::input_format(const Value& value, std::string_view owner, const Formats& formats) {
    if (options_->exactness == Exactness::off && !value.format.empty()) return value.format;
    return format(owner, formats);
}

void Program::statement(std::string text) {
    for (const std::string& line : std::exchange(comments_, {})) body_ += "// " + line + "\n";
    body_ += std::move(text) + "\n";
}

Value Program::let(std::string_view wanted, const std::string& expression, const Shape& shape) {
    const std::string called = name(wanted);
    statement("let " + called + " = " + expression);
    return {called, shape};
}

std::optional<Format> Program::result_format(std::string_view layer) {
    if (options_->exactness == Exactness::off) return precision_.of(layer, "result");
    if (!options_->chosen ||
        std::ranges::find(unquantized_, layer, &std::pair<std::string, std::string>::first) == unquantized_.end())
        return std::nullopt;
    const auto found = options_->chosen->results.find(std::string(layer));
    return found == options_->chosen->results.end() ? options_->chosen->other_results : found->second;
}

Value Program::layer(std::string_view wanted, const std::string& expression, const Shape& shape) {
    const std::optional<Format> format = result_format(wanted);
    const std::string text = format ? format->to_string() : "";
    Value value = let(wanted, format ? "quantize(" + expression + ", " + text + ")" : expression, shape);
    value.format = text;
    layers_.emplace_back(wanted, value.text);
    return value;
}

std::string Program::function(std::string_view wanted, const std::string& body) {
    std::string called = name(wanted);
    statement("fn " + called + "(v) = " + body);
    return called;
}

void Program::output(std::string_view wanted, const Value& value) {
    const std::string called = name(wanted);
    statement("output " + called + " = " + value.text);
}

void Program::comment(std::string_view text) { comments_.push_back(printable(text)); }

void Program::decide(std::string_view layer, std::string what) {
    decisions_.push_back({std::string(layer), std::move(what)});
}

void Program::warn(Diagnostic warning) {
    warning.severity = Severity::warning;
    warnings_.push_back(std::move(warning));
}

void Program::unquantized(std::string_view layer, std::string_view part) { unquantized_.emplace_back(layer, part); }

}  // namespace dal::importer
