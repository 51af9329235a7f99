// x[…] and x.at({…}): positions, slices, new axes, and one list of positions.
#include "dal/edsl/session.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/kind_codes.hpp"

namespace dal::edsl {
namespace {

dal::Subscript subscript_of(const Subscript& from) {
    dal::Subscript to;
    switch (from.kind) {
        case Subscript::Kind::at:
            to.kind = dal::Subscript::Kind::at;
            to.position = from.position;
            return to;
        case Subscript::Kind::positions: return to;  // the whole axis; gathered from afterwards
        case Subscript::Kind::part:
            to.first = from.range.first;
            to.last = from.range.last;
            to.step = from.range.step;
            return to;
        case Subscript::Kind::all: to.kind = dal::Subscript::Kind::all; return to;
        case Subscript::Kind::axis: to.kind = dal::Subscript::Kind::new_axis; return to;
    }
    internal_error("kind", __FILE__, __LINE__, "no such subscript");
}

/// The axis of the result that subscript `which` makes.
int64_t axis_of(std::span<const Subscript> subscripts, size_t which, int64_t rank) {
    int64_t left = rank;  // axes that `all` stands for
    for (const Subscript& subscript : subscripts)
        left -= subscript.kind != Subscript::Kind::all && subscript.kind != Subscript::Kind::axis;
    int64_t axis = 0;
    for (size_t j = 0; j < which; ++j)
        axis += subscripts[j].kind == Subscript::Kind::all ? left : subscripts[j].kind != Subscript::Kind::at;
    return axis;
}

Tensor index(const Operand& x, std::span<const Subscript> subscripts, const Location& at) {
    std::optional<size_t> list;
    std::vector<dal::Subscript> parts;
    for (size_t j = 0; j < subscripts.size(); ++j) {
        const Subscript& subscript = subscripts[j];
        if (subscript.kind == Subscript::Kind::positions && !subscript.positions.shape().empty()) {
            if (list)
                fail(error(code::wrong_kind, {}, "a second list of positions")
                         .with_rule("one axis at a time is indexed by a list of positions"),
                     at);
            list = j;
        }
        parts.push_back(subscript_of(subscript));
        if (subscript.kind == Subscript::Kind::positions && subscript.positions.shape().empty()) {
            Session session({x.data(), subscript.positions.data(at)}, at);
            const auto position =
                session.elaborator().integer(session.placed(subscript.positions.data(at)), "a position");
            session.finish();
            parts.back().kind = dal::Subscript::Kind::at;
            parts.back().position = *position;
        }
    }
    Operand result = x;
    if (!list || subscripts.size() > 1) {
        Session session({x.data()}, at);
        const sema::Placed operands[] = {session.placed(x.data())};
        result = Operand(session.tensor(session.elaborator().move("index", dal::subscript(x.tensor.shape(), parts),
                                                                  operands, session.span())),
                         at);
    }
    if (!list) return result.tensor;
    const auto rank = static_cast<int64_t>(x.tensor.shape().size());
    return gather(result, subscripts[*list].positions, axis_of(subscripts, *list, rank), at);
}

}  // namespace

Tensor Tensor::operator[](const Position& position) const& {
    return index(Operand(*this), {&position.subscript, 1}, position.at);
}
Tensor Tensor::operator[](const Position& position) && {
    return index(Operand(std::move(*this)), {&position.subscript, 1}, position.at);
}

Tensor Tensor::at(std::initializer_list<Subscript> subscripts, Location at) const& {
    return index(Operand(*this, at), {subscripts.begin(), subscripts.size()}, at);
}
Tensor Tensor::at(std::initializer_list<Subscript> subscripts, Location at) && {
    return index(Operand(std::move(*this), at), {subscripts.begin(), subscripts.size()}, at);
}

}  // namespace dal::edsl
