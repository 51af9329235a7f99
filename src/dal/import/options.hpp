// What the user says about an import, besides the model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dal/numeric/kif.hpp"

namespace dal::importer {

/// What becomes of numbers and functions that the model itself does not quantize.
enum class Exactness : uint8_t {
    on,         ///< float parameters stay the exact numbers that they are; what has no exact form is refused
    automatic,  ///< the same, with a warning for each layer that is not quantized, and one for each that is not exact
    off,        ///< the formats of a configuration take the place of those in the model
};

/// `--define CLASS=module.function`: who computes a layer of a class that is not known.
struct Definition {
    std::string layer_class;
    std::string module;  ///< `module.da` lies in the folder where the command runs
    std::string function;
};

/// Formats for what the model does not quantize: parameters get the integer bits that they need, and what is left of
/// `bits` behind the point; results of layers that have such parameters get these formats.
struct ChosenFormats {
    int bits = 16;
    std::map<std::string, Format> results{};  ///< by the name of the layer
    std::optional<Format> other_results{};    ///< where there is none: while it is being found out
};

struct ImportOptions {
    Exactness exactness = Exactness::automatic;
    /// What inputs are rounded to before anything else sees them, as text of the language: "fixed(1, 5, 10)"; by name
    /// of the input, or "" for all others.
    std::map<std::string, std::string> input_formats{};
    std::vector<Definition> definitions{};
    std::optional<ChosenFormats> chosen{};
    std::filesystem::path configuration{};  ///< formats by layer, for Exactness::off; JSON or YAML
};

}  // namespace dal::importer
