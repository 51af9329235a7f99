// The generated lexer and parser, and the one place that includes the ANTLR runtime. Expensive: only for the two
// sources of this layer that talk to it.
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "DalLexer.h"
#include "DalParser.h"
#pragma GCC diagnostic pop

#include <memory>
#include <mutex>
#include <string_view>

namespace dal {

/// A text as a stream of bytes, so that ANTLR counts bytes.
class ByteStream : public antlr4::ANTLRInputStream {
  public:
    explicit ByteStream(std::string_view text) {
        _data.reserve(text.size());
        for (const char c : text) _data.push_back(static_cast<unsigned char>(c));
    }
};

/// ANTLR's prediction tables are shared by all lexers and parsers and grow as they run: one at a time.
std::unique_lock<std::mutex> lock_antlr();

}  // namespace dal
