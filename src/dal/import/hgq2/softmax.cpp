#include "dal/import/hgq2/softmax.hpp"

#include <algorithm>
#include <cmath>

#include "dal/import/hgq2/rows.hpp"
#include "dal/import/hgq2/steps.hpp"

namespace dal::importer::hgq2 {
namespace {

/// The four quantizers inside, as formats; the first one only of a stable softmax.
struct Formats4 {
    Formats difference;
    Formats exponential;
    Formats total;
    Formats reciprocal;
};

Result<Formats> inner_formats(const LayerContext& layer, const Softmax& softmax, const std::string& table,
                              const std::string& side, std::string_view what) {
    const std::string key = softmax.prefix + (table == "exp_table" ? "exp_" : "inv_") + side + "_conf";
    auto quantizer = part_quantizer(layer, attribute_of(softmax.variables, table), side, layer[key], HgqPlace::data);
    if (!quantizer) return failure(std::move(quantizer.error()));
    return table_formats(layer, *quantizer, what);
}

/// What a table of one function is read and rounded by, and how wide it is.
Result<Tables> table_of(LayerContext& layer, const std::string& part, const Formats& from, const Formats& to,
                        const std::function<Float32(float)>& function) {
    const TableSet set{part, to.size() == 1 ? Shape{} : to.shape, &from, &to};
    return write_tables(layer, set, [&](int64_t, float x) { return function(x); });
}

/// Formats that are one, without its axes.
Formats plain(const Formats& formats) {
    if (formats.size() != 1) return formats;
    Formats one = formats;
    one.shape = {};
    return one;
}

std::string axes_text(const std::vector<int>& axes) {
    if (axes.size() == 1) return std::to_string(axes[0]);
    std::string text;
    for (const int axis : axes) text += (text.empty() ? "" : ", ") + std::to_string(axis);
    return "[" + text + "]";
}

/// "name: format" where a table is of another format than that of one element.
std::string from_argument(const std::string& name, const Formats& formats, const std::string& from) {
    const bool is_same = formats.size() == 1 && formats.at(0).kif.to_string() == from;
    return is_same ? "" : ", " + name + ": " + from;
}

Result<void> check_shapes(const LayerContext& layer, const Formats4& formats, const Shape& shape, const Shape& sums) {
    for (const auto& [each, of] : {std::pair(&formats.difference, &shape), std::pair(&formats.exponential, &shape),
                                   std::pair(&formats.total, &sums), std::pair(&formats.reciprocal, &sums)})
        if (each->size() != 1 && !is_broadcastable(each->shape, *of))
            return failure(layer.bad("its softmax has formats of shape " + to_string(each->shape) +
                                     " for numbers of shape " + to_string(*of)));
    return {};
}

Result<Formats4> read_formats(const LayerContext& layer, const Softmax& softmax, bool has_difference) {
    Formats4 formats;
    const auto read = [&](Formats& into, const char* table, const char* side, const char* what) -> Result<void> {
        auto found = inner_formats(layer, softmax, table, side, what);
        if (!found) return failure(std::move(found.error()));
        into = plain(*found);
        return {};
    };
    if (has_difference)
        if (auto done = read(formats.difference, "exp_table", "iq", "difference"); !done)
            return failure(std::move(done.error()));
    if (auto done = read(formats.exponential, "exp_table", "oq", "exponential"); !done)
        return failure(std::move(done.error()));
    if (auto done = read(formats.total, "inv_table", "iq", "sum"); !done) return failure(std::move(done.error()));
    if (auto done = read(formats.reciprocal, "inv_table", "oq", "reciprocal"); !done)
        return failure(std::move(done.error()));
    // What HGQ 2 sets when it makes a softmax, whatever the configuration says.
    formats.exponential.round = formats.reciprocal.round = Round::rnd_conv;
    formats.exponential.overflow = formats.reciprocal.overflow = Overflow::sat;
    return formats;
}

class Writer {
  public:
    /// `reads`: the formats that x was rounded to by the softmax itself.
    Writer(LayerContext& layer, const Softmax& softmax, std::optional<Formats> reads)
        : layer_(layer), softmax_(softmax), reads_(std::move(reads)) {}

    Result<Value> write(const Value& x) {
        Shape sums = x.shape;
        for (const int axis : softmax_.axes) sums[static_cast<size_t>(axis)] = 1;
        auto formats = read_formats(layer_, softmax_, softmax_.is_stable);
        if (!formats) return failure(std::move(formats.error()));
        if (!softmax_.is_stable) formats->difference = Formats::uniform(false, 1, 0, Round::trn, Overflow::wrap);
        if (auto fits = check_shapes(layer_, *formats, x.shape, sums); !fits) return failure(std::move(fits.error()));
        return softmax_.is_stable ? stable(x, *formats) : unshifted(x, *formats);
    }

  private:
    [[nodiscard]] Float32 power(float x, bool is_negated) const {
        const auto scaler = static_cast<float>(softmax_.scaler);
        return exponential((is_negated ? -x : x) * scaler);
    }

    Result<Tables> reciprocals(const Formats4& formats) {
        return table_of(layer_, part("reciprocals"), formats.total, formats.reciprocal, reciprocal);
    }

    [[nodiscard]] std::string part(const std::string& what) const { return softmax_.prefix + what; }

    Result<Value> stable(const Value& x, const Formats4& formats) {
        auto exponentials = table_of(layer_, part("exponentials"), formats.difference, formats.exponential,
                                     [&](float v) { return power(v, true); });
        if (!exponentials) return failure(std::move(exponentials.error()));
        auto inverse = reciprocals(formats);
        if (!inverse) return failure(std::move(inverse.error()));
        layer_.program().use("nn");
        std::string text = "nn.softmax_tables(" + x.text + ", " +
                           layer_.format(part("difference"), formats.difference) + ", " + exponentials->entries + ", " +
                           layer_.format(part("sum"), formats.total) + ", " + inverse->entries;
        if (const std::string axes = axes_text(softmax_.axes); axes != std::to_string(x.shape.size() - 1))
            text += ", axis: " + axes;
        if (!softmax_.mask.empty()) text += ", mask: " + softmax_.mask;
        text += from_argument("from", formats.difference, exponentials->from);
        text += from_argument("total_from", formats.total, inverse->from) + ")";
        return Value{text, x.shape};
    }

    /// Without the difference: x is rounded by the softmax itself, and looked up; or is wide, and its exponential is
    /// found by comparisons.
    Result<Value> unshifted(const Value& x, const Formats4& formats) {
        std::string powers;
        if (reads_) {
            auto exponentials = table_of(layer_, part("exponentials"), *reads_, formats.exponential,
                                         [&](float v) { return power(v, false); });
            if (!exponentials) return failure(std::move(exponentials.error()));
            powers = "lookup(" + x.text + ", " + exponentials->entries + ", " + exponentials->from + ")";
        } else {
            if (!softmax_.grid)
                return failure(
                    layer_.unsupported("does not subtract the largest element, and reads numbers that it does "
                                       "not round",
                                       "set `enable_iq` or `stable`"));
            const Steps function{part("powers"), [&](float v) { return power(v, false); }, &formats.exponential,
                                 *softmax_.grid};
            auto steps = write_steps(layer_, x.text, function);
            if (!steps) return failure(std::move(steps.error()));
            powers = std::move(*steps);
        }
        auto inverse = reciprocals(formats);
        if (!inverse) return failure(std::move(inverse.error()));
        if (!softmax_.mask.empty()) powers += " * " + softmax_.mask;
        const Value e = layer_.program().let(layer_.name() + "_" + part("powers"), powers, x.shape);
        layer_.program().use("nn");
        std::string text = "nn.normalize_tables(" + e.text + ", " + layer_.format(part("sum"), formats.total) + ", " +
                           inverse->entries;
        if (const std::string axes = axes_text(softmax_.axes); axes != std::to_string(x.shape.size() - 1))
            text += ", axis: " + axes;
        return Value{text + from_argument("from", formats.total, inverse->from) + ")", x.shape};
    }

    LayerContext& layer_;
    const Softmax& softmax_;
    std::optional<Formats> reads_;
};

Result<Value> rounded_output(LayerContext& layer, const Softmax& softmax, Value value) {
    const Json& config = layer[softmax.prefix + "oq_conf"];
    const bool is_there = !softmax.prefix.empty() || layer.flag("enable_oq", false);
    auto quantizer = is_there ? part_quantizer(layer, softmax.variables, "oq", config, HgqPlace::data)
                              : stored_quantizer(layer, softmax.variables, "oq", Json(), HgqPlace::data);
    if (!quantizer) return failure(std::move(quantizer.error()));
    if (quantizer->is_off) return value;
    return keras::quantize_data(layer, value, softmax.prefix + "out", *quantizer);
}

/// Axes of one sample from those of the configuration, which count the batch.
Result<std::vector<int>> axes_of(const LayerContext& layer, size_t rank) {
    const Json& axes = layer.config().has("axes") ? layer["axes"] : layer["axis"];
    std::vector<Json> items = axes.items();
    if (axes.is_number()) items = {axes};
    if (axes.is_null()) items = {Json::of(int64_t{-1})};
    std::vector<int> result;
    for (const Json& item : items) {
        const auto axis = item.integer();
        const auto whole = static_cast<int64_t>(rank) + 1;
        if (!axis || *axis >= whole || *axis < -whole) return failure(layer.bad("has axes that its input has not"));
        const int64_t positive = *axis < 0 ? *axis + whole : *axis;
        if (positive == 0) return failure(layer.unsupported("its softmax runs over the samples of a batch"));
        result.push_back(static_cast<int>(positive - 1));
    }
    std::ranges::sort(result);
    if (result.empty() || std::ranges::adjacent_find(result) != result.end())
        return failure(layer.bad("has no axes, or one twice"));
    return result;
}

/// With the quantizers around it.
Result<Value> write_rounded(LayerContext& layer, const Value& x, const Softmax& softmax, const HgqQuantizer& reads) {
    Value value = x;
    std::optional<Formats> formats;
    if (!reads.is_off && !softmax.is_stable) {
        auto found = table_formats(layer, reads, "input");
        if (!found) return failure(std::move(found.error()));
        formats = std::move(*found);
    }
    if (!reads.is_off || !x.real_input.empty() || x.quotient) {
        auto rounded = keras::quantize_data(layer, x, softmax.prefix + "in", reads);
        if (!rounded) return rounded;
        // A table reads what it was made for, whatever a configuration says.
        if (formats && layer.program().options().exactness == Exactness::off)
            rounded->text = "quantize(" + x.text + ", " + layer.format(softmax.prefix + "in", *formats) + ")";
        value = layer.program().let(layer.name() + "_" + softmax.prefix + "in", rounded->text, x.shape);
    }
    auto result = Writer(layer, softmax, std::move(formats)).write(value);
    if (!result) return result;
    return rounded_output(layer, softmax, std::move(*result));
}

Result<keras::Outputs> write_q_softmax(LayerContext& layer) {
    auto x = layer.any_input();
    if (!x) return failure(std::move(x.error()));
    auto axes = axes_of(layer, x->shape.size());
    if (!axes) return failure(std::move(axes.error()));
    const Json& scaler = layer["input_scaler"];
    Softmax softmax{layer.variables(), "", *axes, layer.flag("stable", true), scaler.number().value_or(1)};
    if (!std::isfinite(softmax.scaler)) return failure(layer.bad("has an `input_scaler` that is no number"));
    auto quantizer = keras::hgq_input_quantizer(layer);
    if (!quantizer) return failure(std::move(quantizer.error()));
    layer.comment("softmax of " + extents(x->shape));
    auto result = write_rounded(layer, *x, softmax, *quantizer);
    if (!result) return failure(std::move(result.error()));
    return layer.write(result->text, result->shape);
}

}  // namespace

Result<Value> write_softmax(LayerContext& layer, const Value& x, const Softmax& softmax) {
    auto reads = stored_quantizer(layer, softmax.variables, "iq", layer[softmax.prefix + "iq_conf"], HgqPlace::data);
    if (!reads) return failure(std::move(reads.error()));
    return write_rounded(layer, x, softmax, *reads);
}

std::span<const keras::LayerHandler> softmax_rows() {
    static const std::array rows{keras::LayerHandler{keras::Library::hgq, "QSoftmax", write_q_softmax}};
    return rows;
}

}  // namespace dal::importer::hgq2
