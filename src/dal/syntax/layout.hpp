// A text with the places where it may be broken, and the decision where it is: a group is printed on one line if it
// fits, else broken at each of its places. Made by the formatter for one declaration at a time; knows nothing about the
// language except comments, which end their line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dal {

inline constexpr size_t format_columns = 100;
inline constexpr size_t format_indent = 2;

/// An array literal, laid out by format_array.hpp: it decides itself, once it is known where it starts.
class ArrayLayout {
  public:
    virtual ~ArrayLayout() = default;
    /// Columns on one line; `unbounded` if it cannot be on one line.
    [[nodiscard]] virtual size_t width() const = 0;
    /// Columns that it needs behind something. One bracket for rows of rows: whether these are on one line may only
    /// depend on what is in the text, or formatting twice would not be formatting once.
    [[nodiscard]] virtual size_t tail() const = 0;
    /// Appends it to `out`, whose current line has `column` characters; `tail` must fit after it.
    virtual void write(std::string& out, size_t indent, size_t column, size_t tail) const = 0;
    static constexpr size_t unbounded = SIZE_MAX / 4;
};

class Layout {
  public:
    /// Text without line ends; it must outlive the layout.
    void text(std::string_view text) { add({Kind::text, false, 0, 0, text, nullptr}); }
    void array(const ArrayLayout* array) { add({Kind::array, false, 0, 0, {}, array}); }
    void space() { add({Kind::space, false, 0, 0, {}, nullptr}); }
    /// A place to break: on one line it is a space or nothing. `dedent`: the next line belongs to what is around the
    /// group. `blank`: an empty line follows if it is broken.
    enum class Flat : uint8_t { nothing, space };
    void line(Flat flat, bool dedent = false, bool blank = false) {
        add({flat == Flat::space ? Kind::line_space : Kind::line, blank, 0, dedent ? 1 : 0, {}, nullptr});
    }
    /// The groups around it are broken, and the line ends here.
    void hard() { add({Kind::hard, false, 0, 0, {}, nullptr}); }
    /// The groups around it are broken.
    void force() { add({Kind::force, false, 0, 0, {}, nullptr}); }
    /// A comment behind what precedes it; what follows is on a new line.
    void trailing_comment(std::string_view text) { add({Kind::trailing, false, 0, 0, text, nullptr}); }
    /// A comment on a line of its own, one level deeper if `inside` (before a closing bracket).
    void own_comment(std::string_view text, bool blank, bool inside) {
        add({Kind::own, blank, 0, inside ? 1 : 0, text, nullptr});
    }
    void open(size_t indent) { add({Kind::open, false, indent, 0, {}, nullptr}); }
    void close() { add({Kind::close, false, 0, 0, {}, nullptr}); }

    /// Appends the text to `out`, starting on a new line with this indentation. Ends with a line end.
    void write(std::string& out, size_t indent) const;

  private:
    enum class Kind : uint8_t { text, array, space, line, line_space, hard, force, trailing, own, open, close };
    struct Item {
        Kind kind;
        bool blank;
        size_t indent;
        int offset;
        std::string_view text;
        const ArrayLayout* array;
    };
    void add(Item item) { items_.push_back(item); }

    struct Measures;
    class Writer;
    std::vector<Item> items_;
};

/// Columns that a text takes: code points.
size_t columns_of(std::string_view text);

}  // namespace dal
