#include "dal/report/coverage_report.hpp"

#include <algorithm>

#include "dal/support/overloaded.hpp"
#include "dal/support/printable.hpp"

namespace dal::report {
namespace {

/// A declaration with values: types, and the formats of `with`, are not counted.
struct Counted {
    std::string title;  ///< "fn act"
    const ast::Name* name;
    std::vector<ast::ExprId> roots;
    bool is_function;
    bool is_table;
};

void append_counted(std::vector<Counted>& into, const std::vector<ast::Declaration>& declarations) {
    const auto function = [](const std::string& kind, const auto& d, bool is_table) {
        Counted counted{kind + " " + d.name.text, &d.name, {}, !is_table, is_table};
        for (const ast::Parameter& parameter : d.parameters)
            if (parameter.default_value != ast::ExprId::none) counted.roots.push_back(parameter.default_value);
        counted.roots.push_back(d.body);
        return counted;
    };
    const auto value = [](const std::string& kind, const auto& d) {
        Counted counted{kind + " " + d.name.text, &d.name, {}, false, false};
        if (d.value != ast::ExprId::none) counted.roots.push_back(d.value);
        return counted;
    };
    for (const ast::Declaration& declaration : declarations)
        std::visit(Overloaded{
                       [](const ast::Use&) {},
                       [](const ast::Input&) {},
                       [](const ast::Test&) {},
                       [&](const ast::With& d) { append_counted(into, d.declarations); },
                       [&](const ast::Param& d) { into.push_back(value("param", d)); },
                       [&](const ast::Let& d) { into.push_back(value("let", d)); },
                       [&](const ast::Output& d) { into.push_back(value("output", d)); },
                       [&](const ast::Fn& d) { into.push_back(function("fn", d, false)); },
                       [&](const ast::Table& d) { into.push_back(function("table", d, true)); },
                   },
                   declaration.kind);
    std::erase_if(into, [](const Counted& counted) { return counted.roots.empty(); });
}

struct Share {
    int64_t reached = 0;
    int64_t total = 0;

    void add(const Share& other) {
        reached += other.reached;
        total += other.total;
    }
    [[nodiscard]] std::string text() const { return std::to_string(reached) + " of " + std::to_string(total); }
    /// "41 of 45 arms (91.1 %)", rounded down: 100 % is all.
    [[nodiscard]] std::string of(const std::string& what) const {
        if (total == 0) return text() + " " + what;
        const int64_t tenths = reached * 1000 / total;
        return text() + " " + what + " (" + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %)";
    }
};

struct Sum {
    Share expressions;
    Share arms;
    Share entries;

    void add(const Sum& other) {
        expressions.add(other.expressions);
        arms.add(other.arms);
        entries.add(other.entries);
    }
    [[nodiscard]] std::string text() const {
        std::string result = expressions.of("expressions");
        if (arms.total > 0) result += ", " + arms.of("arms");
        if (entries.total > 0) result += ", " + entries.of("entries");
        return result;
    }
};

std::string joined(const std::vector<std::string>& items) {
    constexpr size_t most = 8;
    std::string text;
    for (size_t j = 0; j < std::min(most, items.size()); ++j) text += (j > 0 ? ", " : "") + items[j];
    if (items.size() > most) text += ", … (" + std::to_string(items.size() - most) + " more)";
    return text;
}

/// The expressions of a declaration, each after those before it in the text that it is part of.
template <class Visit>
void walk(const FileCoverage& file, const Counted& counted, Visit&& visit) {
    std::vector<ast::ExprId> pending(counted.roots.rbegin(), counted.roots.rend());
    while (!pending.empty()) {
        const ast::ExprId id = pending.back();
        pending.pop_back();
        visit(id);
        const std::vector<ast::ExprId> parts = ast::parts(*file.ast, (*file.ast)[id]);
        pending.insert(pending.end(), parts.rbegin(), parts.rend());
    }
}

int64_t tests_of(const FileCoverage& file, ast::ExprId id) { return file.tests[static_cast<size_t>(id)]; }

/// How many tests choose each arm.
std::array<int64_t, 2> arms_of(const FileCoverage& file, const ast::If& choice) {
    const auto known = file.arms.find(choice.condition);
    return known == file.arms.end() ? std::array<int64_t, 2>{} : known->second;
}

/// "14:20-31", "14:20-16:3", "14:20": first and last character.
std::string place(const FileCoverage& file, const Span& span) {
    const auto first = file.source.position(span.begin);
    const auto last = file.source.position(span.end - 1);
    const std::string begin = std::to_string(first.line) + ":" + std::to_string(first.column);
    if (last.line != first.line) return begin + "-" + std::to_string(last.line) + ":" + std::to_string(last.column);
    return begin + (last.column == first.column ? "" : "-" + std::to_string(last.column));
}

/// "0-12", "40": entries that no test reads.
std::vector<std::string> unread(const std::vector<bool>& read) {
    std::vector<std::string> result;
    for (size_t first = 0; first < read.size(); ++first) {
        if (read[first]) continue;
        size_t last = first;
        while (last + 1 < read.size() && !read[last + 1]) ++last;
        result.push_back(std::to_string(first) + (last == first ? "" : "-" + std::to_string(last)));
        first = last;
    }
    return result;
}

/// " (v = -2)": the arguments for the first entry that no test reads.
std::string arguments_of(const TableCoverage& coverage) {
    const auto first = std::find(coverage.read.begin(), coverage.read.end(), false) - coverage.read.begin();
    int64_t bits = 0;
    std::string text;
    const auto& parameters = coverage.table->parameters;
    for (size_t j = parameters.size(); j-- > 0; bits += parameters[j].kif.width()) {
        const Kif& kif = parameters[j].kif;
        const Int code = kif.min_code() + Int((first >> bits) & ((int64_t{1} << kif.width()) - 1));
        text = (j > 0 ? ", " : "") + parameters[j].name + " = " + Dyadic(code, -int64_t{kif.f}).to_string() + text;
    }
    return " (" + text + ")";
}

/// Adds lines to `text`.
Sum describe(const FileCoverage& file, const Counted& counted, std::string& text) {
    Sum sum;
    std::vector<std::string> missing, never;
    uint32_t said = 0;  // what ends before is inside of what was said to be missing
    walk(file, counted, [&](ast::ExprId id) {
        const ast::Expr& expr = (*file.ast)[id];
        const bool is_reached = tests_of(file, id) > 0;
        sum.expressions.add({is_reached ? 1 : 0, 1});
        if (!is_reached && expr.span.end > said) {
            missing.push_back(place(file, expr.span));
            said = expr.span.end;
        }
        const auto* choice = std::get_if<ast::If>(&expr.kind);
        if (!choice) return;
        const auto arms = arms_of(file, *choice);
        for (const bool first : {true, false}) {
            const bool is_chosen = arms[first ? 0 : 1] > 0;
            sum.arms.add({is_chosen ? 1 : 0, 1});
            const ast::ExprId arm = first ? choice->if_true : choice->if_false;
            if (!is_chosen && tests_of(file, arm) > 0)
                never.push_back(std::string(first ? "`then`" : "`else`") + " at " + place(file, (*file.ast)[arm].span));
        }
    });
    const auto table = counted.is_table ? file.tables.find(counted.name->text) : file.tables.end();
    if (table != file.tables.end()) {
        const std::vector<bool>& read = table->second.read;
        sum.entries = {std::count(read.begin(), read.end(), true), static_cast<int64_t>(read.size())};
    }
    text += "    " + counted.title + ": " + sum.expressions.text();
    if (sum.entries.total > 0) text += ", " + sum.entries.text() + " entries";
    text += "\n";
    if (!missing.empty()) text += "      not reached: " + joined(missing) + "\n";
    if (!never.empty()) text += "      never chosen: " + joined(never) + "\n";
    if (sum.entries.reached < sum.entries.total)
        text += "      not read: " + joined(unread(table->second.read)) + arguments_of(table->second) + "\n";
    return sum;
}

}  // namespace

std::string coverage_text(const std::vector<FileCoverage>& files) {
    std::string text = "coverage\n";
    Sum total;
    for (const FileCoverage& file : files) {
        std::vector<Counted> declarations;
        append_counted(declarations, file.ast->declarations);
        std::string lines;
        Sum sum;
        for (const Counted& counted : declarations) sum.add(describe(file, counted, lines));
        text += "  " + file.source.name() + ": " + sum.text() + "\n" + lines;
        total.add(sum);
    }
    return text + "  total: " + total.text() + "\n";
}

std::string coverage_lcov(const std::vector<FileCoverage>& files) {
    std::string text;
    const auto found_and_hit = [&](const std::string& kind, const Share& share) {
        text += kind + "F:" + std::to_string(share.total) + "\n" + kind + "H:" + std::to_string(share.reached) + "\n";
    };
    for (const FileCoverage& file : files) {
        std::vector<Counted> declarations;
        append_counted(declarations, file.ast->declarations);
        text += "TN:\nSF:" + printable(file.path.string()) + "\n";
        const auto line_of = [&](const Span& span) { return file.source.position(span.begin).line; };
        std::map<uint32_t, int64_t> lines;
        Share functions, branches;
        std::string calls, chosen;
        for (const Counted& counted : declarations) {
            if (counted.is_function) {
                const int64_t tests = tests_of(file, counted.roots.back());
                functions.add({tests > 0 ? 1 : 0, 1});
                text += "FN:" + std::to_string(line_of(counted.name->span)) + "," + counted.name->text + "\n";
                calls += "FNDA:" + std::to_string(tests) + "," + counted.name->text + "\n";
            }
            walk(file, counted, [&](ast::ExprId id) {
                const ast::Expr& expr = (*file.ast)[id];
                int64_t& line = lines[line_of(expr.span)];
                line = std::max(line, tests_of(file, id));
                const auto* choice = std::get_if<ast::If>(&expr.kind);
                if (!choice) return;
                const auto arms = arms_of(file, *choice);
                for (size_t j = 0; j < arms.size(); ++j) {
                    branches.add({arms[j] > 0 ? 1 : 0, 1});
                    chosen += "BRDA:" + std::to_string(line_of(expr.span)) + "," +
                              std::to_string(static_cast<uint32_t>(id)) + "," + std::to_string(j) + "," +
                              (tests_of(file, id) > 0 ? std::to_string(arms[j]) : "-") + "\n";
                }
            });
        }
        text += calls;
        found_and_hit("FN", functions);
        text += chosen;
        found_and_hit("BR", branches);
        Share hit;
        for (const auto& [line, tests] : lines) {
            hit.add({tests > 0 ? 1 : 0, 1});
            text += "DA:" + std::to_string(line) + "," + std::to_string(tests) + "\n";
        }
        found_and_hit("L", hit);
        text += "end_of_record\n";
    }
    return text;
}

}  // namespace dal::report
