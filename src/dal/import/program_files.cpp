// The end of an import: what was left over is said, and the files are made.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "dal/array/npy_header.hpp"
#include "dal/array/zip.hpp"
#include "dal/import/problem.hpp"
#include "dal/import/program.hpp"
#include "dal/support/printable.hpp"
#include "dal/syntax/format.hpp"

namespace dal::importer {
namespace {

std::string listed(const std::set<std::string, std::less<>>& names) {
    std::string text;
    for (const std::string& name : names) text.append(text.empty() ? "`" : ", `").append(name).append("`");
    return text;
}

std::string archive_of(const std::vector<std::pair<std::string, Array>>& arrays) {
    if (arrays.empty()) return {};
    ZipWriter zip;
    for (const auto& [name, array] : arrays) {
        std::string bytes = npy_preamble(array.type(), array.shape());
        bytes.append(reinterpret_cast<const char*>(array.data()), array.byte_count());
        zip.add(name + ".npy", bytes);
    }
    return zip.finish();
}

}  // namespace

Result<void> Program::check_options() const {
    for (const auto& [input, format] : options_->input_formats)
        if (!used_formats_.contains(input)) {
            const std::string inputs = listed(input_names_);
            return failure(bad_import_option("--input", "the model has no input `" + input + "`",
                                             inputs.empty() ? "" : "its inputs: " + inputs));
        }
    for (const std::string& layer : precision_.unused())
        return failure(
            bad_import_option("--config", "the model has no layer `" + layer + "` that could take a format"));
    return {};
}

void Program::say_unquantized() {
    if (unquantized_.empty()) return;
    const std::string fate = options_->chosen ? "a format of " + std::to_string(options_->chosen->bits) + " bits"
                                              : "exact floating-point numbers, as the model has no format";
    std::string names;
    for (const auto& [layer, part] : unquantized_) {
        decide(layer, std::string(part).append(": ").append(fate));
        names.append(names.empty() ? "" : ", ").append(layer).append(" (").append(part).append(")");
    }
    if (options_->exactness != Exactness::automatic || options_->chosen) return;
    warn(inexact_layer({}, "numbers without a format stay exact floating-point numbers: " + names,
                       "choose formats: `--calibrate x.npy`, or `--bit-exact off --config FILE`; to accept them: "
                       "`--bit-exact on`"));
}

Result<std::string> Program::text() const {
    std::string text = "// " + printable(title_) + "\n";
    for (const std::string& module : modules_) text.append("use ").append(module).append("\n");
    if (!arrays_.empty()) text += "\nparam w = load(\"net.npz\")\n";
    text += "\n";
    for (const std::string& line : inputs_) text += line + "\n";
    SourceMap sources;
    auto laid_out = dal::format(sources, sources.add("net.da", text + "\n" + body_));
    if (!laid_out) return failure(without_places(std::move(laid_out.error())));
    return laid_out;
}

std::string Program::decisions() const {
    using Json = nlohmann::ordered_json;
    Json decisions = Json::array();
    for (const Decision& each : decisions_)
        decisions.push_back({{"layer", printable(each.layer)}, {"what", printable(each.what)}});
    Json layers = Json::array();
    for (const auto& [layer, called] : layers_) layers.push_back({{"layer", printable(layer)}, {"name", called}});
    const Json all{{"model", printable(title_)}, {"layers", layers}, {"decisions", decisions}};
    return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Imported> Program::finish() && {
    if (!problems_.empty()) return failure(Diagnostics{problems_.front()});
    if (auto checked = check_options(); !checked) return failure(std::move(checked.error()));
    say_unquantized();
    auto program = text();
    if (!program) return failure(std::move(program.error()));
    Imported imported{std::move(*program), archive_of(arrays_), decisions()};
    imported.modules = std::move(user_modules_);
    imported.layers = std::move(layers_);
    for (const auto& [layer, part] : unquantized_) imported.unquantized.insert(layer);
    imported.warnings = std::move(warnings_);
    return imported;
}

}  // namespace dal::importer
