// Quantizers of QKeras as models name them: an object {"class_name": "quantized_bits", "config": {…}}, or a call in a
// string, "quantized_relu(6,2)". Facts of QKeras 0.9.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "dal/import/keras/layer.hpp"

namespace dal::importer::qkeras {

using keras::LayerContext;

/// A quantizer with its arguments by name; those that are not said have their defaults.
class Quantizer {
  public:
    Quantizer(std::string name, std::map<std::string, Json, std::less<>> arguments)
        : name_(std::move(name)), arguments_(std::move(arguments)) {}

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// A null where it is not said.
    [[nodiscard]] const Json& operator[](std::string_view argument) const;
    /// Python's truth of a flag or a number.
    [[nodiscard]] bool flag(std::string_view argument, bool otherwise = false) const;
    /// An integer within ±`most`; `otherwise` where it is not said. Error: bad_model_file.
    [[nodiscard]] Result<int> integer(const LayerContext& layer, std::string_view argument, int otherwise,
                                      int most = 32) const;
    /// As "quantized_bits(4, 0, alpha: auto_po2)", for messages.
    [[nodiscard]] std::string text() const;

  private:
    std::string name_;
    std::map<std::string, Json, std::less<>> arguments_;
};

/// Whether this names a quantizer, and no activation of Keras.
bool names_quantizer(const Json& value);

/// Nothing for null. Errors: bad_model_file, unsupported_layer for what is not known.
Result<std::optional<Quantizer>> read_quantizer(const LayerContext& layer, const Json& value);

/// The format of quantized_bits, quantized_linear and quantized_relu without a slope, before a scale.
Result<Format> fixed_format(const LayerContext& layer, const Quantizer& quantizer);

}  // namespace dal::importer::qkeras
