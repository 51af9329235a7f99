// Declared types against inferred ones: `let y: fixed(1, 3, 4) = …` promises that every value fits exactly.
#pragma once

#include <span>

#include "dal/graph/declared_type.hpp"

namespace dal {

/// Checks each declared type of an inferred graph (infer/forward/forward.hpp). Error does_not_fit for each that some
/// value may break, at the type as written: names the first element, says what it lacks and offers a quantize and a
/// format.
Result<void> check_declared(const Graph& graph, std::span<const DeclaredType> declared);

}  // namespace dal
