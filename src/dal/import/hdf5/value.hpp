// Elements of HDF5 arrays: what type they have, how many there are, and what they are.
#pragma once

#include "dal/import/hdf5.hpp"
#include "dal/import/hdf5/bytes.hpp"

namespace dal::importer::hdf5 {

struct ElementType {
    enum class Kind : uint8_t { number, fixed_string, variable_string };
    enum class Padding : uint8_t { terminated, zeros, spaces };

    Kind kind = Kind::number;
    uint64_t size = 0;                      ///< bytes of an element
    DType number = DType::uint8;            ///< of numbers
    bool is_big_endian = false;             ///< of numbers
    Padding padding = Padding::terminated;  ///< of fixed strings
};

/// `message`: the body of a datatype message.
Found<ElementType> element_type(std::string_view message);
/// `message`: the body of a dataspace message. No dataspace at all (null) is a shape of [0].
Found<Shape> extents(const File& file, std::string_view message);
/// Bytes that the elements take; nothing if that is more than the file has.
Found<uint64_t> byte_count(const File& file, const ElementType& type, const Shape& shape);
/// `bytes`: byte_count() long.
Found<Hdf5Value> value(File& file, const ElementType& type, Shape shape, std::string_view bytes);

}  // namespace dal::importer::hdf5
