#include "dal/driver/load.hpp"

#include <algorithm>

#include "dal/infer/forward/declared.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/support/resources.hpp"

namespace dal {
namespace {

/// "[-1.5, 3]"; the ends are anything that can be compared and printed.
template <class Number>
std::string range_text(const std::vector<std::pair<Number, Number>>& ends) {
    auto [low, high] = ends.front();
    for (const auto& [from, to] : ends) {
        low = std::min(low, from);
        high = std::max(high, to);
    }
    return "[" + low.shown() + ", " + high.shown() + "]";
}

std::string range_text(const Node& node) {
    if (node.real || node.range.empty()) return "";
    std::vector<std::pair<Dyadic, Dyadic>> ends;
    for (const Interval& range : node.range) ends.emplace_back(range.min(), range.max());
    return range_text(ends);
}

std::string range_text(const Constant& constant) {
    if (constant.size() == 1) return constant.at(0).shown();
    std::vector<std::pair<Rational, Rational>> ends;
    for (int64_t element = 0; element < constant.size(); ++element)
        ends.emplace_back(constant.at(element), constant.at(element));
    return range_text(ends);
}

}  // namespace

ElaborateOptions elaborate_options(std::vector<std::filesystem::path> allowed_folders) {
    ElaborateOptions options;
    options.module_directories.push_back(resource_directory("stdlib"));
    options.allowed_folders = std::move(allowed_folders);
    return options;
}

Result<void> settle(Program& program) {
    // They compute nothing for the program, so that no width of theirs is too large; far-off formats were reported.
    constexpr InferOptions any_width{.width_cap = 1 << 20};
    if (!infer_forward(program.constant_quantizers, any_width)) program.constant_quantizers = {};
    if (auto inferred = infer_forward(program.graph); !inferred) return inferred;
    return check_declared(program.graph, program.declared);
}

Result<Program> compile_settled(SourceMap& sources, const std::filesystem::path& path,
                                const ElaborateOptions& options) {
    auto program = compile_file(sources, path, options);
    if (!program) return program;
    if (auto settled = settle(*program); !settled) return failure(std::move(settled.error()));
    return program;
}

std::vector<NamedType> named_types(const Program& program, const SourceMap& sources) {
    std::vector<std::pair<Span, NamedType>> found;
    for (const NamedValue& value : program.values) {
        const Node& node = program.graph[value.node];
        found.emplace_back(value.span,
                           NamedType{value.name, type_text(node), range_text(node), sources.describe(value.span)});
    }
    for (const NamedConstant& constant : program.constants) {
        const Shape& shape = constant.value.shape;
        found.emplace_back(constant.span, NamedType{constant.name, "constant" + (shape.empty() ? "" : to_string(shape)),
                                                    range_text(constant.value), sources.describe(constant.span)});
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return std::pair(a.first.file, a.first.begin) < std::pair(b.first.file, b.first.begin);
    });
    std::vector<NamedType> types;
    for (auto& [span, type] : found) types.push_back(std::move(type));
    return types;
}

}  // namespace dal
