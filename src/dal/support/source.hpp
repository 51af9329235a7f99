// Source texts and positions in them. A Span is three small integers; the SourceMap that made it turns
// it into file, line and column when a diagnostic is printed.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace dal {

/// Index of a source text in its SourceMap.
enum class FileId : uint32_t { none = UINT32_MAX };

/// The bytes [begin, end) of a file. A default Span points nowhere and is printed without a snippet.
struct Span {
    FileId file = FileId::none;
    uint32_t begin = 0;
    uint32_t end = 0;

    [[nodiscard]] bool known() const noexcept { return file != FileId::none; }
    /// From the start of `a` to the end of `b`; both in one file.
    static Span join(const Span& a, const Span& b) noexcept;
    friend bool operator==(const Span&, const Span&) = default;
};

/// What some editors put before a text in UTF-8. At the start of a text it is no part of the first line.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// One text, with an index of its lines.
class SourceFile {
  public:
    struct Position {
        uint32_t line = 1;    ///< from 1
        uint32_t column = 1;  ///< from 1, in bytes
    };

    SourceFile(std::string name, std::string text);
    /// A file of which nothing is known but lines: offsets in it are line numbers. For a C++ program whose source is
    /// not there when it runs.
    static SourceFile unseen(std::string name);
    [[nodiscard]] bool is_seen() const noexcept { return !starts_.empty(); }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    [[nodiscard]] Position position(uint32_t offset) const noexcept;
    /// The line's text without its end; `line` from 1.
    [[nodiscard]] std::string_view line(uint32_t line) const noexcept;
    [[nodiscard]] uint32_t line_start(uint32_t line) const noexcept { return starts_[line - 1]; }

  private:
    SourceFile() = default;

    std::string name_;
    std::string text_;
    std::vector<uint32_t> starts_;  // none: not seen
};

/// Owns all source texts of a compilation; references stay valid as it grows.
class SourceMap {
  public:
    FileId add(std::string name, std::string text);
    FileId add(SourceFile file);
    [[nodiscard]] const SourceFile& file(FileId id) const;
    [[nodiscard]] size_t size() const noexcept { return files_.size(); }
    /// Forgets all files but the first ones.
    void shrink(size_t size) { files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(size), files_.end()); }
    /// "net.da:14:17" ("net.cpp:14" if it is not seen), printable, or nothing for a span that points nowhere.
    [[nodiscard]] std::string describe(const Span& span) const;
    [[nodiscard]] std::string_view text(const Span& span) const;

  private:
    std::deque<SourceFile> files_;
};

}  // namespace dal
