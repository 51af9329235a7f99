#include "dal/cli/import_options.hpp"

#include "dal/cli/validators.hpp"

namespace dal::cli {
namespace {

/// "NAME=FORMAT" or "FORMAT".
std::string add_input_format(const std::string& word, std::map<std::string, std::string>& formats) {
    const size_t split = word.find('=');
    const size_t bracket = word.find('(');
    const bool is_named = split != std::string::npos && split < bracket;
    const std::string format = is_named ? word.substr(split + 1) : word;
    if (format.empty()) return "no format";
    if (!formats.emplace(is_named ? word.substr(0, split) : "", format).second) return "given twice";
    return {};
}

/// "CLASS=module.function".
std::string add_definition(const std::string& word, std::vector<importer::Definition>& definitions) {
    const size_t split = word.find('=');
    const size_t dot = word.rfind('.');
    if (split == std::string::npos || dot == std::string::npos || dot < split + 2 || dot + 1 == word.size() ||
        split == 0)
        return "not CLASS=module.function";
    definitions.push_back({word.substr(0, split), word.substr(split + 1, dot - split - 1), word.substr(dot + 1)});
    return {};
}

}  // namespace

void bind_import_options(CLI::App& command, ImportArguments& arguments) {
    importer::ImportOptions& options = arguments.import;
    command
        .add_option("model", arguments.model,
                    "Model file: .keras, .h5, .onnx, JSON of ALIR, DAIS, XGBoost or conifer, LightGBM, .ubj, .pt2")
        ->required()
        ->option_text("MODEL");
    command.add_option("-o,--output", arguments.output, "Folder for net.da, net.npz and import.json")
        ->required()
        ->option_text("DIR");
    command
        .add_option_function<std::vector<std::string>>(
            "--input",
            [&options](const std::vector<std::string>& words) {
                for (const std::string& word : words)
                    if (const std::string problem = add_input_format(word, options.input_formats); !problem.empty())
                        throw CLI::ValidationError("--input", std::string(word).append(": ").append(problem));
            },
            "Format to which an input is rounded, 'fixed(1, 5, 10)': where the model does not say it")
        ->option_text("[NAME=]FORMAT")
        ->allow_extra_args(false);
    command
        .add_option(
            "--bit-exact", options.exactness,
            "auto (default): what the model does not quantize stays exact numbers, with a warning; on: without, "
            "and what has no exact form is refused; off: the formats of --config replace the model's")
        ->transform(names<importer::Exactness>({{"on", importer::Exactness::on},
                                                {"auto", importer::Exactness::automatic},
                                                {"off", importer::Exactness::off}}))
        ->option_text("on|auto|off");
    command.add_option("--config", options.configuration, "Formats by layer, in the form of hls4ml (JSON or YAML)")
        ->option_text("FILE");
    command
        .add_option_function<std::vector<std::string>>(
            "--define",
            [&options](const std::vector<std::string>& words) {
                for (const std::string& word : words)
                    if (const std::string problem = add_definition(word, options.definitions); !problem.empty())
                        throw CLI::ValidationError("--define", std::string(word).append(": ").append(problem));
            },
            "Who computes a class of layers that is not known: a function of a file in this folder")
        ->option_text("CLASS=module.function")
        ->allow_extra_args(false);
    CLI::Option* check = command
                             .add_option("--check", arguments.check,
                                         "Compare with references: arrays of all inputs, then of all outputs")
                             ->option_text("FILE FILE");
    command
        .add_option_function<double>(
            "--tolerance",
            [&arguments](double value) {
                arguments.tolerance = Dyadic::from_double(value);
                if (!arguments.tolerance || value < 0) throw CLI::ValidationError("--tolerance", "no distance");
            },
            "Largest distance from the references (default 0)")
        ->option_text("D");
    command
        .add_option(
            "--layers", arguments.layers,
            "Reference values of layers (.npz, by their names): if outputs differ, the first layer that does is "
            "named")
        ->needs(check)
        ->option_text("FILE");
    CLI::Option* calibrate =
        command
            .add_option(
                "--calibrate", arguments.calibrate,
                "Choose formats for what the model does not quantize from data, and say what they cost; as --input "
                "of run")
            ->option_text("[NAME=]FILE")
            ->allow_extra_args(false);
    command.add_option("--bits", arguments.bits, "Bits of each format that is chosen (default 16)")
        ->check(CLI::Range(2, 64))
        ->needs(calibrate)
        ->option_text("N");
}

}  // namespace dal::cli
