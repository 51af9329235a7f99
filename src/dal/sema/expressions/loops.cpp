// What repeats: lists, comprehensions, folds, ranges. All of it is unrolled here.
#include "dal/sema/expressions/evaluator.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/limit_codes.hpp"
#include "dal/support/codes/shape_codes.hpp"

namespace dal::sema {
namespace {

constexpr int64_t iteration_work = 16;  // of one pass through a loop, in elements

List list_of(std::vector<Placed> items) { return {std::make_shared<const ListItems>(ListItems{std::move(items)})}; }

bool has_shape(const Value& value) {
    return is_tensor(value) || is_real(value) || std::holds_alternative<Formats>(value);
}

}  // namespace

Value TensorOps::range(const Placed& first, const Placed& last, const Span& span) {
    const auto low = integer(first, "the start of a range");
    const auto high = integer(last, "the end of a range");
    if (!low || !high) return Poison{};
    if (*high <= *low) return list_of({});
    // The difference of two 64-bit integers may need 65 bits.
    const auto count = Rational(Dyadic(Int(*high) - Int(*low))).to_int64();
    if (!count || !check_size({count.value_or(0)}, span))
        return count ? Poison{} : report(error(code::program_too_large, span, "a range of more than 2^63 numbers"));
    if (!charge(*count, span)) return Poison{};
    std::vector<Rational> values;
    values.reserve(static_cast<size_t>(*count));
    for (int64_t j = 0; j < *count; ++j) values.emplace_back(Dyadic(Int(*low) + Int(j)));
    return Constant::of({*count}, std::move(values));
}

Value Evaluator::list(const ast::List& list, const Scope& scope, const Span& span) {
    std::vector<Placed> items;
    items.reserve(list.items.size());
    bool ok = true;
    for (const ast::ExprId id : list.items) {
        items.push_back(placed(id, scope));
        ok = ok && !is_poison(items.back().value);
        if (exhausted()) return Poison{};
    }
    if (!ok) return Poison{};
    const auto count = static_cast<int64_t>(items.size());
    return stacked(std::move(items), {count}, span);
}

std::optional<int64_t> TensorOps::item_count(const Placed& value) {
    if (is_poison(value.value)) return std::nullopt;
    if (const auto* list = std::get_if<List>(&value.value)) return static_cast<int64_t>(list->items->items.size());
    if (has_shape(value.value) && !shape_of(value.value).empty()) return shape_of(value.value).front();
    if (has_shape(value.value)) {
        Diagnostic d = error(code::wrong_kind, value.span, "`" + source_text(value.span) + "` is a scalar")
                           .with_rule("this place needs a list, a range or a tensor, whose first axis is walked");
        if (std::holds_alternative<Constant>(value.value)) d.help.push_back("`0.." + source_text(value.span) + "`");
        report(std::move(d));
    } else {
        wrong_kind(value, "a list, a range or a tensor, whose first axis is walked");
    }
    return std::nullopt;
}

Value TensorOps::item(const Placed& value, int64_t position, const Span& span) {
    if (const auto* list = std::get_if<List>(&value.value))
        return list->items->items[static_cast<size_t>(position)].value;
    const Subscript at{.kind = Subscript::Kind::at, .position = position, .first = {}, .last = {}, .step = 1};
    const Placed operands[] = {value};
    return move("index", subscript(shape_of(value.value), std::span(&at, 1)), operands, span);
}

Value TensorOps::stacked(std::vector<Placed> items, const Shape& extents, const Span& span) {
    for (const Placed& item : items)
        if (is_poison(item.value)) return Poison{};
    if (items.empty()) return list_of({});
    const auto alike = [&](const Placed& item) {
        const Value& first = items.front().value;
        if (!has_shape(item.value) ||
            std::holds_alternative<Formats>(item.value) != std::holds_alternative<Formats>(first))
            return false;
        return shape_of(item.value) == shape_of(first);
    };
    bool uniform = true;
    for (const Placed& item : items) uniform = uniform && alike(item);
    if (!uniform && extents.size() == 1) return list_of(std::move(items));
    if (!uniform)
        return report(error(code::bad_shape, span, "the values of this comprehension have different shapes")
                          .with_rule("with several clauses, all values are tensors of one shape")
                          .with_help("nest two comprehensions: `[for … => [for … => …]]`"));
    const Shape item_shape = shape_of(items.front().value);
    Shape shape = extents;
    shape.insert(shape.end(), item_shape.begin(), item_shape.end());
    if (!check_size(shape, span)) return Poison{};
    Movement movement{shape, {}};
    const int64_t size = element_count(item_shape);
    movement.sources.reserve(static_cast<size_t>(size) * items.size());
    for (size_t j = 0; j < items.size(); ++j)
        for (int64_t element = 0; element < size; ++element)
            movement.sources.push_back({static_cast<uint32_t>(j), element});
    return move("stack", std::move(movement), items, span);
}

namespace {

/// Walks the clauses of a loop as an odometer.
class Clauses {
  public:
    /// `ragged`: whether an inner clause may have other numbers of values from pass to pass.
    Clauses(Evaluator& evaluator, const std::vector<ast::Clause>& clauses, const Scope& outer, bool ragged)
        : evaluator_(evaluator),
          clauses_(clauses),
          scope_{outer.module, outer.visible, &outer, {}},
          ragged_(ragged),
          levels_(clauses.size()) {}

    /// Calls `each` with a scope that has the names of all clauses; it returns whether to go on. False if something was
    /// wrong.
    template <class Each>
    bool walk(Each&& each) {
        size_t level = 0;
        if (!start(level)) return false;
        while (true) {
            if (++levels_[level].at == levels_[level].count) {
                if (level-- == 0) return true;
                continue;
            }
            if (!bind(level)) return false;
            if (level + 1 == levels_.size()) {
                if (!each(scope_)) return false;
            } else if (!start(++level)) {
                return false;
            }
        }
    }

    /// How often each clause ran.
    [[nodiscard]] Shape extents() const {
        Shape result;
        for (const Level& level : levels_) result.push_back(level.count);
        return result;
    }

  private:
    struct Level {
        Placed over;
        int64_t at = 0;
        int64_t count = -1;  // not started yet
    };

    bool start(size_t level) {
        Level& current = levels_[level];
        current.over = evaluator_.placed(clauses_[level].over, scope_);
        const auto count = evaluator_.item_count(current.over);
        if (!count) return false;
        if (!ragged_ && current.count >= 0 && current.count != *count) {
            evaluator_.report(error(code::bad_shape, current.over.span,
                                    "this clause has length " + std::to_string(*count) + " here and " +
                                        std::to_string(current.count) + " before")
                                  .with_rule("a comprehension is a tensor: each clause always has the same number of "
                                             "values"));
            return false;
        }
        current.count = *count;
        current.at = -1;
        return true;
    }

    bool bind(size_t level) {
        const Level& current = levels_[level];
        const ast::Name& name = clauses_[level].name;
        if (!evaluator_.charge(iteration_work, current.over.span)) return false;
        scope_.names[name.text] = {evaluator_.item(current.over, current.at, current.over.span), name.span};
        return true;
    }

    Evaluator& evaluator_;
    const std::vector<ast::Clause>& clauses_;
    Scope scope_;
    bool ragged_;
    std::vector<Level> levels_;
};

}  // namespace

Value Evaluator::comprehension(const ast::Comprehension& loop, const Scope& scope, const Span& span) {
    const Span& value_span = (*scope.module->ast)[loop.value].span;
    std::vector<Placed> items;
    Clauses clauses(*this, loop.clauses, scope, false);
    const bool done = clauses.walk([&](const Scope& inner) {
        items.push_back({eval(loop.value, inner), value_span});
        return !is_poison(items.back().value);
    });
    if (!done) return Poison{};
    return stacked(std::move(items), clauses.extents(), span);
}

Value Evaluator::fold(const ast::Fold& fold, const Scope& scope) {
    Scope inner{scope.module, scope.visible, &scope, {}};
    Value value = eval(fold.start, scope);
    if (is_poison(value)) return Poison{};
    Clauses clauses(*this, fold.clauses, inner, true);
    Placed& accumulator = inner.names[fold.accumulator.text] = {std::move(value), fold.accumulator.span};
    const bool done = clauses.walk([&](const Scope& names) {
        accumulator.value = eval(fold.value, names);
        return !is_poison(accumulator.value);
    });
    if (!done) return Poison{};
    return accumulator.value;
}

}  // namespace dal::sema
