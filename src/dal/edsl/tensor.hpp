// The values of an embedded program: tensors of static shape, constant or not, with the operators of the language. A
// Tensor is a cheap handle. Operations on constants are computed at once, exactly; those that depend on an input become
// nodes of the program's graph, in the order in which C++ makes them.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "dal/edsl/formats.hpp"
#include "dal/edsl/number.hpp"

namespace dal::edsl {

struct Operand;
struct Position;
struct Subscript;
struct TensorData;

class Tensor {
  public:
    Tensor();  ///< the constant 0
    template <std::integral T>
    Tensor(T value, Location at = Location::current()) : Tensor(Number(value), at) {}  // NOLINT
    /// Exactly the value of the double; see Number. Error bad_constant: NaN or infinite.
    Tensor(double value, Location at = Location::current()) : Tensor(Number(value, at), at) {}  // NOLINT
    Tensor(const Number& value, Location at = Location::current());                             // NOLINT
    explicit Tensor(std::shared_ptr<const TensorData> data) : data_(std::move(data)) {}

    [[nodiscard]] const Shape& shape() const;
    [[nodiscard]] bool is_constant() const;
    /// The elements of a constant, row-major. Error not_constant.
    [[nodiscard]] std::vector<Number> numbers(Location at = Location::current()) const;
    /// What is known of the values: "fixed(1, 3, 4)[64]" once the program is checked, "_[64]" before.
    [[nodiscard]] std::string type() const;
    /// Error bad_arguments: moved from.
    [[nodiscard]] const TensorData& data(Location at = Location::current()) const;
    [[nodiscard]] bool is_only_handle() const noexcept { return data_.use_count() == 1; }

    /// x[3], x[-1], x[slice(1, 5)], x[positions]: along the first axis.
    Tensor operator[](const Position& position) const&;
    Tensor operator[](const Position& position) &&;
    /// x.at({slice(1, 5), all, 0}).
    [[nodiscard]] Tensor at(std::initializer_list<Subscript> subscripts, Location at = Location::current()) const&;
    [[nodiscard]] Tensor at(std::initializer_list<Subscript> subscripts, Location at = Location::current()) &&;

    // Element by element, broadcasting; exact. Comparisons give 1 or 0.
    friend Tensor operator+(const Operand& a, const Operand& b);
    friend Tensor operator-(const Operand& a, const Operand& b);
    friend Tensor operator*(const Operand& a, const Operand& b);
    friend Tensor operator/(const Operand& a, const Operand& b);        ///< of constants, or by powers of two
    friend Tensor operator%(const Operand& a, const Operand& b);        ///< of constants
    friend Tensor operator<<(const Operand& a, const Operand& amount);  ///< ·2^amount, a constant
    friend Tensor operator>>(const Operand& a, const Operand& amount);  ///< ·2^-amount: nothing is lost
    friend Tensor operator==(const Operand& a, const Operand& b);
    friend Tensor operator!=(const Operand& a, const Operand& b);
    friend Tensor operator<(const Operand& a, const Operand& b);
    friend Tensor operator<=(const Operand& a, const Operand& b);
    friend Tensor operator>(const Operand& a, const Operand& b);
    friend Tensor operator>=(const Operand& a, const Operand& b);
    friend Tensor operator&(const Operand& a, const Operand& b);
    friend Tensor operator|(const Operand& a, const Operand& b);
    friend Tensor operator^(const Operand& a, const Operand& b);
    friend Tensor operator-(const Operand& a);
    friend Tensor operator!(const Operand& a);  ///< 1 where a is 0, else 0
    friend Tensor operator~(const Operand& a);  ///< -1 - a

    // a += b is a = a + b: a becomes another value, other handles of the old one keep it.
    Tensor& operator+=(const Operand& b);
    Tensor& operator-=(const Operand& b);
    Tensor& operator*=(const Operand& b);
    Tensor& operator/=(const Operand& b);
    Tensor& operator<<=(const Operand& amount);
    Tensor& operator>>=(const Operand& amount);
    Tensor& operator&=(const Operand& b);
    Tensor& operator|=(const Operand& b);
    Tensor& operator^=(const Operand& b);

  private:
    std::shared_ptr<const TensorData> data_;
};

/// `from` as a Tensor; a number gets the line of the expression around it.
template <class T>
Tensor to_tensor(T&& from, Location at) {
    if constexpr (std::constructible_from<Tensor, T, Location>)
        return Tensor(std::forward<T>(from), at);
    else
        return std::forward<T>(from);
}

/// An operand with the line of its expression, made implicitly: operators cannot take it by themselves. It also tells
/// the temporaries of an expression from variables: C++ computes operands in any order, the graph has them from left to
/// right.
struct Operand {
    template <class T>
        requires std::convertible_to<T, Tensor>
    Operand(T&& from, Location where = Location::current())  // NOLINT(google-explicit-constructor)
        : tensor(to_tensor(std::forward<T>(from), where)), at(where), is_temporary(tensor.is_only_handle()) {}
    [[nodiscard]] TensorData data() const;

    Tensor tensor;
    Location at;
    bool is_temporary;
};

/// A whole axis, all that are left, or a new one.
struct AllAxes {};
struct NewAxis {};
inline constexpr AllAxes all_axes{};  ///< `..` of the language: as many whole axes as are left
inline constexpr NewAxis new_axis{};  ///< `_` of the language
/// first:last:step of the language; the last is not included, negative positions count from the end.
struct Slice {
    std::optional<int64_t> first{}, last{};
    int64_t step = 1;
};
inline Slice slice(std::optional<int64_t> first, std::optional<int64_t> last, int64_t step = 1) {
    return {first, last, step};
}

/// One index: a position, a slice, all_axes, new_axis, or a constant array of positions.
struct Subscript {
    enum class Kind : uint8_t { at, positions, part, all, axis };
    template <std::integral T>
    Subscript(T at) : kind(Kind::at), position(static_cast<int64_t>(at)) {}        // NOLINT
    Subscript(Tensor list) : kind(Kind::positions), positions(std::move(list)) {}  // NOLINT
    Subscript(const Slice& its_range) : kind(Kind::part), range(its_range) {}      // NOLINT
    Subscript(AllAxes) : kind(Kind::all) {}                                        // NOLINT
    Subscript(NewAxis) : kind(Kind::axis) {}                                       // NOLINT

    Kind kind;
    int64_t position = 0;
    Tensor positions{};
    Slice range{};
};

/// An index with the line of its expression, made implicitly.
struct Position {
    template <class T>
        requires std::convertible_to<T, Subscript>
    Position(T&& from, Location where = Location::current())  // NOLINT(google-explicit-constructor)
        : subscript(std::forward<T>(from)), at(where) {}
    Subscript subscript;
    Location at;
};

/// Numbers in nested braces: {{1, 2}, {3, 4}}.
class Literal {
  public:
    template <class T>
        requires std::convertible_to<T, Number>
    Literal(const T& number, Location at = Location::current())  // NOLINT(google-explicit-constructor)
        : number_(NumberOperand(number, at).value) {}
    Literal(std::initializer_list<Literal> items) : is_list_(true), items_(items) {}
    [[nodiscard]] bool is_list() const noexcept { return is_list_; }
    [[nodiscard]] const Number& number() const noexcept { return number_; }
    [[nodiscard]] const std::vector<Literal>& items() const noexcept { return items_; }

  private:
    bool is_list_ = false;
    Number number_;
    std::vector<Literal> items_;
};

// Constants. They belong to no program: each can be used in many.

/// constant({{1, 2}, {3, 4}}). Error bad_shape when rows differ.
Tensor constant(std::initializer_list<Literal> items, Location at = Location::current());
/// Elements in row-major order; an empty shape stands for [values.size()]. Errors: bad_shape, bad_constant.
Tensor constant(const std::vector<Number>& values, Shape shape = {}, Location at = Location::current());
Tensor constant(const std::vector<int64_t>& values, Shape shape = {}, Location at = Location::current());
/// Each exactly the value of the double.
Tensor constant(const std::vector<double>& values, Shape shape = {}, Location at = Location::current());
/// Of any other numbers: float, int, uint8_t, …
template <class T>
    requires(std::is_arithmetic_v<T> && sizeof(T) <= 8)
Tensor constant(const std::vector<T>& values, Shape shape = {}, Location at = Location::current()) {
    if constexpr (std::floating_point<T>) {
        return constant(std::vector<double>(values.begin(), values.end()), std::move(shape), at);
    } else {
        std::vector<Number> numbers;
        for (const T value : values) numbers.emplace_back(value);
        return constant(numbers, std::move(shape), at);
    }
}
Tensor constant(const Array& array, Location at = Location::current());

/// A name with the line of its expression, made implicitly.
struct MemberName {
    template <class T>
        requires std::convertible_to<T, std::string>
    MemberName(T&& from, Location where = Location::current())  // NOLINT(google-explicit-constructor)
        : name(std::forward<T>(from)), at(where) {}
    std::string name;
    Location at;
};

/// The content of a .npy file (a Tensor) or of an .npz archive (Tensors by name).
class Loaded {
  public:
    struct Content;
    explicit Loaded(std::shared_ptr<Content> content, std::string prefix = {})
        : content_(std::move(content)), prefix_(std::move(prefix)) {}
    /// A member of an archive. Error unknown_member lists those that are there.
    [[nodiscard]] Tensor operator[](const MemberName& name) const;
    /// The members whose names begin with this and a `.` or a `/`: part("fc1")["weight"] is ["fc1.weight"]. Errors:
    /// unknown_member; wrong_kind: a member itself.
    [[nodiscard]] Loaded part(const MemberName& prefix) const;
    /// Of a .npy file. Error wrong_kind: an archive.
    operator Tensor() const;  // NOLINT(google-explicit-constructor)

  private:
    std::shared_ptr<Content> content_;
    std::string prefix_;  // of names, in an archive
};

struct LoadOptions {
    /// "float8_e4m3fn" and the like, where a file does not say what its elements are.
    std::string type{};
};

/// Relative to the working directory. Errors: cannot_read, bad_array_file, bad_constant; bad_arguments: no such type.
Loaded load(const std::filesystem::path& file, Location at = Location::current());
Loaded load(const std::filesystem::path& file, const LoadOptions& options, Location at = Location::current());

}  // namespace dal::edsl
