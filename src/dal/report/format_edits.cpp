#include "dal/report/format_edits.hpp"

#include <algorithm>
#include <map>

#include "dal/support/codes/format_codes.hpp"

namespace dal::report {
namespace {

const FormatMap& formats_of(const Node& node) { return std::get<op::Quantize>(node.operation).formats; }

/// What the elements that share a number want it to be.
class Wishes {
  public:
    /// `weak`: of an element that gets no bits; others come first.
    void add(const WrittenNumber& where, int64_t from, int64_t to, bool weak = false) {
        const auto [at, is_new] = cells_.try_emplace({where.source, where.element}, Cell{from, to, weak});
        Cell& cell = at->second;
        if (is_new || (weak && !cell.weak)) return;
        if (cell.weak && !weak)
            cell = {from, to, false};
        else
            cell.to = weak ? std::min(cell.to, to) : std::max(cell.to, to);
    }
    [[nodiscard]] int64_t value(const WrittenNumber& where) const {
        return cells_.at({where.source, where.element}).to;
    }
    void collect(std::vector<FormatEdits::Number>& into) const {
        for (const auto& [key, cell] : cells_)
            if (cell.from != cell.to) into.push_back({{key.first, key.second}, cell.from, cell.to});
    }

  private:
    struct Cell {
        int64_t from;
        int64_t to;
        bool weak;
    };
    std::map<std::pair<int32_t, int64_t>, Cell> cells_;
};

class Planner {
  public:
    Planner(const Program& program, const SourceMap& sources, std::span<const QuantizerNeeds> needs)
        : program_(program), sources_(sources) {
        for (const QuantizerFormat& format : program.written.quantizers) formats_[format.node] = &format;
        for (const QuantizerNeeds& each : needs)
            if (wraps(program.graph[each.node])) needs_.push_back(&each);
    }

    Result<FormatEdits> run() {
        // Signs come first: an element without bits has as many integer bits as its sign leaves. Then integer bits, on
        // which the numbers depend that count all bits.
        for_each(&Planner::want_sign);
        for_each(&Planner::want_integer_bits);
        for_each(&Planner::want_total);
        if (!problems_.empty()) return failure(std::move(problems_));
        wishes_.collect(edits_.numbers);
        return std::move(edits_);
    }

  private:
    struct Element {
        const QuantizerNeeds* needs;
        const QuantizerFormat* format;
        const WrittenFormat* written;
        Kif own;
        Kif need;
    };
    void for_each(void (Planner::*step)(const Element&)) {
        for (const QuantizerNeeds* needs : needs_) {
            const QuantizerFormat& format = *formats_.at(needs->node);
            const FormatMap& formats = formats_of(program_.graph[needs->node]);
            for (size_t at = 0; at < needs->formats.size(); ++at) {
                const auto element = static_cast<int64_t>(at);
                const Kif& own = formats.at(element).kif;
                if (own.is_zero()) continue;
                (this->*step)({needs, &format, &format.at(element), own, needs->formats[at]});
            }
        }
    }
    [[nodiscard]] FormatFunction function(const Element& e) const {
        return program_.written.calls[static_cast<size_t>(e.written->call)].function;
    }
    [[nodiscard]] static bool counts_integers(FormatFunction function) {
        return function == FormatFunction::signed_integer || function == FormatFunction::unsigned_integer;
    }

    void want_sign(const Element& e) {
        const bool k = e.need.is_zero() ? e.own.k : e.need.k;
        if (e.written->call < 0) {
            if (e.need != e.own) computed(e);
        } else if (counts_integers(function(e))) {
            if (k && !e.own.k) edits_.signed_calls.insert(e.written->call);
        } else if (e.written->k.known()) {
            wishes_.add(e.written->k, e.own.k ? 1 : 0, k ? 1 : 0);
        } else if (k != e.own.k) {
            computed(e);
        }
    }
    [[nodiscard]] int sign(const Element& e) const {
        if (e.written->call < 0) return e.own.k ? 1 : 0;
        if (function(e) == FormatFunction::signed_integer) return 1;
        if (function(e) == FormatFunction::unsigned_integer)
            return edits_.signed_calls.contains(e.written->call) ? 1 : 0;
        return e.written->k.known() ? static_cast<int>(wishes_.value(e.written->k)) : (e.own.k ? 1 : 0);
    }
    [[nodiscard]] int integer_bits(const Element& e) const { return e.need.is_zero() ? -e.own.f - sign(e) : e.need.i; }

    void want_integer_bits(const Element& e) {
        if (e.written->call < 0 || counts_integers(function(e))) return;
        if (e.written->i.known())
            wishes_.add(e.written->i, e.own.i, integer_bits(e), e.need.is_zero());
        else if (integer_bits(e) != e.own.i)
            computed(e);
    }

    void want_total(const Element& e) {
        if (e.written->call < 0 || function(e) == FormatFunction::fixed) return;
        const bool integers = counts_integers(function(e));
        int64_t from = int64_t{e.own.i} + e.own.f;
        int64_t to = 0;
        if (integers) {
            from += e.own.k ? 1 : 0;
            to = std::max(integer_bits(e) + sign(e), sign(e));  // `int` has a bit at least
        } else {
            to = (e.written->i.known() ? wishes_.value(e.written->i) : e.own.i) + int64_t{e.own.f};
        }
        if (e.written->last.known())
            wishes_.add(e.written->last, from, to, e.need.is_zero());
        else if (from != to)
            computed(e);
    }

    void computed(const Element& e) {
        if (!told_.insert(e.needs->node).second) return;
        const std::string text(sources_.text(e.format->span));
        problems_.push_back(
            error(code::format_not_written, e.format->span,
                  (text.empty() || text.find('\n') != std::string::npos ? "this format" : "`" + text + "`") +
                      " is not what data need, and has a number that is computed")
                .with_rule("a number is written where it is a literal, or an element of an array that "
                           "the program loads")
                .with_help("write the format here: `" + needed_format(program_.graph, *e.needs).to_string() + "`"));
    }

    const Program& program_;
    const SourceMap& sources_;
    std::map<NodeId, const QuantizerFormat*> formats_;
    std::vector<const QuantizerNeeds*> needs_;
    Wishes wishes_;
    FormatEdits edits_;
    Diagnostics problems_;
    std::set<NodeId> told_;
};

}  // namespace

Format needed_format(const Graph& graph, const QuantizerNeeds& needs) {
    const Format& format = formats_of(graph[needs.node]).at(0);
    return {hull(needs.formats), format.round, format.overflow};
}

Result<FormatEdits> format_edits(const Program& program, const SourceMap& sources,
                                 std::span<const QuantizerNeeds> needs) {
    return Planner(program, sources, needs).run();
}

}  // namespace dal::report
