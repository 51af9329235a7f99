// Counting levels, and tables.
#include <algorithm>
#include <cmath>

#include "dal/import/onnx/operators.hpp"
#include "dal/import/onnx/requantize.hpp"

namespace dal::importer::onnx {
namespace {

/// A table has at most this many entries for each element, and all together.
constexpr int most_table_bits = 16;
constexpr int64_t most_entries = int64_t{1} << 20;
/// Beyond, levels of a monotone function are cheaper than its table.
constexpr int quick_table_bits = 12;

std::optional<Shape> shape_of_steps(const Flow& flow, const Shape& shape) {
    auto all = std::optional<Shape>(shape);
    for (const Step& step : flow.steps)
        if (all) all = common_shape(*all, step.shape);
    if (!all || !is_broadcastable(*all, flow.shape)) return std::nullopt;
    return all;
}

/// Levels of one element as numbers, all in one direction; `sign` -1: x is to be negated.
struct Counted {
    std::vector<double> levels{};
    int sign = 1;
    bool fits = true;  ///< in doubles
};

Counted counted(const std::vector<CodeLevel>& codes, const Flow& flow, const Int& least, const Int& most) {
    using Kind = CodeLevel::Kind;
    Counted result;
    const bool falls = std::ranges::any_of(codes, [](const CodeLevel& c) { return c.kind == Kind::up_to; });
    result.sign = falls ? -1 : 1;
    for (const CodeLevel& level : codes) {
        Int code = level.code;
        const Int first = falls ? -most : least;  // the least value of x, or of -x
        const Int last = falls ? -least : most;
        if (level.kind == Kind::up_to) code = -code;
        if (level.kind == Kind::always || (level.kind != Kind::never && code < first)) code = first;
        if (level.kind == Kind::never || code > last + Int(1)) code = last + Int(1);
        const auto number = Dyadic(code, -int64_t{flow.f}).to_double();
        result.fits = result.fits && number.has_value();
        result.levels.push_back(number.value_or(0));
    }
    std::ranges::sort(result.levels);
    return result;
}

/// Channels of the levels move to where the program has them: the levels themselves are the last axis.
Tensor in_program(const Flow& flow, const Shape& shape, std::vector<std::vector<double>> rows) {
    Shape to = shape;
    if (flow.is_channels_last) {
        to = moved_channels(shape, flow.shape.size());
        const int64_t channels = to.back();
        const auto others = static_cast<int64_t>(rows.size()) / channels;
        std::vector<std::vector<double>> moved(rows.size());
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t o = 0; o < others; ++o)
                moved[static_cast<size_t>(o * channels + c)] = std::move(rows[static_cast<size_t>(c * others + o)]);
        rows = std::move(moved);
    }
    while (!to.empty() && to.front() == 1) to.erase(to.begin());
    const bool is_same = std::ranges::all_of(rows, [&](const auto& row) { return row == rows.front(); });
    if (is_same) {
        rows.resize(1);
        to.clear();
    }
    Tensor tensor{to, {}};
    tensor.shape.push_back(static_cast<int64_t>(rows.front().size()));
    for (const auto& row : rows) tensor.values.insert(tensor.values.end(), row.begin(), row.end());
    return tensor;
}

std::string short_number(Program& program, const std::string& owner, const Dyadic& value) {
    return program.constant(owner, {{}, {value.to_double().value_or(0)}});
}

void write_levels(Builder& builder, Flow& flow, const Shape& shape, const std::vector<Counted>& all, const Dyadic& base,
                  const Dyadic& step) {
    Program& program = builder.program();
    const std::string owner = flow.layer;
    const bool all_fall = std::ranges::all_of(all, [](const Counted& c) { return c.sign < 0; });
    const bool any_falls = std::ranges::any_of(all, [](const Counted& c) { return c.sign < 0; });
    std::vector<std::vector<double>> rows;
    Tensor signs{shape, {}};
    for (const Counted& each : all) {
        std::vector<double> row = each.levels;
        if (all_fall) {
            // -x >= -t is x <= t.
            for (double& level : row) level = level == 0 ? 0 : -level;
            std::ranges::reverse(row);
        }
        rows.push_back(std::move(row));
        signs.values.push_back(each.sign);
    }
    if (any_falls && !all_fall) Builder::infix(flow, '*', builder.constant_text(flow, owner + "_sign", signs));
    std::string arguments = program.array(owner + "_levels", in_program(flow, shape, std::move(rows)));
    if (!base.is_zero()) arguments += ", base: " + short_number(program, owner + "_base", base);
    if (step != Dyadic(1)) arguments += ", step: " + short_number(program, owner + "_step", step);
    if (all_fall) arguments += ", below: true";
    Builder::call(flow, "thresholds", arguments);
}

}  // namespace

Result<void> apply_levels(Builder& builder, const Node& node, Flow& flow, const Shape& shape,
                          const std::vector<std::vector<Level>>& levels, const Dyadic& base, const Dyadic& step) {
    const auto all = shape_of_steps(flow, shape);
    const auto count = all ? checked_count(*all) : std::nullopt;
    if (!count || *count > most_entries || levels.empty() ||
        *count * static_cast<int64_t>(levels.front().size()) > most_entries)
        return refuse(node, "needs too many levels: one for each code and element");
    if (!builder.take_levels(*count * static_cast<int64_t>(levels.front().size())))
        return refuse(node, "needs too many levels for a file of its size",
                      "fewer bits, or scales that are powers of two");
    // Levels for single channels lie along the last axes of the program.
    const bool has_channels_first = all->size() >= 2 && all->size() == flow.shape.size() && all->front() > 1;
    if (has_channels_first && !flow.is_channels_last && *count == all->front()) builder.to_channels_last(flow);
    const auto least = flow.low.code(flow.f);
    const auto most = flow.high.code(flow.f);
    if (!least || !most) return refuse(node, "reads numbers of which nothing is known", "quantize them first");
    const StepIndex index = index_steps(flow.steps, *all);
    const auto own = broadcast_sources(shape, *all);
    std::vector<Counted> counts;
    for (int64_t at = 0; at < *count; ++at) {
        const auto codes = code_levels(flow, index, at, levels[static_cast<size_t>(own[static_cast<size_t>(at)])]);
        if (!codes)
            return refuse(node, "rounds a function that does not only rise, or only fall, of numbers of many bits",
                          "put a Quant in front of the function too");
        counts.push_back(counted(*codes, flow, *least, *most));
        if (!counts.back().fits) return refuse(node, "has levels of more bits than a float64 has");
    }
    write_levels(builder, flow, *all, counts, base, step);
    flow.steps.clear();
    const auto top = static_cast<int64_t>(levels.front().size());
    flow.low = std::min(base, base + Dyadic(Int(top)) * step);
    flow.high = std::max(base, base + Dyadic(Int(top)) * step);
    flow.f = 0;
    for (const Dyadic& part : {base, step})
        if (!part.is_zero()) flow.f = std::max(flow.f, static_cast<int>(-part.exponent()));
    builder.program().decide(flow.layer, "what lies between it and its quantizer is " + std::to_string(top) +
                                             (top == 1 ? " exact threshold" : " exact thresholds"));
    return {};
}

Result<bool> look_up(Builder& builder, const Node& node, Flow& flow, const Quantizer& q, const Dyadic& unit) {
    const auto all = shape_of_steps(flow, q.shape);
    const int64_t count = all ? checked_count(*all).value_or(0) : 0;
    const auto least = flow.low.code(flow.f);
    const auto most = flow.high.code(flow.f);
    if (count < 1 || !least || !most)
        return refuse(node, "reads numbers of which nothing is known", "quantize them first");
    const bool k = least->is_negative();
    const auto bits = static_cast<int>(std::max((k ? -*least - Int(1) : Int(0)).bit_length(), most->bit_length()));
    const bool is_monotone_all = std::ranges::all_of(
        flow.steps, [](const Step& s) { return s.kind != Step::Kind::unary || is_monotone(s.unary); });
    const int width = bits + (k ? 1 : 0);
    if (width > (is_monotone_all ? quick_table_bits : most_table_bits) || (count << width) > most_entries) {
        if (is_monotone_all) return false;
        return refuse(
            node, "rounds a function of numbers of " + std::to_string(width) + " bits: its table would be too large",
            "put a Quant in front of the function too");
    }
    if (count > 1 && all->size() >= 2 && !flow.is_channels_last && count == all->front() &&
        all->size() == flow.shape.size())
        builder.to_channels_last(flow);
    const StepIndex index = index_steps(flow.steps, *all);
    const auto own = broadcast_sources(q.shape, *all);
    std::vector<std::vector<double>> rows;
    for (int64_t at = 0; at < count; ++at) {
        std::vector<double> row;
        for (int64_t entry = 0; entry < int64_t{1} << width; ++entry) {
            const Int code = Int(entry) - (k ? Int::pow2(bits) : Int(0));
            const Int inside = std::clamp(code, *least, *most);
            const auto y = float_value(flow.steps, index, at, Rational(Dyadic(inside, -int64_t{flow.f})));
            if (!y || !std::isfinite(*y))
                return refuse(node, "rounds a function that is not finite for all its numbers");
            const auto element = static_cast<size_t>(own[static_cast<size_t>(at)]);
            const Int result = q.code_of(Rational(*Dyadic::from_double(*y)), element);
            row.push_back((Dyadic(result) * unit).to_double().value_or(0));
        }
        rows.push_back(std::move(row));
    }
    const Formats from = Formats::uniform(k, bits - flow.f, flow.f, Round::trn, Overflow::wrap);
    Program& program = builder.program();
    Builder::call(flow, "lookup",
                  program.array(flow.layer + "_table", in_program(flow, *all, std::move(rows))) + ", " +
                      program.format(flow.layer + "_table", from));
    flow.steps.clear();
    const int64_t low = q.is_bipolar ? -1 : q.low.front() - q.zero.front();
    const int64_t high = q.is_bipolar ? 1 : q.high.front() - q.zero.front();
    flow.low = Dyadic(Int(low)) * unit;
    flow.high = Dyadic(Int(high)) * unit;
    flow.f = static_cast<int>(-unit.exponent());
    program.decide(flow.layer, "its function and the quantizer behind it are a table of " +
                                   std::to_string(int64_t{1} << width) + " entries, computed in float32");
    return true;
}

}  // namespace dal::importer::onnx
