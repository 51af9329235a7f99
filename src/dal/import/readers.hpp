// The readers of all families of files; each has a folder of its own. import.cpp asks them in its order.
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

namespace dal::importer::trees {
extern const Reader xgboost;
extern const Reader lightgbm;
extern const Reader conifer;
}  // namespace dal::importer::trees

namespace dal::importer::alir {
/// Circuits of alkaid and da4ml.
extern const Reader circuits;
}  // namespace dal::importer::alir

namespace dal::importer::torch {
extern const Reader exported_programs;  ///< `.pt2`
extern const Reader pickles;            ///< of PyTorch and scikit-learn: refused with the way in
}  // namespace dal::importer::torch
