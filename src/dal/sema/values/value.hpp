// What an expression can be while a program is elaborated. Internal to this layer.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "dal/array/array.hpp"
#include "dal/array/npz.hpp"
#include "dal/graph/graph.hpp"
#include "dal/sema/tables/table.hpp"
#include "dal/sema/values/constant.hpp"
#include "dal/sema/values/real.hpp"
#include "dal/syntax/ast.hpp"

namespace dal::sema {

struct Module;
struct Archive;
struct Builtin;
struct ListItems;

/// The result of something that was reported: whatever is made from it is silently of this kind too.
struct Poison {};
/// A tensor of the graph.
struct Variable {
    NodeId node;
};
/// Formats, one per element; a scalar for one that fits all.
struct Formats {
    Shape shape;
    std::shared_ptr<const std::vector<Format>> formats;
};
/// The element types `real` and `_`.
struct RealType {};
struct AnyType {};
struct Text {
    std::string text;
};
/// A function of the program, with the module whose names it sees up to its own declaration.
struct Function {
    const Module* module;
    const ast::Fn* fn;
    size_t index;  ///< of its declaration in the module
};
/// Values that are no tensor together: of different shapes, functions, or none at all.
struct List {
    std::shared_ptr<const ListItems> items;
};
/// What `quantize` and tables take a format from when none is written: the innermost `with` that names it.
enum class Place : uint8_t { weight, bias, data, table };
inline constexpr int place_count = 4;
std::string_view place_name(Place place) noexcept;
/// The arrays of an archive: all, or those below a prefix of their names, `w.fc1` of `fc1.weight` and `fc1.bias`.
struct Members {
    Archive* archive;
    std::string prefix{};  ///< "fc1"; empty: all
};
/// Inside a test: a tensor of the program, which depends on its inputs and is computed when it is called with them.
struct Dependent {
    std::string name;
};

using Value = std::variant<Poison, Constant, Variable, RealTensor, Formats, RealType, AnyType, Text, Function,
                           const Builtin*, TableRef, const Module*, Members, List, Round, Overflow, Place, Dependent>;

/// "a tensor", "a format", …: with its article.
std::string_view kind_of(const Value& value) noexcept;

inline bool is_poison(const Value& value) { return std::holds_alternative<Poison>(value); }
/// Real constants are no tensors in this sense: they have to be quantized before they meet one.
inline bool is_tensor(const Value& value) {
    return std::holds_alternative<Constant>(value) || std::holds_alternative<Variable>(value);
}
inline bool is_real(const Value& value) { return std::holds_alternative<RealTensor>(value); }

/// A value and the place of the expression that made it.
struct Placed {
    Value value;
    Span span;
};

struct ListItems {
    std::vector<Placed> items;
};

/// A name of a module.
struct Binding {
    Value value;
    Span span;
    static constexpr size_t earlier = 0;  ///< index of a name from a text before this one: it may be declared anew
    size_t index = 0;                     ///< of the declaration, from 1: a function sees only those before its own
};

/// A file: its declarations, and their values as far as they are known.
struct Module {
    std::string name;
    std::filesystem::path directory;  ///< `load` and `use` are relative to it
    std::shared_ptr<const Ast> ast;
    std::unordered_map<std::string, Binding> names;
    std::unordered_map<std::string, Span> declared;                         ///< every declared name, known yet or not
    std::unordered_map<std::string, const ast::Declaration*> declarations;  ///< by name
    size_t next_index = 1;  ///< of the next declaration, those in `with` counted too
    bool is_main = false;
    bool reads_anywhere = false;  ///< what the user types may read files outside of the allowed folders
};

/// An .npz file; members become constants when they are asked for.
struct Archive {
    std::string file;            ///< as written
    std::filesystem::path path;  ///< where it is
    NpzFile content;
    UnsaidType unsaid;  ///< the type of elements where the file does not say it
    std::map<std::string, Value> values;
};

/// The names that an expression sees: those of its block, its function, and its module.
struct Scope {
    const Module* module = nullptr;
    size_t visible = SIZE_MAX;     ///< declarations of the module with a smaller index are seen
    const Scope* outer = nullptr;  ///< enclosing block or function, same module
    std::unordered_map<std::string, Placed> names;
};

}  // namespace dal::sema
