#include "dal/cli/program.hpp"

#include <algorithm>
#include <map>

#include "dal/driver/load.hpp"
#include "dal/driver/stream.hpp"
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
    if (at == std::string::npos) return {"", argument};
    const std::string name = argument.substr(0, at);
    const size_t colon = name.find(':');
    if (is_name(name)) return {name, argument.substr(at + 1)};
    if (colon != std::string::npos && is_name(name.substr(0, colon)) && is_name(name.substr(colon + 1)))
        return {name.substr(0, colon), argument.substr(at + 1), name.substr(colon + 1)};
    return {"", argument};
}

Result<std::vector<std::string>> match_paths(const std::vector<std::string>& names,
                                             const std::vector<std::string>& arguments, std::string_view kind,
                                             std::string_view option) {
    std::vector<std::string> paths(names.size());
    const std::string flag(option);
    for (const std::string& argument : arguments) {
        const auto [name, path, type] = parse_named_path(argument);
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

namespace {

/// The arguments of match_paths, with an archive without a name said for each input that has no other.
std::vector<std::string> with_names(const std::vector<std::string>& names, const std::vector<std::string>& arguments) {
    std::vector<std::string> result;
    std::vector<std::string> archives;
    std::vector<std::string> named;
    for (const std::string& argument : arguments) {
        const NamedPath path = parse_named_path(argument);
        const bool is_for_all = path.name.empty() && names.size() > 1 && path.path.ends_with(".npz");
        (is_for_all ? archives : result).push_back(argument);
        if (!path.name.empty()) named.push_back(path.name);
    }
    for (const std::string& archive : archives)
        for (const std::string& name : names)
            if (std::ranges::find(named, name) == named.end()) result.push_back(name + "=" + archive);
    return result;
}

/// What is read for one input: an archive is opened once for all of them.
Result<SourcePointer> open_input(const std::string& path, const std::string& type, const InputForm& form,
                                 std::map<std::string, NpzFile>& archives) {
    if (!type.empty()) {
        const auto known = type_named(type);
        if (!known)
            return failure(
                error(code::bad_batch, {}, "`" + type + "` is no type of numbers")
                    .with_rule("raw numbers are int8, uint8, …, int64, uint64, float16, float32 or float64"));
        return open_raw_samples(path, form, *known);
    }
    if (!path.ends_with(".npz")) return open_samples(path, form);
    auto archive = archives.find(path);
    if (archive == archives.end()) {
        auto opened = NpzFile::open(path);
        if (!opened) return failure(std::move(opened.error()));
        archive = archives.emplace(path, std::move(*opened)).first;
    }
    return open_samples(archive->second, form);
}

}  // namespace

Result<std::vector<SourcePointer>> open_inputs(const Graph& graph, const std::vector<std::string>& arguments,
                                               std::string_view option) {
    std::vector<std::string> names;
    for (const NodeId id : graph.inputs()) names.push_back(graph[id].name);
    const std::vector<std::string> each = with_names(names, arguments);
    auto paths = match_paths(names, each, "input", option);
    if (!paths) return failure(std::move(paths.error()));
    if (std::ranges::count(*paths, "-") > 1)
        return failure(error(code::bad_batch, {}, "`-` is given to several inputs")
                           .with_rule("standard input holds the data of one"));
    std::map<std::string, std::string> types;
    for (const std::string& argument : each) {
        const NamedPath path = parse_named_path(argument);
        if (!path.type.empty()) types[path.name] = path.type;
    }
    const std::vector<InputForm> forms = input_forms(graph);
    std::map<std::string, NpzFile> archives;
    std::vector<SourcePointer> sources;
    for (size_t j = 0; j < names.size(); ++j) {
        if ((*paths)[j].empty())
            return failure(error(code::bad_batch, graph[graph.inputs()[j]].span, "input `" + names[j] + "` has no data")
                               .with_help("give it a file: `" + std::string(option) + " " +
                                          (names.size() == 1 ? "" : names[j] + "=") + "data.npy`"));
        auto source = open_input((*paths)[j], types[names[j]], forms[j], archives);
        if (!source) return failure(std::move(source.error()));
        sources.push_back(std::move(*source));
    }
    return sources;
}

Result<std::vector<Samples>> read_inputs(const Graph& graph, const std::vector<std::string>& arguments,
                                         std::string_view option) {
    const auto sources = open_inputs(graph, arguments, option);
    if (!sources) return failure(sources.error());
    if (const auto checked = check_sources(graph, *sources); !checked) return failure(checked.error());
    std::vector<Samples> batches;
    for (const SourcePointer& source : *sources) {
        auto batch = read_rest(*source);
        if (!batch) return failure(std::move(batch.error()));
        batches.push_back(std::move(*batch));
    }
    return batches;
}

}  // namespace dal::cli
