// What an import says when it refuses: one function per kind, so that all readers say it alike. `where` is a place
// inside a model file: "layer `q_dense` (QDense)", "node `MatMul_3`", "layers/q_dense/vars/0".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dal/support/diagnostic.hpp"

namespace dal::importer {

/// The bytes are not what the format asks for. `file`: as the user named it.
Diagnostic bad_model_file(std::string_view file, std::string_view where, std::string_view fact);

/// A file that cannot be a model, or one whose kind is refused; `help` is the way that leads in.
Diagnostic unknown_model(std::string_view file, std::string_view fact, std::string_view help);

/// `layer_class` is known to nobody; offers the nearest of `known` and `--define`.
Diagnostic unknown_layer(std::string_view where, const std::string& layer_class, std::span<const std::string> known);

/// The class is known, this form of it cannot be imported: `fact` is what was found, `help` what would do, or empty.
Diagnostic unsupported_layer(std::string_view where, std::string_view fact, std::string_view help = {});

/// No fixed-point program computes what the layer computes. `help`: what would do, or empty.
Diagnostic inexact_layer(std::string_view where, std::string_view fact, std::string_view help = {});

/// The input meets arithmetic before any quantizer; offers `--input`.
Diagnostic unknown_input_format(std::string_view input, std::string_view where);

/// An option of the command line names something that is not in the model, or cannot be read.
Diagnostic bad_import_option(std::string_view option, std::string_view fact, std::string_view help = {});

/// The same without places, which are in texts that nobody sees: programs on their way.
Diagnostics without_places(Diagnostics diagnostics);

}  // namespace dal::importer
