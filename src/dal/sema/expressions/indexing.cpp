// Indices: `x[…]`.
#include "dal/sema/expressions/evaluator.hpp"
#include "dal/sema/names/archive_members.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/shape_codes.hpp"

namespace dal::sema {
namespace {

/// Reports `object[position]`, with a selection that does what was meant.
Poison variable_position(TensorOps& e, const Placed& object, const Placed& position, const Shape& shape) {
    Diagnostic d =
        error(code::not_constant, position.span, "`" + e.source_text(position.span) + "` depends on an input")
            .with_rule("a position is a constant integer");
    const auto* index = std::get_if<Variable>(&position.value);
    if (!shape.empty() && e.graph()[index->node].shape.empty() && is_tensor(object.value)) {
        const std::string matches = e.source_text(position.span) + " == iota(" + std::to_string(shape.front()) + ")";
        std::string axes;
        for (size_t axis = 1; axis < shape.size(); ++axis) axes += ", _";
        d.help.push_back("choose by comparing: `sum(select(" +
                         (axes.empty() ? matches : "(" + matches + ")[:" + axes + "]") + ", " +
                         e.source_text(object.span) + ", 0)" + (axes.empty() ? "" : ", axis: 0") + ")`");
    }
    return e.report(std::move(d));
}

struct Gather {
    Placed positions;
    int64_t axis;
};
/// What is written between the brackets.
struct Subscripts {
    std::vector<dal::Subscript> parts;
    std::optional<Gather> gather;
};

class SubscriptReader {
  public:
    SubscriptReader(Evaluator& e, const Placed& object, const Scope& scope) : e_(e), object_(object), scope_(scope) {
        is_list_ = std::holds_alternative<List>(object.value);
        axes_left_ = is_list_ ? 1 : static_cast<int64_t>(e.shape_of(object.value).size());
    }

    /// Nothing after a report.
    std::optional<Subscripts> read(const std::vector<ast::Subscript>& written) {
        for (const ast::Subscript& subscript : written)
            axes_left_ -= subscript.kind == ast::Subscript::Kind::at || subscript.kind == ast::Subscript::Kind::slice;
        for (const ast::Subscript& subscript : written) {
            dal::Subscript part;
            switch (subscript.kind) {
                case ast::Subscript::Kind::at:
                    if (!position(subscript, written.size() == 1, part)) return std::nullopt;
                    break;
                case ast::Subscript::Kind::slice:
                    part.first = bound(subscript.first);
                    part.last = bound(subscript.last);
                    part.step = bound(subscript.step).value_or(1);
                    ++axes_before_;
                    break;
                case ast::Subscript::Kind::all:
                    part.kind = dal::Subscript::Kind::all;
                    axes_before_ += axes_left_;
                    break;
                case ast::Subscript::Kind::new_axis:
                    part.kind = dal::Subscript::Kind::new_axis;
                    ++axes_before_;
                    break;
            }
            result_.parts.push_back(part);
        }
        return ok_ ? std::optional(std::move(result_)) : std::nullopt;
    }

  private:
    /// One position or a list of them; false if nothing behind it is worth reading.
    bool position(const ast::Subscript& subscript, bool alone, dal::Subscript& part) {
        const Placed position = e_.placed(subscript.first, scope_);
        const auto* constant = std::get_if<Constant>(&position.value);
        if (constant && !constant->is_scalar()) {
            if (!result_.gather) {
                result_.gather = {position, axes_before_++};
                return true;
            }
            e_.report(error(code::wrong_kind, position.span, "a second list of positions")
                          .with_place(result_.gather->positions.span, "the first one")
                          .with_rule("one axis at a time is indexed by a list of positions"));
            return false;
        }
        if (std::holds_alternative<Variable>(position.value) && alone && !is_list_) {
            variable_position(e_, object_, position, e_.shape_of(object_.value));
            return false;
        }
        const auto at = e_.integer(position, "a position");
        ok_ = ok_ && at;
        part.kind = dal::Subscript::Kind::at;
        part.position = at.value_or(0);
        return true;
    }

    std::optional<int64_t> bound(ast::ExprId id) {
        if (id == ast::ExprId::none) return std::nullopt;
        const auto value = e_.integer(e_.placed(id, scope_), "a bound of a slice");
        ok_ = ok_ && value;
        return value;
    }

    Evaluator& e_;
    const Placed& object_;
    const Scope& scope_;
    bool is_list_ = false;
    bool ok_ = true;
    int64_t axes_before_ = 0;  // of the result, before the subscript at hand
    int64_t axes_left_ = 0;
    Subscripts result_;
};

Value list_item(Evaluator& e, const std::vector<Placed>& items, const Subscripts& subscripts, const Span& span) {
    const auto count = static_cast<int64_t>(items.size());
    if (subscripts.parts.size() != 1 || subscripts.gather || subscripts.parts[0].kind != dal::Subscript::Kind::at)
        return e.report(error(code::wrong_kind, span, "a list has one item at a time")
                            .with_rule("values of different shapes or kinds are a list; it is indexed by one integer"));
    const int64_t written = subscripts.parts[0].position;
    const int64_t position = written < 0 ? written + count : written;
    if (position < 0 || position >= count)
        return e.report(error(code::bad_shape, span,
                              "position " + std::to_string(written) + " of a list of " + std::to_string(count)));
    return items[static_cast<size_t>(position)].value;
}

/// What `w["fc1.weight"]` has between the brackets, if an archive has a member for it.
std::string meant_member(const Members& of, const Value& written) {
    const auto* number = std::get_if<Constant>(&written);
    if (!number || !number->is_scalar()) return "";
    const std::string name = number->at(0).to_string();
    return find_member(of, name).names.empty() ? "" : "`" + written_member(name) + "`";
}

}  // namespace

Value Evaluator::member_at(const ast::Index& index, const Members& of, const Scope& scope) {
    const bool is_one = index.subscripts.size() == 1 && index.subscripts[0].kind == ast::Subscript::Kind::at;
    if (!is_one)
        return report(error(code::wrong_kind, index.list_span, "an archive has one member at a time")
                          .with_rule("an archive is indexed by the name of a member, `w[\"fc1.weight\"]`"));
    const Placed name = placed(index.subscripts[0].first, scope);
    if (is_poison(name.value)) return Poison{};
    if (const auto* text = std::get_if<Text>(&name.value)) return member(of, text->text, name.span);
    Diagnostic d =
        error(code::wrong_kind, name.span, "`" + source_text(name.span) + "` is " + std::string(kind_of(name.value)))
            .with_rule("an archive is indexed by the name of a member, `w[\"fc1.weight\"]`");
    if (std::string help = meant_member(of, name.value); !help.empty()) d.help.push_back(std::move(help));
    return report(std::move(d));
}

Value Evaluator::index(const ast::Index& index, const Placed& object, const Scope& scope, const Span& span) {
    if (is_poison(object.value)) return Poison{};
    if (const auto* members = std::get_if<Members>(&object.value)) return member_at(index, *members, scope);
    const auto* list = std::get_if<List>(&object.value);
    if (!list && !is_tensor(object.value) && !is_real(object.value) && !std::holds_alternative<Formats>(object.value))
        return wrong_kind(object, "a tensor, a list or an archive, to be indexed");
    const auto subscripts = SubscriptReader(*this, object, scope).read(index.subscripts);
    if (!subscripts) return Poison{};
    if (list) return list_item(*this, list->items->items, *subscripts, span);
    const auto& gather = subscripts->gather;
    const Placed operands[] = {object};
    const bool plain = gather && subscripts->parts.size() == 1;
    Placed result = object;
    if (!plain) {
        MovementResult part = subscript(shape_of(object.value), subscripts->parts);
        // There are no tensors without elements; `shape(x)[d:]` with nothing behind `d` is a shape all the same.
        if (part.ok() && element_count(part->shape) == 0 && !gather)
            return List{std::make_shared<const ListItems>(ListItems{})};
        result.value = move("index", std::move(part), operands, span);
    }
    if (!gather || is_poison(result.value)) return result.value;
    const auto positions = integers(gather->positions, "a position");
    if (!positions) return Poison{};
    const Placed sliced[] = {result};
    return move("gather",
                dal::gather(shape_of(result.value), *positions, shape_of(gather->positions.value), gather->axis),
                sliced, span);
}

}  // namespace dal::sema
