#include "dal/netlist/netlist.hpp"

namespace dal::netlist {

Expression Table::entry(const Int& code) const {
    const auto position = static_cast<size_t>(((code << (entries->f - domain.f())) - entries->first).to_int64());
    return literal(entries->entries[position], int64_t{entries->entry_f} - values.f(), values.width());
}

}  // namespace dal::netlist
