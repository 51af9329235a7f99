#include "dal/cli/cmvm_input.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>

#include "dal/array/npy.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/file.hpp"

namespace dal::cli {
namespace {

Diagnostic bad_file(const std::string& path, const std::string& what) {
    return error(code::bad_array_file, {}, "`" + path + "` " + what);
}

Result<Weights> from_array(const std::string& path, const Array& array) {
    if (array.shape().size() != 2)
        return failure(bad_file(path, "has the shape " + to_string(array.shape()))
                           .with_rule("a matrix has two axes: inputs, then outputs"));
    std::vector<Dyadic> values;
    int64_t exponent = 0;
    bool first = true;
    for (int64_t n = 0; n < array.size(); ++n) {
        auto value = array.at(n);
        if (!value)
            return failure(bad_file(path, "is not finite at " + index_text(array.shape(), n))
                               .with_rule("a weight is a finite number"));
        if (!value->is_zero()) exponent = first ? value->exponent() : std::min(exponent, value->exponent());
        first = first && value->is_zero();
        values.push_back(std::move(*value));
    }
    Weights result;
    // Integers stay what they are.
    result.exponent = static_cast<int>(std::min<int64_t>(exponent, 0));
    if (exponent > 0 && is_float(array.type())) result.exponent = static_cast<int>(exponent);
    result.matrix.inputs = static_cast<size_t>(array.shape()[0]);
    result.matrix.outputs = static_cast<size_t>(array.shape()[1]);
    result.matrix.weights.reserve(values.size());
    for (const Dyadic& value : values)
        result.matrix.weights.push_back(value.is_zero() ? Int(0)
                                                        : value.mantissa() << (value.exponent() - result.exponent));
    return result;
}

/// The numbers of one line, between blanks or single commas.
class Line {
  public:
    Line(const std::string& path, size_t number, std::string_view text) : path_(path), number_(number), text_(text) {}

    Result<std::vector<Int>> numbers() {
        std::vector<Int> result;
        for (bool expected = false;; expected = take(',')) {
            skip_blanks();
            const std::string_view word = text_.substr(at_, text_.find_first_of(",\r \t", at_) - at_);
            if (word.empty() && !expected && at_ == text_.size()) return result;
            if (word.empty()) return failure(problem("no number", expected ? "behind the comma" : "before the comma"));
            auto value = word.size() <= most_digits ? Int::from_decimal(word) : std::nullopt;
            if (!value) return failure(problem("`" + std::string(word.substr(0, 40)) + "`", ""));
            result.push_back(std::move(*value));
            at_ += word.size();
        }
    }

  private:
    static constexpr size_t most_digits = 10'000;

    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r", at_), text_.size()); }
    bool take(char c) {
        skip_blanks();
        const bool found = at_ < text_.size() && text_[at_] == c;
        at_ += found;
        return found;
    }
    [[nodiscard]] Diagnostic problem(const std::string& what, const std::string& where) const {
        return bad_file(path_, "has " + what + (where.empty() ? "" : " " + where) + " in line " +
                                   std::to_string(number_) + ", column " + std::to_string(at_ + 1))
            .with_rule("a matrix is a .npy file, or text: integers between blanks or commas, one line per input");
    }

    const std::string& path_;
    size_t number_;
    std::string_view text_;
    size_t at_ = 0;
};

/// One line per input; empty lines count for nothing.
Result<Weights> from_text(const std::string& path, std::string_view text) {
    Weights result;
    cmvm::Matrix& matrix = result.matrix;
    for (size_t line = 1; !text.empty(); ++line) {
        const size_t end = std::min(text.find('\n'), text.size());
        auto numbers = Line(path, line, text.substr(0, end)).numbers();
        if (!numbers) return failure(std::move(numbers.error()));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (numbers->empty()) continue;
        if (matrix.inputs > 0 && numbers->size() != matrix.outputs)
            return failure(bad_file(path, "has " + std::to_string(numbers->size()) + " numbers in line " +
                                              std::to_string(line) + ", and " + std::to_string(matrix.outputs) +
                                              " in those before"));
        ++matrix.inputs;
        matrix.outputs = numbers->size();
        matrix.weights.insert(matrix.weights.end(), std::make_move_iterator(numbers->begin()),
                              std::make_move_iterator(numbers->end()));
    }
    if (matrix.inputs == 0) return failure(bad_file(path, "holds no numbers"));
    return result;
}

}  // namespace

Result<Weights> read_weights(const std::string& path) {
    const bool named_npy = std::filesystem::path(path).extension() == ".npy";
    if (!named_npy) {
        auto text = read_file(path);
        if (!text) return failure(std::move(text.error()));
        if (!text->starts_with("\x93NUMPY")) return from_text(path, *text);
    }
    auto array = read_npy(path, {});
    if (!array) return failure(std::move(array.error()));
    return from_array(path, *array);
}

std::optional<Kif> parse_format(std::string text) {
    std::erase_if(text, [](char c) { return c == ' '; });
    std::string_view rest = text;
    std::string_view kind = "fixed";
    if (rest.ends_with(')')) {
        const size_t open = rest.find('(');
        if (open == std::string_view::npos) return std::nullopt;
        kind = rest.substr(0, open);
        rest = rest.substr(open + 1, rest.size() - open - 2);
    }
    std::vector<int> numbers;
    for (;;) {
        int number = 0;
        const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        if (problem != std::errc() || number < -10'000 || number > 10'000) return std::nullopt;
        numbers.push_back(number);
        rest.remove_prefix(static_cast<size_t>(end - rest.data()));
        if (rest.empty()) break;
        if (rest.front() != ',') return std::nullopt;
        rest.remove_prefix(1);
    }
    if (kind == "fixed" && numbers.size() == 3 && (numbers[0] == 0 || numbers[0] == 1))
        return Kif(numbers[0] == 1, numbers[1], numbers[2]);
    if (kind == "int" && numbers.size() == 1 && numbers[0] > 0) return Kif(true, numbers[0] - 1, 0);
    if (kind == "uint" && numbers.size() == 1 && numbers[0] > 0) return Kif(false, numbers[0], 0);
    return std::nullopt;
}

}  // namespace dal::cli
