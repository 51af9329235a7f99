#include "dal/cli/program.hpp"

#include <algorithm>

#include "dal/array/npy.hpp"
#include "dal/driver/load.hpp"
#include "dal/report/warnings.hpp"
#include "dal/support/codes/batch_codes.hpp"

namespace dal::cli {
namespace {

bool is_name(std::string_view text) {
    if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "`" : ", `") + name + "`";
    return text;
}

Result<Program> load_program(Console& console, const std::string& path, const LoadOptions& wanted) {
    console.progress("checking " + path);
    ElaborateOptions options = elaborate_options(console.allowed());
    options.written_formats = wanted.written;
    options.constant_quantizers = wanted.constants || wanted.warn;
    options.find = wanted.find;
    auto program = compile_file(console.sources(), path, options);
    if (!program) return program;
    if (auto settled = settle(*program); !settled) return failure(std::move(settled.error()));
    if (wanted.warn) {
        console.clear_progress();
        console.warn(report::warnings(*program, console.sources(), ""));
    }
    return program;
}

NamedPath parse_named_path(const std::string& argument) {
    const size_t at = argument.find('=');
    if (at != std::string::npos && is_name(argument.substr(0, at)))
        return {argument.substr(0, at), argument.substr(at + 1)};
    return {"", argument};
}

Result<std::vector<std::string>> match_paths(const std::vector<std::string>& names,
                                             const std::vector<std::string>& arguments, std::string_view kind,
                                             std::string_view option) {
    std::vector<std::string> paths(names.size());
    const std::string flag(option);
    for (const std::string& argument : arguments) {
        const auto [name, path] = parse_named_path(argument);
        if (name.empty() && names.size() != 1)
            return failure(
                error(code::bad_batch, {},
                      "`" + flag + " " + argument + "` does not say which " + std::string(kind) + " it is for")
                    .with_rule("the program has " + std::to_string(names.size()) + " " + std::string(kind) +
                               "s: " + listed(names))
                    .with_help(names.empty() ? "leave it out" : "`" + flag + " " + names.front() + "=" + path + "`"));
        const auto found = name.empty() ? names.begin() : std::find(names.begin(), names.end(), name);
        if (found == names.end())
            return failure(error(code::bad_batch, {}, "the program has no " + std::string(kind) + " `" + name + "`")
                               .with_rule("its " + std::string(kind) + "s are " + listed(names)));
        std::string& slot = paths[static_cast<size_t>(found - names.begin())];
        if (!slot.empty())
            return failure(
                error(code::bad_batch, {},
                      std::string(kind) + " `" + *found + "` is given twice: `" + slot + "` and `" + path + "`"));
        slot = path;
    }
    return paths;
}

Result<std::vector<Samples>> read_inputs(const Graph& graph, const std::vector<std::string>& arguments,
                                         std::string_view option) {
    std::vector<std::string> names;
    for (const NodeId id : graph.inputs()) names.push_back(graph[id].name);
    auto paths = match_paths(names, arguments, "input", option);
    if (!paths) return failure(std::move(paths.error()));
    std::vector<Samples> batches;
    for (size_t j = 0; j < names.size(); ++j) {
        if ((*paths)[j].empty())
            return failure(error(code::bad_batch, graph[graph.inputs()[j]].span, "input `" + names[j] + "` has no data")
                               .with_help("give it a file: `" + std::string(option) + " " +
                                          (names.size() == 1 ? "" : names[j] + "=") + "data.npy`"));
        auto batch = read_samples((*paths)[j]);
        if (!batch) return failure(std::move(batch.error()));
        batches.push_back(std::move(*batch));
    }
    return batches;
}

}  // namespace dal::cli
