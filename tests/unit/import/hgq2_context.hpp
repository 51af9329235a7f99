// A layer for tests of what writes parts of one.
#pragma once

#include <doctest/doctest.h>

#include "dal/import/keras/layer.hpp"

namespace dal::test {

/// A layer "curve" with a configuration and inputs, in a program of its own.
class OneLayer {
  public:
    explicit OneLayer(const std::string& config, std::vector<importer::Value> inputs = {},
                      importer::Exactness exactness = importer::Exactness::automatic)
        : config_(*importer::parse_json(config, "m")),
          program_((options_.exactness = exactness, options_), {}, "a test"),
          layer_(program_, {"curve", "QCurve", importer::keras::Library::hgq, &config_}, {}, std::move(inputs), memo_,
                 "/curve") {}

    importer::keras::LayerContext& layer() { return layer_; }
    importer::Program& program() { return program_; }

  private:
    importer::Json config_;
    importer::ImportOptions options_;
    importer::Program program_;
    importer::keras::Memo memo_;
    importer::keras::LayerContext layer_;
};

/// The first message of a refusal; empty if there is none.
template <class T>
std::string refusal(const Result<T>& result) {
    return result ? "" : result.error().front().message;
}

inline bool mentions(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace dal::test
