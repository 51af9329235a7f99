// A configuration of precisions in the form of hls4ml: formats by layer and by part of it. JSON, or the YAML that
// hls4ml writes.
//
//     {"Model": {"Precision": {"default": "fixed<16,6>"}},
//      "LayerName": {"dense_1": {"Precision": {"weight": "fixed<8,2>", "result": "fixed<16,6,RND,SAT>"}}}}
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "dal/numeric/kif.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal::importer {

class PrecisionConfig {
  public:
    /// Nothing is configured.
    PrecisionConfig() = default;
    /// Errors: cannot_read, bad_import_option with the place in the file.
    static Result<PrecisionConfig> read(const std::filesystem::path& path);

    /// The format of a part ("weight", "bias", "result", "accum", "table") of a layer; the default of the model where
    /// the layer has none ("accum": nothing then).
    [[nodiscard]] std::optional<Format> of(std::string_view layer, std::string_view part);
    /// Layers that are configured and that nobody asked for.
    [[nodiscard]] std::vector<std::string> unused() const;

  private:
    std::map<std::string, std::map<std::string, Format, std::less<>>, std::less<>> layers_;
    std::map<std::string, Format, std::less<>> model_;
    std::set<std::string, std::less<>> used_;
};

}  // namespace dal::importer
