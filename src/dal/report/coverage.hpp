// Coverage of several programs: what their tests reach, added up per file. A file that several programs use is one
// file.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dal/report/program_tests.hpp"
#include "dal/sema/coverage.hpp"
#include "dal/support/source.hpp"

namespace dal::report {

struct TableCoverage {
    std::shared_ptr<const sema::Table> table;
    std::vector<bool> read;
};

struct FileCoverage {
    std::filesystem::path path;  ///< canonical
    SourceFile source;
    std::shared_ptr<const Ast> ast;
    std::vector<int64_t> tests;  ///< per expression: how many tests reach it
    /// Per choice, by its condition: how many tests choose the first and the second arm.
    std::map<ast::ExprId, std::array<int64_t, 2>> arms;
    std::map<std::string, TableCoverage> tables;
};

/// What makes `reached` complete when it sees the values of a property; both must outlive the watches.
std::vector<Watch> watches_of(Coverage::Reached& reached, const Graph& graph);

class CoverageSum {
  public:
    /// Modules in the folder `library` count only if they are among the files that are tested.
    CoverageSum(const std::vector<std::string>& tested, const std::filesystem::path& library);

    /// The files of a program that compiles, reached or not.
    void add_files(const Coverage& coverage, const SourceMap& sources);
    /// What one test reached.
    void add(const Coverage& coverage, const Coverage::Reached& reached);
    /// In the order in which they were tested or used.
    [[nodiscard]] const std::vector<FileCoverage>& files() const noexcept { return files_; }

  private:
    std::vector<std::filesystem::path> tested_;
    std::filesystem::path library_;
    std::vector<FileCoverage> files_;
    std::map<const Ast*, size_t> file_of_;  // of the program that was added last
};

}  // namespace dal::report
