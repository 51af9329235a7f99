// Reads the text of a graph as print() writes it: to keep graphs in files, and to compare programs that were written in
// different ways. Not the language: that is syntax/parse.hpp.
#pragma once

#include <string_view>

#include "dal/graph/graph.hpp"

namespace dal {

/// print(*parse_graph(print(graph))) is print(graph) without ranges, which are skipped, as inference finds them. Spans
/// are unknown. Error syntax_error: names the line and what is wrong with it; texts cut by Detail::brief are refused.
Result<Graph> parse_graph(std::string_view text);

}  // namespace dal
