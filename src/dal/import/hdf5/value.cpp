#include "dal/import/hdf5/value.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

static_assert(std::endian::native == std::endian::little, "elements are used as they are in files");

namespace dal::importer::hdf5 {
namespace {

constexpr int64_t most_elements = int64_t{1} << 40;
constexpr uint64_t most_strings = 1'000'000;

/// What the format calls its classes of types, for those that are refused.
constexpr std::array<std::string_view, 11> class_names{"integers",     "floating-point numbers",
                                                       "times",        "strings",
                                                       "bit fields",   "opaque bytes",
                                                       "structures",   "references",
                                                       "enumerations", "sequences of varying size",
                                                       "arrays"};

Found<ElementType> integer(uint64_t bits, uint64_t size, Cursor& cursor) {
    const uint64_t offset = cursor.number(2);
    const uint64_t precision = cursor.number(2);
    const bool is_signed = (bits & 8) != 0;
    ElementType type;
    type.size = size;
    type.is_big_endian = (bits & 1) != 0;
    switch (size) {
        case 1: type.number = is_signed ? DType::int8 : DType::uint8; break;
        case 2: type.number = is_signed ? DType::int16 : DType::uint16; break;
        case 4: type.number = is_signed ? DType::int32 : DType::uint32; break;
        case 8: type.number = is_signed ? DType::int64 : DType::uint64; break;
        default: return wrong("integers of " + std::to_string(size) + " bytes are not read");
    }
    if (!cursor.ok() || offset != 0 || precision != 8 * size) return wrong("integers with unused bits are not read");
    return type;
}

struct FloatLayout {
    DType type;
    std::array<uint64_t, 7> fields;  ///< size, precision, exponent at, its bits, mantissa at, its bits, bias
};
constexpr std::array float_layouts{
    FloatLayout{DType::float16, {2, 16, 10, 5, 0, 10, 15}}, FloatLayout{DType::bfloat16, {2, 16, 7, 8, 0, 7, 127}},
    FloatLayout{DType::float32, {4, 32, 23, 8, 0, 23, 127}}, FloatLayout{DType::float64, {8, 64, 52, 11, 0, 52, 1023}}};

Found<ElementType> floating_point(uint64_t bits, uint64_t size, Cursor& cursor) {
    const uint64_t offset = cursor.number(2);
    std::array<uint64_t, 7> fields{};
    fields[0] = size;
    fields[1] = cursor.number(2);
    for (size_t at = 2; at < 6; ++at) fields[at] = cursor.number(1);
    fields[6] = cursor.number(4);
    const uint64_t implied_bit = bits >> 4 & 3;
    const auto* const layout = std::ranges::find(float_layouts, fields, &FloatLayout::fields);
    if (!cursor.ok() || offset != 0 || implied_bit != 2 || (bits & 0x40) != 0 || layout == float_layouts.end())
        return wrong("floating-point numbers that are not float16, float32, float64 or bfloat16 are not read");
    ElementType type;
    type.size = size;
    type.number = layout->type;
    type.is_big_endian = (bits & 1) != 0;
    return type;
}

Found<ElementType> text(uint64_t bits, uint64_t size) {
    if (size == 0 || (bits & 15) > 2) return wrong("strings of this form are not read");
    ElementType type;
    type.kind = ElementType::Kind::fixed_string;
    type.size = size;
    type.padding = static_cast<ElementType::Padding>(bits & 15);
    return type;
}

std::string without_padding(std::string_view text, ElementType::Padding padding) {
    switch (padding) {
        case ElementType::Padding::terminated: text = text.substr(0, text.find('\0')); break;
        case ElementType::Padding::zeros: text = text.substr(0, text.find_last_not_of('\0') + 1); break;
        case ElementType::Padding::spaces: text = text.substr(0, text.find_last_not_of(' ') + 1); break;
    }
    return std::string(text);
}

Found<std::string> variable_string(File& file, Cursor& cursor) {
    const uint64_t size = cursor.number(4);
    const uint64_t collection = file.offset(cursor);
    const uint64_t index = cursor.number(4);
    if (size == 0 || collection == 0 || file.is_nowhere(collection)) return std::string();
    auto object = file.heap_object(collection, index);
    if (!object) return wrong(std::move(object.error()));
    if (size > object->size()) return wrong("a string is longer than what its heap has of it");
    return without_padding(object->substr(0, size), ElementType::Padding::terminated);
}

Array numbers(const ElementType& type, Shape shape, std::string_view from) {
    std::vector<std::byte> bytes(from.size());
    if (!from.empty()) std::memcpy(bytes.data(), from.data(), from.size());
    if (type.is_big_endian && type.size > 1)
        for (size_t at = 0; at < bytes.size(); at += type.size)
            std::reverse(bytes.begin() + static_cast<ptrdiff_t>(at),
                         bytes.begin() + static_cast<ptrdiff_t>(at + type.size));
    return {std::move(shape), type.number, std::move(bytes)};
}

}  // namespace

Found<ElementType> element_type(std::string_view message) {
    Cursor cursor(message);
    const uint64_t what = cursor.number(1);
    const uint64_t bits = cursor.number(3);
    const uint64_t size = cursor.number(4);
    if (!cursor.ok()) return wrong("the type of its elements is cut off");
    const uint64_t type_class = what & 15;
    const uint64_t version = what >> 4;
    if (version == 0 || version > 5) return wrong("the type of its elements is of an unknown version");
    switch (type_class) {
        case 0: return integer(bits, size, cursor);
        case 1: return floating_point(bits, size, cursor);
        case 3: return text(bits, size);
        case 8: {  // stored as the integers behind the names, of which the type is stored first
            if (cursor.left() < 12 || message[8] % 16 != 0) return wrong("an enumeration of no integers is not read");
            auto base = element_type(cursor.take(12));
            if (base && base->size != size) return wrong("an enumeration does not have the size of its integers");
            return base;
        }
        case 9:
            if ((bits & 15) == 1) {
                ElementType type;
                type.kind = ElementType::Kind::variable_string;
                type.size = size;
                return type;
            }
            break;
        default: break;
    }
    if (type_class < class_names.size())
        return wrong("elements that are " + std::string(class_names.at(type_class)) + " are not read");
    return wrong("its elements are of an unknown type");
}

Found<Shape> extents(const File& file, std::string_view message) {
    Cursor cursor(message);
    const uint64_t version = cursor.number(1);
    const uint64_t rank = cursor.number(1);
    const uint64_t flags = cursor.number(1);
    if (version != 1 && version != 2) return wrong("its extents are of an unknown version");
    if (version == 2 && cursor.number(1) == 2) return Shape{0};
    if (version == 1) cursor.skip(5);
    if (rank > 32) return wrong("has " + std::to_string(rank) + " axes; at most are 32");
    if (version == 1 && (flags & 2) != 0) return wrong("permuted axes are not read");
    Shape shape;
    int64_t product = 1;
    for (uint64_t axis = 0; axis < rank; ++axis) {
        const uint64_t extent = file.length(cursor);
        if (extent > static_cast<uint64_t>(most_elements / product)) return wrong("has too many elements");
        shape.push_back(static_cast<int64_t>(extent));
        product *= std::max<int64_t>(shape.back(), 1);
    }
    if (!cursor.ok()) return wrong("its extents are cut off");
    return shape;
}

Found<uint64_t> byte_count(const File& file, const ElementType& type, const Shape& shape) {
    const auto count = static_cast<uint64_t>(element_count(shape));
    if (type.kind == ElementType::Kind::variable_string && type.size != 8 + file.offset_size())
        return wrong("strings of this form are not read");
    if (count > file.size() / type.size) return wrong("of the shape " + to_string(shape) + " is larger than the file");
    if (type.kind != ElementType::Kind::number && count > most_strings) return wrong("has more than 10^6 strings");
    return count * type.size;
}

Found<Hdf5Value> value(File& file, const ElementType& type, Shape shape, std::string_view bytes) {
    if (type.kind == ElementType::Kind::number) {
        Array array = numbers(type, shape, bytes);
        return Hdf5Value{.shape = std::move(shape), .content = std::move(array)};
    }
    std::vector<std::string> strings;
    strings.reserve(bytes.size() / type.size);
    Cursor cursor(bytes);
    while (cursor.left() >= type.size) {
        if (type.kind == ElementType::Kind::fixed_string) {
            strings.push_back(without_padding(cursor.take(type.size), type.padding));
            continue;
        }
        auto string = variable_string(file, cursor);
        if (!string) return wrong(std::move(string.error()));
        strings.push_back(std::move(*string));
    }
    return Hdf5Value{.shape = std::move(shape), .content = std::move(strings)};
}

}  // namespace dal::importer::hdf5
