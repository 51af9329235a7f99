// Constants of a model: numbers that are known when the model is read, with the codes that they were made of where a
// quantizer made them.
#pragma once

#include <optional>
#include <vector>

#include "dal/import/onnx/model.hpp"

namespace dal::importer::onnx {

/// How a computation of constants rounds: as the model's runtime does.
enum class Kind : uint8_t { float32, float64, integer, boolean };

struct Constant {
    Shape shape;
    std::vector<double> values{};
    Kind kind = Kind::float32;
    ElementType type = ElementType::undefined;  ///< of the file, where it was read from one
    /// Where a quantizer made the values: value = code · scale, exactly, for each element. Empty if none did.
    std::vector<double> codes{};
    std::vector<double> scales{};
    int bits = 0;  ///< that the codes have, the sign included; 0 if there are none
    bool is_signed = true;

    [[nodiscard]] int64_t size() const noexcept { return static_cast<int64_t>(values.size()); }
    [[nodiscard]] bool is_quantized() const noexcept { return !codes.empty(); }
    /// Elements in another order or number, `sources` of them; with their codes.
    [[nodiscard]] Constant picked(Shape to, const std::vector<int64_t>& sources) const;
    /// Without the codes: what arithmetic leaves.
    [[nodiscard]] static Constant of(Shape shape, std::vector<double> values, Kind kind);
    /// The only element.
    [[nodiscard]] std::optional<double> scalar() const;
    /// All elements as integers of 64 bits, if they are some.
    [[nodiscard]] std::optional<std::vector<int64_t>> integers() const;
};

/// Elements of a tensor that may be read at all; 0 and negative extents count as none.
inline constexpr int64_t most_elements = int64_t{1} << 26;

/// The product of the extents, if it is at most `most_elements`.
std::optional<int64_t> checked_count(const Shape& shape);

/// Files beside the model that were read already, by the names that it gives them.
using ExternalFiles = std::map<std::string, std::string>;

/// Reads the numbers of a tensor, from the file or from one beside it. Errors: bad_model_file.
Result<Constant> read_tensor(const ModelFile& file, const RawTensor& tensor, ExternalFiles& external);

}  // namespace dal::importer::onnx
