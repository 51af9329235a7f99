#include "dal/netlist/unread.hpp"

#include <algorithm>
#include <utility>

#include "dal/support/overloaded.hpp"

namespace dal::netlist {
namespace {

using Span = std::pair<int64_t, int64_t>;  // first bit, the one behind the last

/// Per signal, what is read of it.
std::vector<std::vector<Span>> reads_of(const Module& module) {
    std::vector<std::vector<Span>> reads(module.signals.size());
    const auto whole = [&](SignalId id) { reads[static_cast<size_t>(id)].emplace_back(0, module[id].width); };
    const auto part = [&](const Expression& bits) {
        reads[static_cast<size_t>(bits.signal)].emplace_back(bits.first, bits.first + bits.width);
    };
    bool clocked = false;
    for (const Item& item : module.items)
        std::visit(Overloaded{[](const Comment&) {}, [&](const Assignment& it) { for_each_bits(it.value, part); },
                              // What an instance drives is no less a signal of this module that somebody must read.
                              [&](const Instance& it) {
                                  for (const Connection& connection : it.connections)
                                      if (connection.is_input) whole(connection.outer);
                              },
                              [&](const Registers& it) {
                                  clocked = true;
                                  for (const Registers::Transfer& transfer : it.transfers) whole(transfer.source);
                              }},
                   item);
    for (size_t id = 0; id < module.signals.size(); ++id)
        if (module.signals[id].kind == Signal::Kind::output ||
            (module.signals[id].kind == Signal::Kind::clock && clocked))
            whole(static_cast<SignalId>(id));
    return reads;
}

}  // namespace

void find_unread(Module& module) {
    std::vector<std::vector<Span>> reads = reads_of(module);
    for (size_t id = 0; id < reads.size(); ++id) {
        const int64_t width = module.signals[id].width;
        std::ranges::sort(reads[id]);
        reads[id].emplace_back(width, width);
        int64_t first = 0;
        for (const auto& [begin, end] : reads[id]) {
            if (begin > first) module.unread.push_back({static_cast<SignalId>(id), first, begin - first});
            first = std::max(first, end);
        }
    }
}

}  // namespace dal::netlist
