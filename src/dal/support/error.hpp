// The exception of the C++ interface: the same diagnostics as on the command line, pointing at the line of the C++
// program that asked for the impossible. Bugs of dal are `dal::InternalError`, not this.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include "dal/support/message.hpp"

namespace dal {

class Error : public std::exception {
  public:
    /// `diagnostics`: one or more, with places in `sources`.
    Error(Diagnostics diagnostics, const SourceMap& sources);

    /// All of it as text, with the lines of the program where they can be read; ends with a newline.
    [[nodiscard]] const char* what() const noexcept override;
    [[nodiscard]] const Diagnostics& diagnostics() const noexcept;
    /// Of the first diagnostic.
    [[nodiscard]] Code code() const noexcept;
    [[nodiscard]] const std::string& message() const noexcept;
    /// Where the first diagnostic points: a file as the compiler names it, and a line; "" and 0 if nowhere.
    [[nodiscard]] const std::string& file() const noexcept;
    [[nodiscard]] uint32_t line() const noexcept;

  private:
    struct Content;
    std::shared_ptr<const Content> content_;  // shared: copies of exceptions must not throw
};

}  // namespace dal
