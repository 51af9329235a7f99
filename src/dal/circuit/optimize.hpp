// The passes over a circuit, in one list and in one order: what each is called and does, and a way to watch them run.
// A new pass is a file pair in passes/ and a row of the list in optimize.cpp.
//
//   optimize(circuit, {.watch = {.verify = true, .after = [](const PassRecord& pass, const Circuit& now) {
//       if (pass.name == "narrow") std::cout << print(now);
//   }}});
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// What one pass did.
struct PassRecord {
    std::string_view name;
    double seconds = 0;  ///< processor time; shown, never computed with
    size_t before = 0;   ///< operations; 0 of what makes the first circuit
    size_t after = 0;
};

/// What happens after each pass, besides the next one.
struct PassWatch {
    /// Checks the structure (circuit.hpp) and that outputs and kept wires have the values that they had, on random
    /// inputs. A difference is an InternalError that names the pass. The time for it is in no record.
    bool verify = false;
    /// May be empty.
    std::function<void(const PassRecord& pass, const Circuit& after)> after;
};

struct OptimizeOptions {
    bool demand = true;         ///< leave out bits that no output sees: narrow, shorten
    bool merge_adders = false;  ///< adders of three operands where that saves LUTs
    PassWatch watch;
};

struct Pass {
    std::string_view name;  ///< of its file in passes/
    std::string_view what;  ///< one line for people
    Circuit (*run)(const Circuit& circuit);
    bool OptimizeOptions::* only_if;  ///< null: always
};

/// In the order in which they run. What cleans up after others is there several times.
std::span<const Pass> passes();

/// The same outputs on every input, and the same kept wires, at no higher cost.
Circuit optimize(Circuit circuit, const OptimizeOptions& options = {});

/// Runs `make`, which may be no pass but what made the first circuit, and watches it; `before`: null if it has none.
Circuit watched(std::string_view name, const Circuit* before, const std::function<Circuit()>& make,
                const PassWatch& watch);

}  // namespace dal::circuit
