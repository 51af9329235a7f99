#include "dal/import/hgq2/table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dal/import/problem.hpp"

namespace dal::importer::hgq2 {
namespace {

/// Whether a format has the value code · 2^-f.
bool holds(const Kif& kif, int64_t code, int f) {
    if (kif.is_zero()) return code == 0;
    const double value = std::ldexp(static_cast<double>(code), -f);
    const double scaled = std::ldexp(value, kif.f);
    return scaled == std::floor(scaled) && value < std::ldexp(1.0, kif.i) &&
           value >= (kif.k ? -std::ldexp(1.0, kif.i) : 0);
}

/// The value in a format, for the modes that HGQ 2 has; in float64, which is exact for float32 and formats of tables.
double rounded(double value, const Format& to) {
    if (to.kif.is_zero()) return 0;
    const int bits = to.kif.i + to.kif.f;
    const double scaled = std::ldexp(value, to.kif.f);
    constexpr double exact = 0x1p50;
    const bool is_known = (to.round == Round::trn || to.round == Round::rnd || to.round == Round::rnd_conv) &&
                          to.overflow != Overflow::sat_zero && bits < 50;
    if (!is_known || (to.overflow == Overflow::wrap && std::abs(scaled) > exact)) {
        const Formats one{{}, {to.kif.k ? 1 : 0}, {to.kif.i}, {to.kif.f}, to.round, to.overflow};
        return quantized({{}, {value}}, one).values[0];
    }
    double code = scaled;
    if (std::abs(scaled) < exact) {
        if (to.round == Round::trn) code = std::floor(scaled);
        if (to.round == Round::rnd) code = std::floor(scaled + 0.5);
        if (to.round == Round::rnd_conv) code = std::nearbyint(scaled);
    }
    const double size = std::ldexp(1.0, bits);
    const double least = to.kif.k ? -size : 0;
    if (to.overflow == Overflow::wrap) {
        const double period = to.kif.k ? 2 * size : size;
        code -= std::floor((code - least) / period) * period;
    } else {
        code = std::clamp(code, to.overflow == Overflow::sat_sym && to.kif.k ? 1 - size : least, size - 1);
    }
    return std::ldexp(code, -to.kif.f) + 0.0;  // no -0
}

class Maker {
  public:
    Maker(keras::LayerContext& layer, const TableSet& set, const TableFunction& function)
        : layer_(layer), set_(set), function_(function), index_(union_of(*set.from)) {}

    Result<Tables> make() {
        if (auto checked = check_size(); !checked) return failure(std::move(checked.error()));
        const int64_t elements = element_count(set_.elements);
        const bool any_reads = elements == 1 || !is_broadcastable(set_.from->shape, set_.elements);
        if (any_reads) find_readers();
        entries_.shape = set_.elements;
        entries_.shape.push_back(int64_t{1} << index_.width());
        entries_.values.reserve(static_cast<size_t>(element_count(entries_.shape)));
        const auto to_of = broadcast_sources(set_.to->shape, set_.elements);
        const auto from_of = any_reads ? std::vector<int64_t>{} : broadcast_sources(set_.from->shape, set_.elements);
        for (int64_t element = 0; element < elements; ++element) {
            const Format to = set_.to->at(to_of[static_cast<size_t>(element)]);
            const int64_t from = from_of.empty() ? -1 : from_of[static_cast<size_t>(element)];
            if (auto filled = fill(element, to, from); !filled) return failure(std::move(filled.error()));
        }
        if (auto said = say_doubt(layer_, doubtful_, entries_.size()); !said) return failure(std::move(said.error()));
        // A configuration may have another format for them.
        const bool is_off = layer_.program().options().exactness == Exactness::off;
        return Tables{is_off ? layer_.parameter(set_.part, entries_, std::nullopt) : layer_.array(set_.part, entries_),
                      index_.to_string()};
    }

  private:
    [[nodiscard]] Result<void> check_size() const {
        const int64_t elements = element_count(set_.elements);
        if (index_.width() > most_table_bits)
            return failure(layer_.unsupported(
                "a table of " + std::to_string(index_.width()) + " bits (" + index_.to_string() + ") has more than 2^" +
                    std::to_string(most_table_bits) + " entries",
                "let its input have fewer bits, by a quantizer in front of it or the bounds of its input quantizer"));
        if (elements > most_entries >> index_.width())
            return failure(layer_.unsupported("its " + std::to_string(elements) + " tables of 2^" +
                                                  std::to_string(index_.width()) + " entries are too many",
                                              "let its inputs have fewer bits"));
        if (!is_broadcastable(set_.to->shape, set_.elements))
            return failure(layer_.bad("has tables of shape " + to_string(set_.elements) +
                                      " rounded by formats of shape " + to_string(set_.to->shape)));
        return {};
    }

    /// The formats that read a table of all elements, each once.
    void find_readers() {
        for (int64_t at = 0; at < set_.from->size(); ++at)
            if (const Kif kif = set_.from->at(at).kif; std::ranges::find(readers_, kif) == readers_.end())
                readers_.push_back(kif);
    }

    /// The entries of one element. `from`: the only format that reads them; -1: any does.
    Result<void> fill(int64_t element, const Format& to, int64_t from) {
        const int64_t count = int64_t{1} << index_.width();
        const int64_t first = index_.k ? -(count / 2) : 0;
        double last = 0;
        for (int64_t code = first; code < first + count; ++code) {
            const auto has = [&](const Kif& kif) { return holds(kif, code, index_.f); };
            const bool is_read = from >= 0 ? has(set_.from->at(from).kif) : std::ranges::any_of(readers_, has);
            // What nobody reads is as its neighbour, which makes small logic.
            if (is_read) {
                const auto x = static_cast<float>(std::ldexp(static_cast<double>(code), -index_.f));
                Float32 value = function_(element, x);
                if (std::isnan(value.value) || (std::isinf(value.value) && to.overflow == Overflow::wrap))
                    return failure(layer_.inexact("its function of " + std::to_string(x) + " is no finite number"));
                // Infinity saturates as the largest number does.
                if (std::isinf(value.value)) value = {std::copysign(std::numeric_limits<float>::max(), value.value)};
                doubtful_ += is_doubtful(value, to) ? 1 : 0;
                last = rounded(value.value, to);
            }
            entries_.values.push_back(last);
        }
        return {};
    }

    keras::LayerContext& layer_;
    const TableSet& set_;
    const TableFunction& function_;
    Kif index_;
    std::vector<Kif> readers_;
    Tensor entries_;
    int64_t doubtful_ = 0;
};

}  // namespace

bool is_doubtful(const Float32& value, const Format& to) {
    if (value.slack == 0 || to.kif.is_zero()) return false;
    const double scale = std::ldexp(1.0, to.kif.f);
    const bool is_nearest = to.round != Round::trn && to.round != Round::trn_zero;
    const double shift = is_nearest ? 0.5 : 0;
    double low = std::floor((static_cast<double>(value.value) - value.slack) * scale + shift);
    double high = std::floor((static_cast<double>(value.value) + value.slack) * scale + shift);
    if (to.overflow != Overflow::wrap) {
        const double most = std::ldexp(1.0, to.kif.i + to.kif.f) - 1;
        const double least = to.kif.k ? -most - (to.overflow == Overflow::sat_sym ? 0 : 1) : 0;
        low = std::clamp(low, least, most);
        high = std::clamp(high, least, most);
    }
    return low != high;
}

Result<void> say_doubt(keras::LayerContext& layer, int64_t doubtful, int64_t count) {
    if (doubtful == 0) return {};
    const std::string fact =
        std::to_string(doubtful) + " of " + std::to_string(count) +
        " entries of its tables are nearer to a tie than float32 is exact, so that two machines may "
        "round them differently";
    layer.decide(fact + "; they are rounded from the correctly rounded float32 value");
    Diagnostic diagnostic = layer.inexact(fact, "compare with outputs of the model: `--check x.npy y.npy`");
    if (layer.program().options().exactness == Exactness::on) return failure(std::move(diagnostic));
    layer.program().warn(std::move(diagnostic));
    return {};
}

Kif union_of(const Formats& formats) {
    Kif result;
    for (int64_t at = 0; at < formats.size(); ++at) {
        const Kif kif = formats.at(at).kif;
        if (kif.is_zero()) continue;
        if (result.is_zero())
            result = kif;
        else
            result = Kif(result.k || kif.k, std::max(result.i, kif.i), std::max(result.f, kif.f));
    }
    return result.is_zero() ? Kif(false, 1, 0) : result;
}

Result<Tables> write_tables(keras::LayerContext& layer, const TableSet& set, const TableFunction& function) {
    return Maker(layer, set, function).make();
}

}  // namespace dal::importer::hgq2
