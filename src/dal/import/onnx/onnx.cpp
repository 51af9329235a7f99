// The reader of ONNX models. docs/import/onnx.md says what each operator becomes.
#include <algorithm>

#include "dal/import/onnx/builder.hpp"
#include "dal/import/onnx/operators.hpp"
#include "dal/import/readers.hpp"

namespace dal::importer::onnx {
namespace {

/// "net.onnx: QONNX of pytorch".
std::string title_of(const ModelFile& file, const Model& model) {
    const bool has_quant = std::ranges::any_of(model.nodes, is_quantizer_domain);
    const bool has_linear =
        std::ranges::any_of(model.nodes, [](const auto& node) { return node.type == "QuantizeLinear"; });
    const std::string form = has_quant ? "QONNX" : has_linear ? "ONNX with QuantizeLinear" : "ONNX";
    return file.name() + ": " + form + (model.producer.empty() ? "" : " of " + model.producer);
}

}  // namespace

bool recognizes(const ModelFile& file) { return file.extension() == "onnx" || is_model(file.bytes()); }

Result<Imported> read(const ModelFile& file, const ImportOptions& options, PrecisionConfig precision) {
    const auto model = parse_model(file);
    if (!model) return failure(model.error());
    Program program(options, std::move(precision), title_of(file, *model));
    Builder builder(file, *model, program);
    if (auto built = builder.build(); !built) return failure(std::move(built.error()));
    return std::move(program).finish();
}

}  // namespace dal::importer::onnx
