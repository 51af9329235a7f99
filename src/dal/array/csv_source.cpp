// Comma-separated numbers: a sample per line, an element per column.
#include <algorithm>
#include <cctype>

#include "dal/array/flaw.hpp"
#include "dal/array/sample_source.hpp"

namespace dal {
namespace {

/// Lines longer than this are no samples.
constexpr size_t longest_line = size_t{1} << 28;

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// Text of a file for a message.
std::string shown(std::string_view text) {
    constexpr size_t longest = 40;
    std::string result;
    for (const char c : text.substr(0, longest)) result += c >= 0x20 && c < 0x7F ? c : '?';
    return "`" + result + (text.size() > longest ? "..." : "") + "`";
}

/// Whether a field of the first line is rather a number, right or wrong, than a name.
bool looks_like_number(std::string_view field) {
    Decimals probe({}, 0);
    if (field.empty() || probe.add(field)) return true;
    const char c = field.front();
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.';
}

class CsvSource : public SampleSource {
  public:
    CsvSource(InputStream stream, const InputForm& form)
        : stream_(std::move(stream)), form_(form), columns_(element_count(form.shape)) {}
    [[nodiscard]] const Shape& shape() const override { return form_.shape; }
    [[nodiscard]] std::optional<int64_t> samples() const override { return std::nullopt; }
    [[nodiscard]] DType type() const override { return DType::float64; }
    Result<Samples> next(int64_t count) override {
        return read_about(stream_.name(), {}, [&]() -> Fallible<Samples> {
            if (columns_ == 0) return flaw("a sample of shape " + to_string(form_.shape) + " has no columns");
            Decimals numbers(form_.shape, form_.finest);
            while (numbers.samples() < count) {
                const auto line = take_line();
                if (!line) return tl::unexpected<Flaw>(line.error());
                if (!*line) break;
                if (auto added = add(**line, numbers); !added) return tl::unexpected<Flaw>(std::move(added.error()));
            }
            return Samples(std::move(numbers));
        });
    }

  private:
    /// The next line, which is valid until the next call; nothing at the end.
    Fallible<std::optional<std::string_view>> take_line() {
        if (taken_ > 0) stream_.skip(std::exchange(taken_, 0));
        size_t wanted = 1;
        size_t searched = 0;
        for (;;) {
            const auto bytes = stream_.peek(wanted);
            if (!bytes) return flaw(bytes.error().front().message);
            const size_t end = bytes->find('\n', searched);
            if (end == std::string_view::npos && bytes->size() >= wanted) {
                searched = bytes->size();
                wanted = 2 * bytes->size();
                if (searched > longest_line) return flaw("line " + std::to_string(line_ + 1) + " does not end");
                continue;
            }
            if (end == std::string_view::npos && bytes->empty()) return std::nullopt;
            std::string_view line = bytes->substr(0, end);
            taken_ = std::min(bytes->size(), line.size() + 1);
            ++line_;
            if (line_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
            return std::optional(line);
        }
    }

    Fallible<void> add(std::string_view line, Decimals& numbers) {
        if (trimmed(line).empty()) {
            if (empty_ == 0) empty_ = line_;  // at the end of a file there may be some
            return {};
        }
        if (empty_ > 0) return flaw("line " + std::to_string(empty_) + " is empty", "each line is a sample");
        if (line_ == 1 && is_head(line)) return {};
        int64_t column = 0;
        for (std::string_view rest = line;;) {
            const size_t comma = rest.find(',');
            const std::string_view field = trimmed(rest.substr(0, comma));
            const size_t at = static_cast<size_t>(rest.data() - line.data()) + 1;
            const auto place = [&] { return "line " + std::to_string(line_) + ", column " + std::to_string(at); };
            if (column == columns_) return wrong_count(std::count(line.begin(), line.end(), ',') + 1);
            if (field.empty()) return flaw(place() + ": a number is missing", "each element of a sample has a number");
            if (!numbers.add(field))
                return flaw(place() + ": " + shown(field) + " is not a number",
                            "numbers are decimal: `-1.25`, `3e-4`; there may be names in the first line only");
            ++column;
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
        return column == columns_ ? Fallible<void>() : wrong_count(column);
    }

    [[nodiscard]] tl::unexpected<Flaw> wrong_count(int64_t count) const {
        return flaw(
            "line " + std::to_string(line_) + " has " + std::to_string(count) + " numbers",
            "a sample of `" + form_.name + "` of shape " + to_string(form_.shape) + " has " + std::to_string(columns_));
    }

    /// Whether the first line holds names: none of its fields is a number, or meant to be one.
    static bool is_head(std::string_view line) {
        for (;;) {
            const size_t comma = line.find(',');
            if (looks_like_number(trimmed(line.substr(0, comma)))) return false;
            if (comma == std::string_view::npos) return true;
            line.remove_prefix(comma + 1);
        }
    }

    InputStream stream_;
    InputForm form_;
    int64_t columns_;
    int64_t line_ = 0;   // of the last one taken, from 1
    int64_t empty_ = 0;  // the first empty line of those just read, 0: none
    size_t taken_ = 0;   // bytes of the last line
};

}  // namespace

SourcePointer open_csv(InputStream stream, const InputForm& form) {
    return std::make_unique<CsvSource>(std::move(stream), form);
}

}  // namespace dal
