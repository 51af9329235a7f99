#include "dal/sema/coverage.hpp"

#include <algorithm>

#include "dal/support/check.hpp"

namespace dal {

void Coverage::open(const std::shared_ptr<const Ast>& file, size_t declaration) {
    const Declaration key{file.get(), declaration};
    // A declaration inside `with` uses its formats.
    if (!open_.empty()) records_[key].uses.insert(open_.back());
    open_.push_back(key);
    const auto known = std::find(files_.begin(), files_.end(), file);
    if (known == files_.end()) files_.push_back(file);
}

Coverage::Record& Coverage::record() {
    DAL_CHECK(!open_.empty(), "nothing is recorded outside of declarations");
    return records_[open_.back()];
}

void Coverage::evaluated(const Ast& file, ast::ExprId expr) {
    record().own.expressions[&file].insert(static_cast<uint32_t>(expr));
}

void Coverage::used(const Ast& file, size_t declaration) { record().uses.emplace(&file, declaration); }

void Coverage::chosen(const Choice& choice, bool condition) { record().own.arms[choice][condition ? 0 : 1] = true; }

void Coverage::chosen_by(const Choice& choice, NodeId condition) {
    record().own.choices.push_back({choice, condition});
}

void Coverage::read(const TableRef& table, int64_t entry) {
    std::vector<bool>& read = record().own.read[table];
    read.resize(table->entries->size());
    read[static_cast<size_t>(entry)] = true;
}

void Coverage::read_by(const TableRef& table, NodeId lookup) { record().own.tables.push_back({table, lookup}); }

Coverage::Reached Coverage::reached(size_t test) const {
    Reached result;
    std::set<Declaration> seen{tests_[test]};
    std::vector<Declaration> pending{tests_[test]};
    while (!pending.empty()) {
        const Declaration at = pending.back();
        pending.pop_back();
        const auto found = records_.find(at);
        if (found == records_.end()) continue;
        const Reached& own = found->second.own;
        for (const auto& [file, exprs] : own.expressions) result.expressions[file].insert(exprs.begin(), exprs.end());
        for (const auto& [choice, arms] : own.arms)
            for (size_t j = 0; j < arms.size(); ++j) result.arms[choice][j] |= arms[j];
        for (const auto& [table, read] : own.read) {
            std::vector<bool>& entries = result.read[table];
            entries.resize(read.size());
            for (size_t j = 0; j < read.size(); ++j) entries[j] = entries[j] || read[j];
        }
        for (const Declaration& used : found->second.uses)
            if (seen.insert(used).second) pending.push_back(used);
    }
    // Nodes of other declarations are in the graph of the program.
    if (const auto own = records_.find(tests_[test]); own != records_.end()) {
        result.tables = own->second.own.tables;
        result.choices = own->second.own.choices;
    }
    return result;
}

}  // namespace dal
