// Arrays: of objects, and of attributes.
#include "dal/import/hdf5/object.hpp"

namespace dal::importer::hdf5 {
namespace {

/// The only message of a type.
Found<std::string_view> only(const Messages& messages, MessageType type, std::string_view what) {
    const Message* found = nullptr;
    for (const Message& message : messages) {
        if (message.type != type) continue;
        if (found != nullptr) return wrong("says twice what " + std::string(what) + " is");
        found = &message;
    }
    if (found == nullptr) return wrong("does not say what " + std::string(what) + " is");
    if (found->is_shared) return wrong(std::string(what) + " is that of another object (a named type); not read");
    return found->body;
}

Found<std::string_view> contiguous(File& file, uint64_t address, uint64_t needed) {
    if (needed == 0) return std::string_view();
    if (file.is_nowhere(address)) return wrong("its elements were never written");
    return file.data(address, needed);
}

Found<std::string_view> compact(Cursor& cursor, size_t size_bytes, uint64_t needed) {
    const uint64_t size = cursor.number(size_bytes);
    const std::string_view bytes = cursor.take(size);
    if (!cursor.ok() || bytes.size() < needed) return wrong("its elements are cut off");
    return bytes.substr(0, needed);
}

/// The elements' bytes.
Found<std::string_view> stored(File& file, std::string_view layout, uint64_t needed) {
    enum : uint8_t { is_compact, is_contiguous, is_chunked, is_virtual };
    Cursor cursor(layout);
    const uint64_t version = cursor.number(1);
    if (version == 0 || version > 5) return wrong("its layout is of an unknown version");
    const uint64_t rank = version < 3 ? cursor.number(1) : 0;
    const uint64_t kind = cursor.number(1);
    if (kind == is_chunked)
        return wrong(
            "is stored in chunks (compressed, or of a size that may grow); these are not read: write it with "
            "Keras itself, which stores arrays whole");
    if (kind == is_virtual) return wrong("is a view of other arrays; these are not read");
    if (kind != is_compact && kind != is_contiguous) return wrong("its layout is unknown");
    if (version < 3) {
        cursor.skip(5);
        const uint64_t address = kind == is_contiguous ? file.offset(cursor) : 0;
        cursor.skip(4 * rank);
        if (kind == is_compact) return compact(cursor, 4, needed);
        if (!cursor.ok()) return wrong("its layout is cut off");
        return contiguous(file, address, needed);
    }
    if (kind == is_compact) return compact(cursor, 2, needed);
    const uint64_t address = file.offset(cursor);
    const uint64_t size = file.length(cursor);
    if (!cursor.ok()) return wrong("its layout is cut off");
    if (size != needed && !(needed == 0 && file.is_nowhere(address)))
        return wrong("has " + std::to_string(size) + " bytes; its shape and type make " + std::to_string(needed));
    return contiguous(file, address, needed);
}

struct Attribute {
    std::string name;
    Hdf5Value value;
};

Found<Hdf5Value> attribute_value(File& file, std::string_view type, std::string_view space, Cursor& cursor) {
    auto elements = element_type(type);
    if (!elements) return wrong(std::move(elements.error()));
    auto shape = extents(file, space);
    if (!shape) return wrong(std::move(shape.error()));
    auto size = byte_count(file, *elements, *shape);
    if (!size) return wrong(std::move(size.error()));
    const std::string_view bytes = cursor.take(*size);
    if (!cursor.ok()) return wrong("its elements are cut off");
    return value(file, *elements, std::move(*shape), bytes);
}

Found<Attribute> attribute(File& file, std::string_view message) {
    Cursor cursor(message);
    const uint64_t version = cursor.number(1);
    const uint64_t flags = cursor.number(1);
    if (version == 0 || version > 3) return wrong("has an attribute of an unknown version");
    if (version > 1 && flags != 0) return wrong("has an attribute of a named type; these are not read");
    const uint64_t name_size = cursor.number(2);
    const uint64_t type_size = cursor.number(2);
    const uint64_t space_size = cursor.number(2);
    if (version == 3) cursor.skip(1);
    const auto part = [&](uint64_t size) {
        const std::string_view taken = cursor.take(size);
        if (version == 1) cursor.align();
        return taken;
    };
    const std::string_view name_bytes = part(name_size);
    const std::string_view type = part(type_size);
    const std::string_view space = part(space_size);
    if (!cursor.ok()) return wrong("an attribute is cut off");
    std::string name(name_bytes.substr(0, name_bytes.find('\0')));
    auto value = attribute_value(file, type, space, cursor);
    if (!value) return wrong("attribute `" + name + "`: " + value.error());
    return Attribute{.name = std::move(name), .value = std::move(*value)};
}

/// Attributes in a heap of their own, as objects with many or long ones have them.
Found<void> check_attribute_info(const File& file, std::string_view message) {
    Cursor cursor(message);
    cursor.skip(1);
    const uint64_t flags = cursor.number(1);
    if ((flags & 1) != 0) cursor.skip(2);
    const uint64_t heap = file.offset(cursor);
    if (!cursor.ok()) return wrong("what it says of its attributes is cut off");
    if (!file.is_nowhere(heap)) return wrong("has its attributes in a fractal heap; these are not read");
    return {};
}

}  // namespace

Found<Hdf5Value> dataset(File& file, const Messages& messages) {
    for (const Message& message : messages) {
        if (message.type == MessageType::filters) return wrong("is compressed or filtered; such arrays are not read");
        if (message.type == MessageType::external_files) return wrong("lies in another file, which is not opened");
    }
    auto type_message = only(messages, MessageType::datatype, "the type of its elements");
    if (!type_message) return wrong(std::move(type_message.error()));
    auto space_message = only(messages, MessageType::dataspace, "its shape");
    if (!space_message) return wrong(std::move(space_message.error()));
    auto layout = only(messages, MessageType::layout, "its layout");
    if (!layout) return wrong(std::move(layout.error()));
    auto type = element_type(*type_message);
    if (!type) return wrong(std::move(type.error()));
    auto shape = extents(file, *space_message);
    if (!shape) return wrong(std::move(shape.error()));
    auto size = byte_count(file, *type, *shape);
    if (!size) return wrong(std::move(size.error()));
    auto bytes = stored(file, *layout, *size);
    if (!bytes) return wrong(std::move(bytes.error()));
    return value(file, *type, std::move(*shape), *bytes);
}

Found<std::map<std::string, Hdf5Value>> attributes(File& file, const Messages& messages) {
    std::map<std::string, Hdf5Value> all;
    for (const Message& message : messages) {
        if (message.type == MessageType::attribute_info) {
            if (auto checked = check_attribute_info(file, message.body); !checked) return wrong(checked.error());
        }
        if (message.type != MessageType::attribute) continue;
        if (message.is_shared) return wrong("shares an attribute with another object; not read");
        auto read = attribute(file, message.body);
        if (!read) return wrong(std::move(read.error()));
        const std::string name = read->name;
        if (!all.emplace(std::move(read->name), std::move(read->value)).second)
            return wrong("has the attribute `" + name + "` twice");
    }
    return all;
}

}  // namespace dal::importer::hdf5
