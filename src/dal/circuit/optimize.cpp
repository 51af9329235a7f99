#include "dal/circuit/optimize.hpp"

#include <array>
#include <ctime>

#include "dal/circuit/evaluate/compare.hpp"
#include "dal/circuit/passes/merge_adders.hpp"
#include "dal/circuit/passes/narrow.hpp"
#include "dal/circuit/passes/place_constants.hpp"
#include "dal/circuit/passes/shorten.hpp"
#include "dal/circuit/passes/simplify.hpp"
#include "dal/support/check.hpp"
#include "dal/support/error.hpp"

namespace dal::circuit {
namespace {

constexpr int64_t compared_samples = 256;

constexpr Pass clean_up{"simplify", "fold constants, share what is equal, drop what nobody reads", simplify, nullptr};

constexpr std::array<Pass, 8> list{{
    clean_up,
    {"place_constants", "add biases where that takes no level of its own", place_constants, nullptr},
    clean_up,
    {"narrow", "leave out bits that no output sees", narrow, &OptimizeOptions::demand},
    {"simplify", "fold and share what has become equal", simplify, &OptimizeOptions::demand},
    {"shorten", "end sums before a relu where the bits that are read end", shorten, &OptimizeOptions::demand},
    {"simplify", "drop what shortening left behind", simplify, &OptimizeOptions::demand},
    {"merge_adders", "make two adders one of three operands", merge_adders, &OptimizeOptions::merge_adders},
}};

double seconds_between(std::clock_t start, std::clock_t end) {
    return static_cast<double>(end - start) / CLOCKS_PER_SEC;
}

/// Throws InternalError naming the pass that made `after`.
void check(std::string_view name, const Circuit* before, const Circuit& after) {
    const auto broken = [&](const std::string& how) {
        internal_error("pass", __FILE__, __LINE__, "the pass `" + std::string(name) + "` " + how);
    };
    try {
        verify(after);
    } catch (const InternalError& error) {
        broken("made a circuit that is none: " + std::string(error.what()));
    }
    if (before == nullptr) return;
    if (const auto difference = first_difference(*before, after, compared_samples))
        broken("changed what the circuit computes: " + *difference);
}

}  // namespace

std::span<const Pass> passes() { return list; }

Circuit watched(std::string_view name, const Circuit* before, const std::function<Circuit()>& make,
                const PassWatch& watch) {
    const std::clock_t start = std::clock();
    Circuit after = make();
    const PassRecord record{name, seconds_between(start, std::clock()), before == nullptr ? 0 : before->size(),
                            after.size()};
    if (watch.verify) check(name, before, after);
    if (watch.after) watch.after(record, after);
    return after;
}

Circuit optimize(Circuit circuit, const OptimizeOptions& options) {
    for (const Pass& pass : list) {
        if (pass.only_if != nullptr && !(options.*pass.only_if)) continue;
        circuit = watched(pass.name, &circuit, [&] { return pass.run(circuit); }, options.watch);
    }
    return circuit;
}

}  // namespace dal::circuit
