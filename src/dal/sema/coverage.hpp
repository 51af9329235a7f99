// What the tests of a program reach: which of its expressions were evaluated for a test, which arms of choices were
// chosen, which entries of tables were read. Filled by elaboration when ElaborateOptions::coverage is set, where
// constants are still expressions. What a property does with its values is not known yet then: that is for whoever
// runs it to watch (Reached::tables, Reached::choices).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/sema/tables/table.hpp"
#include "dal/syntax/ast.hpp"

namespace dal {

class Coverage {
  public:
    /// `if c then a else b`, by its file and the expression `c`.
    using Choice = std::pair<const Ast*, ast::ExprId>;
    /// Whether the first and the second arm were chosen for an element.
    using Arms = std::array<bool, 2>;
    using TableRef = std::shared_ptr<const sema::Table>;

    /// What one test reaches, through the declarations it uses.
    struct Reached {
        std::map<const Ast*, std::unordered_set<uint32_t>> expressions;  ///< by ExprId
        std::map<Choice, Arms> arms;
        std::map<TableRef, std::vector<bool>> read;  ///< per entry

        // In the graph of the test.
        struct WatchedTable {
            TableRef table;
            NodeId node;  ///< the operation Table
        };
        struct WatchedChoice {
            Choice choice;
            NodeId condition;
        };
        std::vector<WatchedTable> tables;
        std::vector<WatchedChoice> choices;
    };
    /// Of test number `test` of Program::tests.
    [[nodiscard]] Reached reached(size_t test) const;

    struct DeclaredTable {
        const Ast* file;
        TableRef table;
    };
    /// In the order of their declarations.
    [[nodiscard]] const std::vector<DeclaredTable>& tables() const noexcept { return tables_; }
    /// The program and the modules it uses, in the order in which their first declarations were met.
    [[nodiscard]] const std::vector<std::shared_ptr<const Ast>>& files() const noexcept { return files_; }

    // For the elaborator. A declaration is a file and an index in it; what is recorded belongs to the innermost one
    // that is open.
    void open(const std::shared_ptr<const Ast>& file, size_t declaration);
    void close() { open_.pop_back(); }
    /// The open declaration is the next test of the program.
    void is_test() { tests_.push_back(open_.back()); }
    void declared(const TableRef& table) { tables_.push_back({open_.back().first, table}); }
    void evaluated(const Ast& file, ast::ExprId expr);
    /// A name stands for what that declaration made.
    void used(const Ast& file, size_t declaration);
    void chosen(const Choice& choice, bool condition);
    void chosen_by(const Choice& choice, NodeId condition);
    void read(const TableRef& table, int64_t entry);
    void read_by(const TableRef& table, NodeId lookup);

  private:
    using Declaration = std::pair<const Ast*, size_t>;
    struct Record {
        Reached own;
        std::set<Declaration> uses;
    };
    Record& record();

    std::map<Declaration, Record> records_;
    std::vector<Declaration> open_;
    std::vector<Declaration> tests_;
    std::vector<DeclaredTable> tables_;
    std::vector<std::shared_ptr<const Ast>> files_;
};

}  // namespace dal
