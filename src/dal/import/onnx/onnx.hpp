// ONNX models, with the quantizers of QONNX (Brevitas, FINN, QKeras through QONNX) or QuantizeLinear and
// DequantizeLinear, or with none. docs/import/onnx.md says what each operator becomes.
#pragma once

#include "dal/import/import.hpp"

namespace dal::importer {

/// By the name, or by the first fields of the file.
bool is_onnx(const ModelFile& file);
Result<Imported> read_onnx(const ModelFile& file, const ImportOptions& options, PrecisionConfig precision);

}  // namespace dal::importer
