// How the samples of a block become columns.
#include <algorithm>
#include <cmath>

#include "dal/graph/inputs.hpp"
#include "dal/interp/column_run.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

template <class Number>
double number_at(const std::byte* data, int64_t index) {
    Number number;
    std::copy_n(data + index * static_cast<int64_t>(sizeof number), sizeof number,
                reinterpret_cast<std::byte*>(&number));
    return static_cast<double>(number);
}

using ReadNumber = double (*)(const std::byte* data, int64_t index);

/// Reads the numbers of an array as doubles; null if some of its type are none.
ReadNumber reader_of(DType type) {
    switch (type) {
        case DType::boolean:
        case DType::uint8: return number_at<uint8_t>;
        case DType::int8: return number_at<int8_t>;
        case DType::int16: return number_at<int16_t>;
        case DType::uint16: return number_at<uint16_t>;
        case DType::int32: return number_at<int32_t>;
        case DType::uint32: return number_at<uint32_t>;
        case DType::float32: return number_at<float>;
        case DType::float64: return number_at<double>;
        default: return nullptr;  // element by element
    }
}

/// The samples of one element, if they can be had quickly and are right; nothing otherwise.
std::optional<Column> quick_column(const Node& input, const Samples& batch, int64_t element, int64_t first,
                                   int64_t count) {
    const auto sample_of = [&](size_t s) {
        return first + (static_cast<int64_t>(s) < count ? static_cast<int64_t>(s) : 0);
    };
    const auto& port = std::get<op::Input>(input.operation);
    std::optional<Column> column;
    if (const Codes* codes = batch.codes()) {
        constexpr int64_t most = int64_t{1} << 61;
        if (codes->limbs() > 1) return std::nullopt;
        BlockCodes block;
        for (size_t s = 0; s < block_samples; ++s) {
            block[s] = static_cast<int64_t>(*codes->at(sample_of(s), element));
            if (block[s] > most || block[s] < -most) return std::nullopt;
        }
        column = Column::of_codes(block, codes->f()[static_cast<size_t>(element)]);
    } else if (const Array* array = batch.array()) {
        const ReadNumber read = reader_of(array->type());
        if (read == nullptr) return std::nullopt;
        BlockReals block;
        const int64_t size = input.size();
        for (size_t s = 0; s < block_samples; ++s) {
            block[s] = read(array->data(), sample_of(s) * size + element);
            if (!std::isfinite(block[s])) return std::nullopt;
        }
        column = Column::of_reals(block);
        // A declared input is computed with: its numbers need a common binary point.
        if (!port.real) column = column->rounded(port.formats.at(element).kif.f, Round::trn);
        BlockReals back = block;
        if (!port.real) column->to_reals(back);
        if (back != block) return std::nullopt;  // it has finer numbers than its format
    }
    if (column && !port.real && !column->is_in(Interval::of(port.formats.at(element).kif))) return std::nullopt;
    return column;
}

}  // namespace

Result<void> ColumnRun::load(std::span<const Samples> inputs, int64_t first, int64_t count) {
    first_ = first + (inputs.empty() ? 0 : inputs.front().first());
    bool slow = false;
    for (size_t j = 0; j < inputs.size(); ++j) {
        const NodeId id = graph_.inputs()[j];
        std::vector<Column>& columns = values_[static_cast<size_t>(id)];
        columns.clear();
        const int64_t size = graph_[id].size();
        columns.reserve(static_cast<size_t>(size));
        for (int64_t element = 0; element < size; ++element) {
            auto column = quick_column(graph_[id], inputs[j], element, first, count);
            slow = slow || !column;
            columns.push_back(std::move(column).value_or(Column()));
        }
    }
    if (!slow) return {};
    // One by one, in the order in which the interpreter meets them: so it is the same error.
    std::vector<std::vector<std::vector<Dyadic>>> values(inputs.size());  // per input and element
    for (size_t j = 0; j < inputs.size(); ++j) values[j].resize(static_cast<size_t>(graph_[graph_.inputs()[j]].size()));
    for (int64_t sample = 0; sample < count; ++sample)
        for (size_t j = 0; j < inputs.size(); ++j)
            for (size_t element = 0; element < values[j].size(); ++element) {
                auto value =
                    read_sample(graph_[graph_.inputs()[j]], inputs[j], first + sample, static_cast<int64_t>(element));
                if (!value) return failure(std::move(value.error()));
                values[j][element].push_back(std::move(*value));
            }
    for (size_t j = 0; j < inputs.size(); ++j)
        for (size_t element = 0; element < values[j].size(); ++element) {
            values[j][element].resize(block_samples, values[j][element].front());
            values_[static_cast<size_t>(graph_.inputs()[j])][element] =
                Column::of_values(std::move(values[j][element]));
        }
    return {};
}

}  // namespace dal
