#include "dal/edsl/tensor.hpp"

#include <algorithm>

#include "dal/array/npy.hpp"
#include "dal/edsl/functions.hpp"
#include "dal/edsl/session.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/shape_codes.hpp"
#include "dal/support/codes/size_codes.hpp"

namespace dal::edsl {
namespace {

using ast::BinaryOp;
using ast::UnaryOp;

std::shared_ptr<const TensorData> free_data(sema::Value value, const Location& at) {
    return std::make_shared<const TensorData>(TensorData{nullptr, std::move(value), at});
}

sema::Value to_value(RealOrConstant constant) {
    return std::visit([](auto tensor) -> sema::Value { return tensor; }, std::move(constant));
}

Tensor binary(BinaryOp op, const Operand& a, const Operand& b) {
    Session session({a.data(), b.data()}, a.at);
    return session.tensor(
        session.elaborator().binary(op, session.placed(a.data()), session.placed(b.data()), session.span()));
}

Tensor unary(UnaryOp op, const Operand& a) {
    Session session({a.data()}, a.at);
    return session.tensor(session.elaborator().unary(op, session.placed(a.data()), session.span()));
}

Tensor made(sema::Value value, const Location& at) {
    Session session({}, at);
    if (const auto* constant = std::get_if<Constant>(&value))
        value = session.elaborator().check_size(constant->shape, session.span())
                    ? session.elaborator().checked(*constant, session.span())
                    : sema::Value(sema::Poison{});
    return session.tensor(std::move(value));
}

/// `shape`, or that of a vector; every extent positive and as many elements as there are values.
Shape shape_for(size_t values, Shape shape, const Location& at) {
    const auto count = static_cast<int64_t>(values);
    if (shape.empty() && count != 1) shape = {count};
    for (const int64_t extent : shape)
        if (extent <= 0)
            fail(error(code::bad_extent, {}, "the constant has shape " + to_string(shape))
                     .with_rule("extents are positive integers"),
                 at);
    int64_t elements = 1;  // at most one more than there are
    for (const int64_t extent : shape) elements = extent > count / elements ? count + 1 : elements * extent;
    if (elements != count)
        fail(error(code::bad_shape, {}, std::to_string(count) + " values for a tensor of shape " + to_string(shape))
                 .with_rule("there is one value for each element, in row-major order"),
             at);
    return shape;
}

template <class T>
Tensor from_list(const std::vector<T>& values, Shape shape, const Location& at) {
    RealTensor tensor{shape_for(values.size(), std::move(shape), at), nullptr};
    std::vector<Real> reals;
    reals.reserve(values.size());
    for (const T& value : values) reals.push_back(NumberOperand(value, at).value.real());
    tensor.values = std::make_shared<const std::vector<Real>>(std::move(reals));
    return made(to_value(normalized(std::move(tensor))), at);
}

}  // namespace

Tensor::Tensor() : Tensor(0) {}
Tensor::Tensor(const Number& value, Location at)
    : data_(free_data(to_value(normalized(RealTensor::scalar(value.real()))), at)) {}

const TensorData& Tensor::data(Location at) const {
    if (!data_)
        fail(
            error(code::bad_arguments, {}, "the tensor was moved away")
                .with_rule("a Tensor that something else was made of with `std::move` is nothing until it is assigned"),
            at);
    return *data_;
}

const Shape& Tensor::shape() const {
    const TensorData& known = data();
    if (const auto* variable = std::get_if<sema::Variable>(&known.value))
        return known.state->program().graph[known.state->node(*variable)].shape;
    if (const auto* reals = std::get_if<RealTensor>(&known.value)) return reals->shape;
    return std::get<Constant>(known.value).shape;
}

bool Tensor::is_constant() const { return !std::holds_alternative<sema::Variable>(data().value); }

std::vector<Number> Tensor::numbers(Location at) const {
    std::vector<Number> list;
    const TensorData& known = data(at);
    if (const auto* reals = std::get_if<RealTensor>(&known.value)) {
        for (const Real& value : *reals->values) list.emplace_back(value);
    } else if (const auto* constant = std::get_if<Constant>(&known.value)) {
        for (const Rational& value : *constant->values) list.emplace_back(value);
    } else {
        fail(error(code::not_constant, {}, "the tensor depends on an input").with_rule("constants have known elements"),
             at);
    }
    return list;
}

std::string Tensor::type() const {
    const TensorData& known = data();
    if (const auto* variable = std::get_if<sema::Variable>(&known.value))
        return type_text(known.state->program().graph[known.state->node(*variable)]);
    return "constant" + (shape().empty() ? "" : to_string(shape()));
}

Tensor operator+(const Operand& a, const Operand& b) { return binary(BinaryOp::add, a, b); }
Tensor operator-(const Operand& a, const Operand& b) { return binary(BinaryOp::sub, a, b); }
Tensor operator*(const Operand& a, const Operand& b) { return binary(BinaryOp::mul, a, b); }
Tensor operator/(const Operand& a, const Operand& b) { return binary(BinaryOp::div, a, b); }
Tensor operator%(const Operand& a, const Operand& b) { return binary(BinaryOp::mod, a, b); }
Tensor operator<<(const Operand& a, const Operand& amount) { return binary(BinaryOp::shift_left, a, amount); }
Tensor operator>>(const Operand& a, const Operand& amount) { return binary(BinaryOp::shift_right, a, amount); }
Tensor operator==(const Operand& a, const Operand& b) { return binary(BinaryOp::eq, a, b); }
Tensor operator!=(const Operand& a, const Operand& b) { return binary(BinaryOp::ne, a, b); }
Tensor operator<(const Operand& a, const Operand& b) { return binary(BinaryOp::lt, a, b); }
Tensor operator<=(const Operand& a, const Operand& b) { return binary(BinaryOp::le, a, b); }
Tensor operator>(const Operand& a, const Operand& b) { return binary(BinaryOp::gt, a, b); }
Tensor operator>=(const Operand& a, const Operand& b) { return binary(BinaryOp::ge, a, b); }
Tensor operator&(const Operand& a, const Operand& b) { return binary(BinaryOp::bit_and, a, b); }
Tensor operator|(const Operand& a, const Operand& b) { return binary(BinaryOp::bit_or, a, b); }
Tensor operator^(const Operand& a, const Operand& b) { return binary(BinaryOp::bit_xor, a, b); }
Tensor operator-(const Operand& a) { return unary(UnaryOp::negate, a); }
Tensor operator!(const Operand& a) { return unary(UnaryOp::logic_not, a); }
Tensor operator~(const Operand& a) { return unary(UnaryOp::complement, a); }

Tensor& Tensor::operator+=(const Operand& b) { return *this = Operand(*this, b.at) + b; }
Tensor& Tensor::operator-=(const Operand& b) { return *this = Operand(*this, b.at) - b; }
Tensor& Tensor::operator*=(const Operand& b) { return *this = Operand(*this, b.at) * b; }
Tensor& Tensor::operator/=(const Operand& b) { return *this = Operand(*this, b.at) / b; }
Tensor& Tensor::operator<<=(const Operand& amount) { return *this = Operand(*this, amount.at) << amount; }
Tensor& Tensor::operator>>=(const Operand& amount) { return *this = Operand(*this, amount.at) >> amount; }
Tensor& Tensor::operator&=(const Operand& b) { return *this = Operand(*this, b.at) & b; }
Tensor& Tensor::operator|=(const Operand& b) { return *this = Operand(*this, b.at) | b; }
Tensor& Tensor::operator^=(const Operand& b) { return *this = Operand(*this, b.at) ^ b; }

Tensor matmul(const Operand& a, const Operand& b, Location at) {
    Operand left = a;
    left.at = at;
    return binary(BinaryOp::matmul, left, b);
}

Tensor constant(std::initializer_list<Literal> items, Location at) {
    // Axis by axis: the items of one level are those of all lists of the level above, in order.
    Shape shape{static_cast<int64_t>(items.size())};
    std::vector<const Literal*> level;
    for (const Literal& item : items) level.push_back(&item);
    const auto is_list = [](const Literal* item) { return item->is_list(); };
    while (std::any_of(level.begin(), level.end(), is_list)) {
        const size_t extent = level.front()->items().size();
        std::vector<const Literal*> next;
        for (const Literal* item : level) {
            if (!item->is_list() || item->items().size() != extent)
                fail(error(code::bad_shape, {}, "the rows of the constant differ in their length")
                         .with_rule("rows beside each other have the same length"),
                     at);
            for (const Literal& inner : item->items()) next.push_back(&inner);
        }
        shape.push_back(static_cast<int64_t>(extent));
        level = std::move(next);
    }
    std::vector<Number> numbers;
    numbers.reserve(level.size());
    for (const Literal* item : level) numbers.push_back(item->number());
    return constant(numbers, std::move(shape), at);
}

Tensor constant(const std::vector<Number>& values, Shape shape, Location at) {
    return from_list(values, std::move(shape), at);
}
Tensor constant(const std::vector<int64_t>& values, Shape shape, Location at) {
    return from_list(values, std::move(shape), at);
}
Tensor constant(const std::vector<double>& values, Shape shape, Location at) {
    return from_list(values, std::move(shape), at);
}
Tensor constant(const Array& array, Location at) {
    Session session({}, at);
    return session.tensor(session.elaborator().array_value(array, "the array", session.span()));
}

struct Loaded::Content {
    std::string file;
    Location at;
    std::optional<Tensor> tensor;            // of a .npy
    std::unique_ptr<sema::Archive> archive;  // of an .npz
};

namespace {

/// What a name stands for in a loaded file.
sema::Value member_of(Session& session, const Loaded::Content& file, const std::string& prefix,
                      const std::string& name) {
    const sema::Value all = file.tensor ? file.tensor->data().value : sema::Members{file.archive.get(), prefix};
    return session.elaborator().member(session.placed({nullptr, all, file.at}), {name, session.span()});
}

}  // namespace

Tensor Loaded::operator[](const MemberName& name) const {
    Session session({}, name.at);
    sema::Value member = member_of(session, *content_, prefix_, name.name);
    if (std::holds_alternative<sema::Members>(member))
        fail(error(code::wrong_kind, {}, "`" + name.name + "` of `" + content_->file + "` has members, and is none")
                 .with_help("`.part(\"" + name.name + "\")`"),
             name.at);
    return session.tensor(std::move(member));
}

Loaded Loaded::part(const MemberName& prefix) const {
    Session session({}, prefix.at);
    const sema::Value member = member_of(session, *content_, prefix_, prefix.name);
    session.finish();
    const auto* part = std::get_if<sema::Members>(&member);
    if (!part)
        fail(error(code::wrong_kind, {}, "`" + prefix.name + "` of `" + content_->file + "` is a member, and has none")
                 .with_help("`[\"" + prefix.name + "\"]`"),
             prefix.at);
    return Loaded(content_, part->prefix);
}

Loaded::operator Tensor() const {
    if (!content_->tensor) {
        const auto& members = content_->archive->content.members();
        fail(error(code::wrong_kind, {}, "`" + content_->file + "` is an archive")
                 .with_rule("an .npz file has members")
                 .with_help("`load(\"" + content_->file + "\")[\"" +
                            (members.empty() ? "name" : members.begin()->first) + "\"]`"),
             content_->at);
    }
    return *content_->tensor;
}

Loaded load(const std::filesystem::path& file, Location at) { return load(file, {}, at); }

Loaded load(const std::filesystem::path& file, const LoadOptions& options, Location at) {
    Session session({}, at);
    UnsaidType unsaid;
    if (!options.type.empty())
        unsaid = sema::element_type(session.elaborator(), {sema::Text{options.type}, session.span()});
    session.finish();
    auto content = std::make_shared<Loaded::Content>();
    content->file = file.string();
    content->at = at;
    if (file.extension() == ".npz") {
        auto archive = NpzFile::open(file, session.span());
        if (!archive) session.elaborator().report(std::move(archive.error()));
        session.finish();
        content->archive = std::make_unique<sema::Archive>();
        content->archive->file = content->file;
        content->archive->path = file;
        content->archive->content = std::move(*archive);
        content->archive->unsaid = unsaid;
    } else if (file.extension() == ".npy") {
        auto array = sema::read_array(file, {}, {content->file, session.span()}, unsaid);
        if (!array) session.elaborator().report(std::move(array.error()));
        session.finish();
        content->tensor =
            session.tensor(session.elaborator().array_value(*array, "`" + content->file + "`", session.span()));
    } else {
        fail(error(code::cannot_read, {}, "`" + content->file + "` is neither .npy nor .npz")
                 .with_rule("`load` reads NumPy's .npy (an array) and .npz (an archive of arrays)"),
             at);
    }
    return Loaded(std::move(content));
}

}  // namespace dal::edsl
