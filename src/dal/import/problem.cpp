#include "dal/import/problem.hpp"

#include "dal/support/codes/import_codes.hpp"
#include "dal/support/printable.hpp"

namespace dal::importer {
namespace {

/// "where: fact", without what names of a foreign file may do to a terminal.
std::string said(std::string_view where, std::string_view fact) {
    return printable(where.empty() ? std::string(fact) : std::string(where) + ": " + std::string(fact));
}

Diagnostic with_optional_help(Diagnostic problem, std::string_view help) {
    if (!help.empty()) problem.help.push_back(printable(help));
    return problem;
}

}  // namespace

Diagnostic bad_model_file(std::string_view file, std::string_view where, std::string_view fact) {
    std::string place = "`" + std::string(file) + "`";
    if (!where.empty()) place += ", " + std::string(where);
    return error(code::bad_model_file, {}, said(place, fact));
}

Diagnostic unknown_model(std::string_view file, std::string_view fact, std::string_view help) {
    return with_optional_help(error(code::unknown_model, {}, said("`" + std::string(file) + "`", fact)), help);
}

Diagnostic unknown_layer(std::string_view where, const std::string& layer_class, std::span<const std::string> known) {
    Diagnostic problem = error(code::unknown_layer, {}, said(where, "the class `" + layer_class + "` is not known"));
    if (const std::string_view like = nearest(layer_class, known); !like.empty())
        problem.help.push_back("the nearest that is: `" + std::string(like) + "`");
    problem.help.push_back(printable("write it in the language, and say where: `--define " + layer_class +
                                     "=layers.my_layer` calls `fn my_layer` of `layers.da`"));
    return problem;
}

Diagnostic unsupported_layer(std::string_view where, std::string_view fact, std::string_view help) {
    return with_optional_help(error(code::unsupported_layer, {}, said(where, fact)), help);
}

Diagnostic inexact_layer(std::string_view where, std::string_view fact, std::string_view help) {
    return with_optional_help(error(code::inexact_layer, {}, said(where, fact)), help);
}

Diagnostic unknown_input_format(std::string_view input, std::string_view where) {
    return error(code::unknown_input_format, {},
                 said(where, "reads `" + std::string(input) + "`, and the model does not say its format"))
        .with_rule("real numbers are rounded to a format before arithmetic")
        .with_help(printable("say the format: `--input " + std::string(input) +
                             "='fixed(1, 5, 10, round: rnd, overflow: sat)'`"));
}

Diagnostics without_places(Diagnostics diagnostics) {
    for (Diagnostic& each : diagnostics) {
        each.span = {};
        each.label.clear();
        each.secondary.clear();
    }
    return diagnostics;
}

Diagnostic bad_import_option(std::string_view option, std::string_view fact, std::string_view help) {
    return with_optional_help(error(code::bad_import_option, {}, said("`" + std::string(option) + "`", fact)), help);
}

}  // namespace dal::importer
