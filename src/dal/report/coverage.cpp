#include "dal/report/coverage.hpp"

#include <algorithm>

namespace dal::report {
namespace {

std::filesystem::path resolved(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::weakly_canonical(path, ignored);
}

}  // namespace

std::vector<Watch> watches_of(Coverage::Reached& reached, const Graph& graph) {
    std::vector<Watch> watches;
    for (const auto& [table, node] : reached.tables) {
        std::vector<bool>& read = reached.read[table];
        read.resize(table->entries->size());
        const auto& operation = std::get<op::Table>(graph[node].operation);
        watches.push_back({graph[node].operands[0], [&read, &operation](const Codes& index) {
                               for (int64_t sample = 0; sample < index.samples(); ++sample)
                                   for (int64_t element = 0; element < index.elements(); ++element) {
                                       const auto code = index.value(sample, element).code(operation.f);
                                       read[static_cast<size_t>((*code - operation.first).to_int64())] = true;
                                   }
                           }});
    }
    for (const auto& [choice, condition] : reached.choices) {
        Coverage::Arms& arms = reached.arms[choice];
        watches.push_back({condition, [&arms](const Codes& values) {
                               for (int64_t sample = 0; sample < values.samples(); ++sample)
                                   for (int64_t element = 0; element < values.elements(); ++element)
                                       arms[values.code(sample, element).is_zero() ? 1 : 0] = true;
                           }});
    }
    return watches;
}

CoverageSum::CoverageSum(const std::vector<std::string>& tested, const std::filesystem::path& library)
    : library_(resolved(library)) {
    for (const std::string& path : tested) tested_.push_back(resolved(path));
}

void CoverageSum::add_files(const Coverage& coverage, const SourceMap& sources) {
    file_of_.clear();
    for (const auto& ast : coverage.files()) {
        const SourceFile& source = sources.file(ast->file);
        const std::filesystem::path path = resolved(source.name());
        const bool is_library = path.parent_path() == library_;
        if (is_library && std::find(tested_.begin(), tested_.end(), path) == tested_.end()) continue;
        auto known = std::find_if(files_.begin(), files_.end(), [&](const auto& file) { return file.path == path; });
        if (known == files_.end()) {
            files_.push_back({path, source, ast, std::vector<int64_t>(ast->size()), {}, {}});
            known = files_.end() - 1;
        }
        file_of_[ast.get()] = static_cast<size_t>(known - files_.begin());
        for (const auto& [declaring, table] : coverage.tables())
            if (declaring == ast.get())
                known->tables.try_emplace(table->name, TableCoverage{table, std::vector<bool>(table->entries->size())});
    }
}

void CoverageSum::add(const Coverage& coverage, const Coverage::Reached& reached) {
    for (const auto& [ast, exprs] : reached.expressions)
        if (const auto file = file_of_.find(ast); file != file_of_.end())
            for (const uint32_t id : exprs) ++files_[file->second].tests[id];
    for (const auto& [choice, arms] : reached.arms)
        if (const auto file = file_of_.find(choice.first); file != file_of_.end())
            for (size_t j = 0; j < arms.size(); ++j) files_[file->second].arms[choice.second][j] += arms[j] ? 1 : 0;
    for (const auto& [ast, table] : coverage.tables()) {
        const auto file = file_of_.find(ast);
        const auto entries = reached.read.find(table);
        if (file == file_of_.end() || entries == reached.read.end()) continue;
        std::vector<bool>& read = files_[file->second].tables.at(table->name).read;
        for (size_t j = 0; j < read.size(); ++j) read[j] = read[j] || entries->second[j];
    }
}

}  // namespace dal::report
