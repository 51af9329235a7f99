// The readers, one per family of files. Each has a folder of its own.
#pragma once

#include "dal/import/import.hpp"

namespace dal::importer::keras {
/// Keras 2 and 3: `.keras`, `.h5`, `.json` with weights beside it; layers of Keras, HGQ 2, HGQ 1 and QKeras.
bool recognizes(const ModelFile& file);
Result<Imported> read(const ModelFile& file, const ImportOptions& options, PrecisionConfig precision);
}  // namespace dal::importer::keras

namespace dal::importer::onnx {
/// ONNX: with the quantizers of QONNX, with QuantizeLinear and DequantizeLinear, or with none.
bool recognizes(const ModelFile& file);
Result<Imported> read(const ModelFile& file, const ImportOptions& options, PrecisionConfig precision);
}  // namespace dal::importer::onnx
