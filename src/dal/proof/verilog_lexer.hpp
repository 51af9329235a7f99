// Words, numbers and signs of Verilog. Private to the reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dal/proof/unproven.hpp"

namespace dal::proof {

class VerilogLexer {
  public:
    VerilogLexer(std::string file, std::string_view text, Budget& budget)
        : file_(std::move(file)), rest_(text), budget_(budget) {
        next();
    }

    [[nodiscard]] bool at_end() const noexcept { return token_.empty(); }
    [[nodiscard]] bool sees(std::string_view token) const noexcept { return token_ == token; }
    bool accept(std::string_view token);
    void expect(std::string_view token);
    /// A name that is no word of the language.
    std::string name();
    [[nodiscard]] bool sees_name() const;
    [[nodiscard]] bool sees_number() const;
    [[nodiscard]] bool sees_literal() const { return token_.find('\'') != std::string_view::npos; }
    /// Decimal digits.
    int64_t number();
    /// 12'h0ab.
    struct Literal {
        int64_t width = 0;
        int64_t value = 0;
    };
    Literal literal();
    [[nodiscard]] uint32_t line() const noexcept { return line_; }
    [[noreturn]] void fail(const std::string& problem) const {
        give_up(file_ + ":" + std::to_string(line_) + ": " + problem);
    }

  private:
    void next();
    void skip_blanks();

    std::string file_;
    std::string_view rest_;
    std::string_view token_;
    uint32_t line_ = 1;
    Budget& budget_;
};

}  // namespace dal::proof
