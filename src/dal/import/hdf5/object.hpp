// Objects of HDF5 files: their headers, which are lists of messages, and what these say of groups, arrays and
// attributes.
#pragma once

#include "dal/import/hdf5/value.hpp"

namespace dal::importer::hdf5 {

enum class MessageType : uint16_t {
    nothing = 0x00,
    dataspace = 0x01,
    link_info = 0x02,
    datatype = 0x03,
    link = 0x06,
    external_files = 0x07,
    layout = 0x08,
    group_info = 0x0A,
    filters = 0x0B,
    attribute = 0x0C,
    continuation = 0x10,
    symbol_table = 0x11,
    attribute_info = 0x15,
};

struct Message {
    MessageType type;
    bool is_shared;  ///< the body only says where the message is
    std::string_view body;
};
using Messages = std::vector<Message>;

/// The header at an address, with all blocks that continue it.
Found<Messages> object_header(File& file, uint64_t address);

struct Link {
    std::string name;
    uint64_t address;  ///< of an object header
};
/// Whether the object is a group.
bool is_group(const Messages& messages);
/// What a group contains. Names are unique, not empty, and have no "/".
Found<std::vector<Link>> links(File& file, const Messages& messages);

/// The object as an array.
Found<Hdf5Value> dataset(File& file, const Messages& messages);
/// The attributes of an object.
Found<std::map<std::string, Hdf5Value>> attributes(File& file, const Messages& messages);

}  // namespace dal::importer::hdf5
