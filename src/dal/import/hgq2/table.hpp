// Tables of float32 functions: for all values of a format, what the function gives, rounded as the model rounds it.
#pragma once

#include <functional>

#include "dal/import/hgq2/activation.hpp"
#include "dal/import/keras/layer.hpp"

namespace dal::importer::hgq2 {

/// No table has more bits: larger ones are refused.
inline constexpr int most_table_bits = 16;
/// All tables of a layer together have no more entries than this.
inline constexpr int64_t most_entries = int64_t{1} << 22;

/// Some tables, of one shape.
struct TableSet {
    std::string part;     ///< what it is called: "<layer>_<part>"
    Shape elements{};     ///< a table for each; []: one for all
    const Formats* from;  ///< of what is looked up: one for each element, or any number of them for all
    const Formats* to;    ///< of the entries: one, or of a shape that can be broadcast to `elements`
};

/// Tables in the program: an expression for [elements, entries], and the format that its entries belong to.
struct Tables {
    std::string entries;
    std::string from;
};

/// The format that holds all values of all these formats.
Kif union_of(const Formats& formats);

/// Whether float32's last bits decide what the value is rounded to.
bool is_doubtful(const Float32& value, const Format& to);
/// Says that this holds for some of `count` entries: an error under Exactness::on, else a warning. Nothing for none.
Result<void> say_doubt(keras::LayerContext& layer, int64_t doubtful, int64_t count);

/// What the table of an element gives for x.
using TableFunction = std::function<Float32(int64_t element, float x)>;

/// Computes the tables and writes them into the program. Entries that are nearer to a tie than float32 is exact are
/// said to the user: an error under Exactness::on. Errors: unsupported_layer if there are too many entries;
/// inexact_layer.
Result<Tables> write_tables(keras::LayerContext& layer, const TableSet& set, const TableFunction& function);

}  // namespace dal::importer::hgq2
