// Random programs of every form that the grammar has, with comments and white space anywhere between their tokens.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace dal::test {

class RandomProgram {
  public:
    explicit RandomProgram(uint32_t seed) : random_(seed) {}

    /// A program; each comment in it is different.
    std::string text();

  private:
    size_t below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }
    bool one_in(size_t count) { return below(count) == 0; }
    void put(std::string token) { tokens_.push_back(std::move(token)); }
    void put_any(std::initializer_list<const char*> choices) { put(choices.begin()[below(choices.size())]); }
    template <class Each>
    void repeat(size_t most, const char* between, Each each) {
        for (size_t count = 1 + below(most); count > 0; --count) {
            each();
            if (count > 1) put(between);
        }
    }

    void declaration(size_t depth);
    void let(size_t depth);
    void type(size_t depth);
    void parameters(bool typed);
    void expression(size_t depth);
    void clauses(size_t depth);
    void chain(size_t depth);
    void piped(size_t depth);
    void operand(size_t depth);
    void arguments(size_t depth);
    void index(size_t depth);
    void array();
    void name();
    void number();

    std::string between();

    std::mt19937 random_;
    std::vector<std::string> tokens_;
    size_t comments_ = 0;
    size_t comment_rate_ = 0;  // one in this many gaps; 0: none
};

}  // namespace dal::test
