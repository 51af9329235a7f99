// HDF5 files as Keras writes them, read whole into a tree of groups. The subset: superblocks 0 to 3, object headers 1
// and 2, groups as symbol tables and as compact links, compact and contiguous data, numbers (little and big endian) and
// strings (fixed and variable, in the global heap). All else is refused by its name: chunks, filters, dense groups,
// soft and external links. Why not libhdf5: docs/import.md. Hostile bytes give a diagnostic: offsets, cycles, depth
// (64), objects (10^6) and bytes of all arrays (1 GiB, and never more than the file has) are checked before memory is
// taken.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dal/array/array.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal::importer {

/// What a dataset or an attribute holds: numbers, or strings in row-major order.
struct Hdf5Value {
    Shape shape;
    std::variant<Array, std::vector<std::string>> content;

    /// Null if it holds strings.
    [[nodiscard]] const Array* array() const { return std::get_if<Array>(&content); }
    /// The only string; nothing if it holds numbers, or several.
    [[nodiscard]] std::optional<std::string_view> string() const;
};

struct Hdf5Group {
    std::map<std::string, Hdf5Group> groups;
    std::map<std::string, Hdf5Value> datasets;
    std::map<std::string, Hdf5Value> attributes;

    /// By a path below this group, "layers/dense/vars/0"; null where it is not there.
    [[nodiscard]] const Hdf5Group* group(std::string_view path) const;
    [[nodiscard]] const Hdf5Value* dataset(std::string_view path) const;
};

/// Whether the bytes start as an HDF5 file does.
bool is_hdf5(std::string_view bytes) noexcept;

/// `file`, `where`: for messages. Error: bad_model_file, which names the object.
Result<Hdf5Group> read_hdf5(std::string_view bytes, std::string_view file, std::string_view where = {});

}  // namespace dal::importer
