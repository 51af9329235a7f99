#include "dal/report/write_back.hpp"

#include <unistd.h>

#include <algorithm>

#include "dal/array/npy.hpp"
#include "dal/array/npz.hpp"
#include "dal/array/rewrite.hpp"
#include "dal/driver/load.hpp"
#include "dal/report/quantizers.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/codes/format_codes.hpp"
#include "dal/support/file.hpp"

namespace dal::report {
namespace {

namespace fs = std::filesystem;

fs::path resolved(const fs::path& path) {
    std::error_code ignored;
    return fs::weakly_canonical(path, ignored);
}

bool is_library(const fs::path& path, const ElaborateOptions& options) {
    return std::any_of(options.module_directories.begin(), options.module_directories.end(),
                       [&](const fs::path& folder) { return is_inside(path, folder); });
}

struct TextEdit {
    uint32_t begin;
    uint32_t end;
    std::string text;
};

/// The places of the numbers in a literal, in their order: `-1`, or each of `[1, 2 /* … */]`.
std::vector<Span> numbers_in(const SourceMap& sources, const Span& literal) {
    const std::string_view text = sources.text(literal);
    const auto is_part = [](char c) {
        return (c >= '0' && c <= '9') || c == '.' || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    std::vector<Span> found;
    for (size_t at = 0; at < text.size();) {
        if (text.substr(at, 2) == "//") {
            at = std::min(text.find('\n', at), text.size());
            continue;
        }
        const bool is_number = text[at] == '-' || text[at] == '.' || (text[at] >= '0' && text[at] <= '9');
        if (!is_number) {
            ++at;
            continue;
        }
        size_t end = at;
        if (text[end] == '-') end = std::min(text.find_first_not_of("- \t\r\n", end), text.size());
        while (end < text.size() && is_part(text[end])) ++end;
        found.push_back(
            {literal.file, literal.begin + static_cast<uint32_t>(at), literal.begin + static_cast<uint32_t>(end)});
        at = std::max(end, at + 1);
    }
    return found;
}

std::string count_text(size_t count) { return std::to_string(count) + (count == 1 ? " number" : " numbers"); }

/// The new text of each file that has edits.
Result<ChangedFiles> changed_texts(const SourceMap& sources, const Program& program, const FormatEdits& edits,
                                   const std::string& path, const ElaborateOptions& options) {
    std::map<FileId, std::vector<TextEdit>> by_file;
    std::map<int32_t, std::vector<Span>> places;
    const auto cannot = [&](const Span& span, std::string rule) {
        return failure(error(code::format_not_written, span,
                             "`" + std::string(sources.text(span)) + "` gives formats other than data need")
                           .with_rule(std::move(rule)));
    };
    for (const FormatEdits::Number& edit : edits.numbers) {
        const NumberSource& source = program.written.numbers[static_cast<size_t>(edit.where.source)];
        if (!source.file.empty()) continue;
        const auto [known, is_new] = places.try_emplace(edit.where.source);
        if (is_new) known->second = numbers_in(sources, source.span);
        if (static_cast<int64_t>(known->second.size()) != element_count(source.shape))
            return cannot(source.span, "numbers in it cannot be told apart");
        const Span& place = known->second[static_cast<size_t>(edit.where.element)];
        by_file[place.file].push_back({place.begin, place.end, std::to_string(edit.to)});
    }
    for (const int32_t call : edits.signed_calls) {
        const Span& span = program.written.calls[static_cast<size_t>(call)].span;
        constexpr std::string_view name = "uint";
        if (!sources.text(span).starts_with(name))
            return cannot(span, "an unsigned format becomes a signed one where it is called by its name, `uint(n)`");
        by_file[span.file].push_back({span.begin, span.begin + static_cast<uint32_t>(name.size()), "int"});
    }
    ChangedFiles changed;
    for (auto& [file, list] : by_file) {
        const std::string& name = sources.file(file).name();
        if (name != path && is_library(name, options))
            return cannot({file, list.front().begin, list.front().end},
                          "modules of the library are not changed; give it the format as an argument");
        std::sort(list.begin(), list.end(), [](const TextEdit& a, const TextEdit& b) { return a.begin > b.begin; });
        std::string text(sources.file(file).text());
        for (const TextEdit& edit : list) text.replace(edit.begin, edit.end - edit.begin, edit.text);
        changed[name] = {std::move(text), count_text(list.size())};
    }
    return changed;
}

/// Adds the array files that have edits.
Result<void> add_arrays(const Program& program, const FormatEdits& edits, const ElaborateOptions& options,
                        ChangedFiles& changed) {
    std::map<fs::path, std::map<std::string, std::map<int64_t, int64_t>>> by_file;
    for (const FormatEdits::Number& edit : edits.numbers) {
        const NumberSource& source = program.written.numbers[static_cast<size_t>(edit.where.source)];
        if (!source.file.empty() && is_library(source.file, options))
            return failure(error(code::format_not_written, source.span,
                                 "`" + source.file.string() + "` gives formats other than data need")
                               .with_rule("arrays of the library are not changed"));
        if (!source.file.empty()) by_file[source.file][source.member][edit.where.element] = edit.to;
    }
    for (const auto& [file, members] : by_file) {
        ChangedFile& result = changed[file];
        if (members.contains("")) {
            const auto array = read_npy(file, {});
            if (!array) return failure(array.error());
            result = {npy_file(with_integers(*array, members.at(""))), count_text(members.at("").size())};
            continue;
        }
        const auto archive = NpzFile::open(file);
        if (!archive) return failure(archive.error());
        std::map<std::string, Array> replaced;
        for (const auto& [member, numbers] : members) {
            const auto array = archive->read(member, {});
            if (!array) return failure(array.error());
            replaced.emplace(member, with_integers(*array, numbers));
            result.what += (result.what.empty() ? "`" : ", `") + member + "` (" + count_text(numbers.size()) + ")";
        }
        auto bytes = npz_with(file, replaced);
        if (!bytes) return failure(std::move(bytes.error()));
        result.bytes = std::move(*bytes);
    }
    return {};
}

std::vector<std::string> lines_of(const Graph& graph) {
    const std::string text = print(graph);
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        const size_t end = text.find('\n', at);
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

/// Tries changes, and compares what becomes of the program.
class Trial {
  public:
    Trial(SourceMap& sources, const std::string& path, const Program& program, const ElaborateOptions& options)
        : sources_(sources), path_(path), program_(program), options_(options) {
        const auto& wanted = program.written.quantizers;
        for (const QuantizerFormat& format : wanted)
            if (wraps(program.graph[format.node])) free_.insert(format.node);
        before_ = lines_of_old();
    }

    /// The first node that is different and should not be, or nothing.
    Result<std::optional<NodeId>> run(const ChangedFiles& files) {
        auto folder = TemporaryDirectory::make();
        if (!folder) return failure(std::move(folder.error()));
        ElaborateOptions options = options_;
        options.constant_quantizers = true;
        std::string text(sources_.file(main_file()).text());
        for (const auto& [path, file] : files) {
            if (path == path_) {
                text = file.bytes;
                continue;
            }
            const fs::path copy = folder->path() / std::to_string(options.replaced.size());
            if (auto written = write_file(copy, file.bytes); !written) return failure(std::move(written.error()));
            options.replaced[resolved(path)] = copy;
        }
        auto after = compile_text(sources_, path_, std::move(text), fs::path(path_).parent_path(), options);
        if (!after) return failure(std::move(after.error()));
        join_constant_quantizers(*after);
        const auto different = compare(after->graph);
        if (different) return different;
        if (auto settled = settle(*after); !settled) return failure(std::move(settled.error()));
        return std::optional<NodeId>();
    }

  private:
    [[nodiscard]] FileId main_file() const {
        return static_cast<FileId>(0);  // the program is the first text of the map
    }
    [[nodiscard]] std::vector<std::string> lines_of_old() const {
        Graph graph = program_.graph;
        for (size_t index = 0; index < graph.size(); ++index) graph[static_cast<NodeId>(index)].range.clear();
        return lines_of(graph);
    }

    [[nodiscard]] std::optional<NodeId> compare(const Graph& after) const {
        const std::vector<std::string> lines = lines_of(after);
        const size_t count = std::min(lines.size(), before_.size());
        for (size_t at = 0; at < count; ++at) {
            const auto node = static_cast<NodeId>(std::min(at, program_.graph.size() - 1));
            if (lines[at] == before_[at]) continue;
            if (at >= after.size() || at >= program_.graph.size()) return node;
            if (are_rounded_alike(program_.graph[node], after[node])) continue;
            if (!free_.contains(node) || !is_same_but_range(program_.graph[node], after[node])) return node;
        }
        if (lines.size() == before_.size()) return std::nullopt;
        return static_cast<NodeId>(program_.graph.size() - 1);
    }

    [[nodiscard]] static bool is_same_but_range(const Node& before, const Node& after) {
        const auto* a = std::get_if<op::Quantize>(&before.operation);
        const auto* b = std::get_if<op::Quantize>(&after.operation);
        if (!a || !b || before.operands != after.operands || before.shape != after.shape) return false;
        for (int64_t element = 0; element < before.size(); ++element) {
            const Format& from = a->formats.at(element);
            const Format& to = b->formats.at(element);
            if (from.round != to.round || from.overflow != to.overflow) return false;
            // An element without bits stays so; one with bits keeps its step.
            if (from.kif.is_zero() ? !to.kif.is_zero() : !to.kif.is_zero() && from.kif.f != to.kif.f) return false;
        }
        return true;
    }

    /// Constants of the same numbers, before quantizers made others of them.
    [[nodiscard]] static bool are_rounded_alike(const Node& before, const Node& after) {
        const auto* a = std::get_if<op::Constant>(&before.operation);
        const auto* b = std::get_if<op::Constant>(&after.operation);
        return a && b && before.shape == after.shape && a->meant && b->meant && *a->meant == *b->meant;
    }

    SourceMap& sources_;
    const std::string& path_;
    const Program& program_;
    const ElaborateOptions& options_;
    std::set<NodeId> free_;
    std::vector<std::string> before_;
};

Result<ChangedFiles> all_changed(const SourceMap& sources, const std::string& path, const Program& program,
                                 const FormatEdits& edits, const ElaborateOptions& options) {
    auto files = changed_texts(sources, program, edits, path, options);
    if (!files) return files;
    if (auto added = add_arrays(program, edits, options, *files); !added) return failure(std::move(added.error()));
    return files;
}

/// What one place has to do with it, in words.
std::string source_text(const SourceMap& sources, const NumberSource& source) {
    return source.member.empty() ? std::string(sources.text(source.span)) : source.member;
}

/// The first of the quantizers with a format that has a number of this source.
const QuantizerNeeds* user_of(const Program& program, std::span<const QuantizerNeeds> needs, int32_t source) {
    const auto uses = [&](const WrittenFormat& format) {
        return format.k.source == source || format.i.source == source || format.last.source == source;
    };
    for (const QuantizerNeeds& each : needs)
        for (const QuantizerFormat& format : program.written.quantizers)
            if (format.node == each.node && wraps(program.graph[each.node]) &&
                std::any_of(format.elements.begin(), format.elements.end(), uses))
                return &each;
    return nullptr;
}

/// Finds the source of which the changes alone change something else, or break the program, and reports it.
tl::unexpected<Diagnostics> shared(SourceMap& sources, const std::string& path, const Program& program,
                                   const FormatEdits& edits, std::span<const QuantizerNeeds> needs,
                                   const ElaborateOptions& options, Trial& trial, Result<std::optional<NodeId>> all) {
    std::map<int32_t, FormatEdits> by_source;
    for (const FormatEdits::Number& edit : edits.numbers) by_source[edit.where.source].numbers.push_back(edit);
    for (const auto& [source, part] : by_source) {
        const auto files = all_changed(sources, path, program, part, options);
        if (!files) return failure(files.error());
        const auto result = trial.run(*files);
        if (result && !*result) continue;
        const NumberSource& written = program.written.numbers[static_cast<size_t>(source)];
        Diagnostic d = error(code::format_not_written, written.span,
                             "`" + source_text(sources, written) + "` is more than a number of formats that wrap");
        if (result) d.secondary.push_back({program.graph[**result].place(), "this would change with it"});
        d.rules.emplace_back(
            "a number is written if nothing depends on it but formats of quantizers with `wrap`, and if the steps of "
            "those stay");
        if (!result)
            d.rules.push_back("with another number, the program is not right: " + result.error().front().message);
        if (const QuantizerNeeds* user = user_of(program, needs, source))
            d.help.push_back("give the quantizer at " + sources.describe(program.graph[user->node].place()) +
                             " a format of its own: `" + needed_format(program.graph, *user).to_string() + "`");
        return failure(std::move(d));
    }
    if (!all) return failure(std::move(all.error()));  // the changes together are not right, each of them is
    return failure(error(code::format_not_written, program.graph[**all].place(), "this changes with the formats")
                       .with_rule("nothing but formats of quantizers with `wrap` may change"));
}

}  // namespace

Result<ChangedFiles> changed_files(SourceMap& sources, const std::string& path, const Program& program,
                                   const FormatEdits& edits, std::span<const QuantizerNeeds> needs,
                                   const ElaborateOptions& options) {
    auto files = all_changed(sources, path, program, edits, options);
    if (!files || files->empty()) return files;
    Trial trial(sources, path, program, options);
    auto different = trial.run(*files);
    if (!different || *different)
        return shared(sources, path, program, edits, needs, options, trial, std::move(different));
    return files;
}

Result<void> write_in_place(const ChangedFiles& files) {
    std::map<fs::path, std::string> before;
    for (const auto& [path, file] : files) {
        auto bytes = read_file(path);
        if (!bytes) return failure(std::move(bytes.error()));
        if (::access(path.c_str(), W_OK) != 0)
            return failure(error(code::cannot_write, {}, "cannot write `" + path.string() + "`: no permission"));
        before[path] = std::move(*bytes);
    }
    std::vector<fs::path> done;
    for (const auto& [path, file] : files) {
        if (auto written = write_file(path, file.bytes); !written) {
            for (const fs::path& other : done)
                if (auto undone = write_file(other, before[other]); !undone)
                    for (Diagnostic& d : undone.error()) written.error().push_back(std::move(d));
            return written;
        }
        done.push_back(path);
    }
    return {};
}

Result<void> write_copy(const std::string& path, const Program& program, const ChangedFiles& files,
                        const std::string& to) {
    const fs::path folder = fs::path(path).parent_path();
    const auto bytes_of = [&](const fs::path& file) -> Result<std::string> {
        if (const auto changed = files.find(file); changed != files.end()) return changed->second.bytes;
        return read_file(file);
    };
    if (fs::path(to).extension() == ".da") {
        for (const auto& [file, change] : files)
            if (file != path)
                return failure(error(code::format_not_written, {}, "`" + file.string() + "` changes as well")
                                   .with_rule("one file is written where nothing but the text of the program changes")
                                   .with_help("write a copy of all files: `-o DIR`"));
        auto text = bytes_of(path);
        if (!text) return failure(std::move(text.error()));
        return write_file(to, *text);
    }
    std::map<fs::path, fs::path> copies{{path, fs::path(path).filename()}};
    for (const fs::path& file : program.written.files) {
        if (is_library(file, elaborate_options())) continue;
        if (!is_inside(file, folder.empty() ? "." : folder))
            return failure(error(code::format_not_written, {}, "`" + file.string() + "` is not beside the program")
                               .with_rule("a copy has the files below the folder of the program"));
        copies[file] = resolved(file).lexically_relative(resolved(folder.empty() ? "." : folder));
    }
    auto made = CreatedDirectories::make(to);
    if (!made) return failure(std::move(made.error()));
    for (const auto& [from, name] : copies) {
        auto bytes = bytes_of(from);
        if (!bytes) return failure(std::move(bytes.error()));
        const fs::path copy = fs::path(to) / name;
        auto above = CreatedDirectories::make(copy.parent_path());
        if (!above) return failure(std::move(above.error()));
        above->keep();
        if (auto written = write_file(copy, *bytes); !written) return written;
    }
    made->keep();
    return {};
}

}  // namespace dal::report
