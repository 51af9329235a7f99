#include "dal/cli/outputs.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "dal/cli/program.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/batch_codes.hpp"

namespace dal::cli {
namespace {

namespace fs = std::filesystem;

/// Prints the first samples as exact decimals, in columns.
class Preview : public SampleSink {
  public:
    explicit Preview(std::string name) : name_(std::move(name)) {}
    Result<void> write(const Codes& part) override {
        shape_ = part.shape();
        elements_ = part.elements();
        for (int64_t row = 0; row < part.samples() && static_cast<int64_t>(rows_.size()) < most_samples; ++row) {
            auto& cells = rows_.emplace_back();
            for (int64_t column = 0; column < std::min(elements_, most_elements); ++column)
                cells.push_back(part.value(row, column).to_string());
        }
        samples_ += part.samples();
        return {};
    }
    Result<void> finish() override {
        std::string text = name_ + ": " + std::to_string(samples_) + (samples_ == 1 ? " sample" : " samples");
        text += shape_.empty() ? " of a scalar\n" : " of " + to_string(shape_) + "\n";
        std::vector<size_t> widths(static_cast<size_t>(std::min(elements_, most_elements)));
        for (const auto& row : rows_)
            for (size_t column = 0; column < row.size(); ++column)
                widths[column] = std::max(widths[column], row[column].size());
        for (const auto& row : rows_) {
            text += " ";
            for (size_t column = 0; column < row.size(); ++column)
                text += " " + std::string(widths[column] - row[column].size(), ' ') + row[column];
            text += elements_ > most_elements ? " ...\n" : "\n";
        }
        if (samples_ > static_cast<int64_t>(rows_.size())) text += "  ... (-o FILE writes all)\n";
        std::fwrite(text.data(), 1, text.size(), stdout);
        return {};
    }

  private:
    static constexpr int64_t most_samples = 8;
    static constexpr int64_t most_elements = 16;

    std::string name_;
    Shape shape_;
    int64_t elements_ = 0;
    int64_t samples_ = 0;
    std::vector<std::vector<std::string>> rows_;
};

/// Takes results that nobody asked for.
class Nowhere : public SampleSink {
  public:
    Result<void> write(const Codes& /*part*/) override { return {}; }
    Result<void> finish() override { return {}; }
};

fs::path place(const std::string& path) {
    std::error_code failed;
    const fs::path known = fs::weakly_canonical(fs::absolute(path, failed), failed);
    return failed ? fs::path(path) : known;
}

bool is_device(const std::string& path) {
    std::error_code none;
    return fs::exists(place(path), none) && !fs::is_regular_file(place(path), none);
}

/// What the option says, or else the ending.
Result<OutputFormat> format_of(const std::string& path, OutputFormat wanted) {
    if (wanted != OutputFormat::automatic) return wanted;
    const std::string ending = fs::path(path).extension().string();
    if (path == "-" || ending == ".csv") return OutputFormat::csv;
    if (ending == ".npz") return OutputFormat::npz;
    if (ending == ".npy" || is_device(path)) return OutputFormat::npy;
    return failure(error(code::bad_batch, {}, "`--output " + path + "` does not say in which format")
                       .with_rule("files end in `.npy` or `.npz` (float64) or `.csv` (decimals)")
                       .with_help("`" + path + ".npy`, or `--output-format npy|npz|csv|codes`"));
}

/// No file is written twice, and none that the run reads: neither an input nor the program. `files`: what is opened.
Result<void> check_places(const RunArguments& options, const std::vector<std::string>& files) {
    std::map<fs::path, std::string> taken{{place(options.program), "the program"}};
    for (const std::string& argument : options.inputs)
        if (const std::string path = parse_named_path(argument).path; path != "-")
            taken.emplace(place(path), "an input of this run");
    bool standard_output = false;
    for (const std::string& path : files) {
        // Devices (/dev/null) may be written as often as one likes.
        if (path != "-" && is_device(path)) continue;
        const bool is_new =
            path == "-" ? !std::exchange(standard_output, true) : taken.emplace(place(path), "another output").second;
        if (!is_new)
            return failure(error(code::bad_batch, {},
                                 "`--output " + path + "` is " + (path == "-" ? "another output" : taken[place(path)]))
                               .with_rule("each output has a file of its own; `-o FILE.npz` holds them all"));
    }
    return {};
}

/// The sinks of one format; `which` of the outputs go to `path`.
Result<void> open_sinks(RunOutputs& outputs, const std::string& path, OutputFormat format,
                        const std::vector<OutputForm>& forms, const std::vector<size_t>& which) {
    if (format == OutputFormat::npz) {
        std::vector<OutputForm> members;
        for (const size_t j : which) members.push_back(forms[j]);
        auto sinks = open_npz_sinks(path, members);
        if (!sinks) return failure(std::move(sinks.error()));
        for (size_t j = 0; j < which.size(); ++j) outputs.sinks[which[j]] = std::move((*sinks)[j]);
        return {};
    }
    DAL_CHECK(which.size() == 1, path);
    const OutputForm& form = forms[which.front()];
    auto sink = format == OutputFormat::csv     ? open_csv_sink(path)
                : format == OutputFormat::codes ? open_code_sink(path)
                                                : open_npy_sink(path, form);
    if (!sink) return failure(std::move(sink.error()));
    outputs.sinks[which.front()] = std::move(*sink);
    return {};
}

/// The arguments that name all outputs at once: an archive without a name, where there are several.
std::vector<std::string> with_names(const std::vector<std::string>& arguments, OutputFormat format,
                                    const std::vector<std::string>& names) {
    std::vector<std::string> result;
    for (const std::string& argument : arguments) {
        const NamedPath named = parse_named_path(argument);
        const auto own = format_of(named.path, format);
        if (!named.name.empty() || names.size() == 1 || !own || *own != OutputFormat::npz) {
            result.push_back(argument);
            continue;
        }
        for (const std::string& name : names) result.push_back(name + "=" + named.path);
    }
    return result;
}

}  // namespace

Result<RunOutputs> open_outputs(const Graph& graph, const RunArguments& options, std::optional<int64_t> samples) {
    std::vector<std::string> names;
    std::vector<OutputForm> forms;
    for (const Output& output : graph.outputs()) {
        names.push_back(output.name);
        forms.push_back({output.name, graph[output.node].shape, samples});
    }
    const auto paths = match_paths(names, with_names(options.outputs, options.format, names), "output", "--output");
    if (!paths) return failure(paths.error());

    // An archive may be for several outputs; anything else is opened for each.
    std::vector<std::pair<std::string, std::vector<size_t>>> files;
    std::vector<OutputFormat> formats;
    for (size_t j = 0; j < paths->size(); ++j) {
        const std::string& path = (*paths)[j];
        if (path.empty()) continue;
        const auto format = format_of(path, options.format);
        if (!format) return failure(format.error());
        const auto same = std::ranges::find(files, path, &decltype(files)::value_type::first);
        if (*format == OutputFormat::npz && same != files.end()) {
            same->second.push_back(j);
            continue;
        }
        files.push_back({path, {j}});
        formats.push_back(*format);
    }
    std::vector<std::string> opened;
    for (const auto& [path, which] : files) opened.push_back(path);
    if (auto checked = check_places(options, opened); !checked) return failure(std::move(checked.error()));

    RunOutputs outputs;
    outputs.sinks.resize(names.size());
    outputs.to_standard_output = std::ranges::find(opened, "-") != opened.end();
    for (size_t j = 0; j < files.size(); ++j)
        if (auto done = open_sinks(outputs, files[j].first, formats[j], forms, files[j].second); !done)
            return failure(std::move(done.error()));
    for (size_t j = 0; j < names.size(); ++j)
        if (!outputs.sinks[j])
            outputs.sinks[j] = outputs.to_standard_output ? SinkPointer(std::make_unique<Nowhere>())
                                                          : SinkPointer(std::make_unique<Preview>(names[j]));
    return outputs;
}

}  // namespace dal::cli
