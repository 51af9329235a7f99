// The words of an expression that may be written in another language: enough to move them around. Internal to this
// layer.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dal::foreign {

struct Word {
    std::string text;
    bool space = false;  ///< before it
    [[nodiscard]] bool is(std::string_view other) const { return text == other; }
    [[nodiscard]] bool is_name() const;
    [[nodiscard]] bool is_number() const;
};

using Words = std::vector<Word>;

Words words_of(std::string_view text);
std::string text_of(std::span<const Word> words);

/// Behind the bracket that closes the one at `open`; the end if there is none.
size_t behind_bracket(const Words& words, size_t open);
/// Behind the operand that starts at `first`: a name, a number, a string or something in brackets, with its members,
/// calls and indices. `first` itself if none starts there.
size_t behind_operand(const Words& words, size_t first);
/// The first word of the operand that ends before `end`; `end` if there is none.
size_t first_of_operand(const Words& words, size_t end);
/// The parts between the commas of what stands in brackets from `open` to before `end`, which is behind the closing
/// one.
std::vector<Words> arguments(const Words& words, size_t open, size_t end);

/// Puts other words in place of those from `first` to before `end`.
void replace(Words& words, size_t first, size_t end, Words with);
/// The same with a text.
void replace(Words& words, size_t first, size_t end, const std::string& with);

}  // namespace dal::foreign
