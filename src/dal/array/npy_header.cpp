#include "dal/array/npy_header.hpp"

#include <array>
#include <limits>
#include <optional>

namespace dal {
namespace {

constexpr std::string_view known_types = "a dal array holds booleans, integers or floating-point numbers";

/// Text of a file for a message: short, and without anything that is not printable ASCII.
std::string shown(std::string_view text) {
    constexpr size_t longest = 40;
    std::string result;
    for (const char c : text.substr(0, longest)) result += c >= 0x20 && c < 0x7F ? c : '?';
    return "`" + result + (text.size() > longest ? "..." : "") + "`";
}

struct ElementType {
    std::string_view code;
    DType type;
};
constexpr auto element_types = std::to_array<ElementType>({
    {"b1", DType::boolean},
    {"i1", DType::int8},
    {"i2", DType::int16},
    {"i4", DType::int32},
    {"i8", DType::int64},
    {"u1", DType::uint8},
    {"u2", DType::uint16},
    {"u4", DType::uint32},
    {"u8", DType::uint64},
    {"f2", DType::float16},
    {"f4", DType::float32},
    {"f8", DType::float64},
    {"f16", DType::float_extended},
    {"f12", DType::float_extended12},
    // What NumPy writes for types of ml_dtypes.
    {"V2", DType::bfloat16},
    {"f1", DType::float8_e5m2},
    {"V1", DType::raw8},
});

/// What the letter of a type that is not supported stands for; empty if it stands for nothing.
std::string_view foreign_kind(char letter) {
    switch (letter) {
        case 'O': return "Python objects";
        case 'S':
        case 'a': return "byte strings";
        case 'U': return "text strings";
        case 'c':
        case 'W': return "complex numbers";
        case 'V': return "raw or structured records";
        case 'M': return "dates";
        case 'm': return "time differences";
        default: return {};
    }
}

/// The literal subset of Python that headers use, read in one pass.
class Dictionary {
  public:
    explicit Dictionary(std::string_view text) : text_(text) {}

    Fallible<NpyHeader> parse() {
        bool seen_type = false;
        bool seen_order = false;
        bool seen_shape = false;
        if (!take('{')) return syntax("a dictionary");
        while (!take('}')) {
            const auto key = string();
            if (!key || !take(':')) return syntax("`'key': value`");
            bool* seen = *key == "descr"           ? &seen_type
                         : *key == "fortran_order" ? &seen_order
                         : *key == "shape"         ? &seen_shape
                                                   : nullptr;
            if (seen == nullptr) return flaw("the header has an unknown key " + shown(*key));
            if (*seen) return flaw("the header has the key " + shown(*key) + " twice");
            *seen = true;
            const Fallible<void> value = seen == &seen_type ? type() : seen == &seen_order ? order() : shape();
            if (!value) return tl::unexpected<Flaw>(value.error());
            if (take(',')) continue;
            if (!take('}')) return syntax("`,` or `}`");
            break;
        }
        if (!at_end()) return syntax("the end of the header");
        if (!seen_type || !seen_order || !seen_shape)
            return flaw("the header lacks the key `" +
                        std::string(!seen_type    ? "descr"
                                    : !seen_order ? "fortran_order"
                                                  : "shape") +
                        "`");
        return std::move(header_);
    }

  private:
    [[nodiscard]] tl::unexpected<Flaw> syntax(const std::string& expected) const {
        const std::string_view rest = text_.substr(at_);
        return flaw("the header has " + (rest.empty() ? "its end" : shown(rest)) + " where " + expected + " should be");
    }
    void skip_space() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    }
    bool take(char c) {
        skip_space();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool take_word(std::string_view word) {
        skip_space();
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }
    bool at_end() {
        skip_space();
        return at_ == text_.size();
    }

    /// A quoted string without escapes; nothing (and no movement) if there is none.
    std::optional<std::string_view> string() {
        skip_space();
        if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return std::nullopt;
        const size_t end = text_.find(text_[at_], at_ + 1);
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view result = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        return result;
    }

    Fallible<void> type() {
        skip_space();
        if (at_ < text_.size() && text_[at_] == '[')
            return flaw("its elements are structured records", std::string(known_types),
                        "save each field as an array of its own: `np.savez(path, a=array['a'], b=array['b'])`");
        const auto text = string();
        if (!text) return syntax("the element type");
        std::string_view code = *text;
        char order = '=';
        if (!code.empty() && std::string_view("<>|=").find(code.front()) != std::string_view::npos) {
            order = code.front();
            code.remove_prefix(1);
        }
        for (const ElementType& known : element_types) {
            if (known.code != code) continue;
            header_.type = known.type;
            header_.big_endian = order == '>';
            return {};
        }
        const std::string_view kind = code.empty() ? std::string_view() : foreign_kind(code.front());
        return flaw("its elements have the type " + shown(*text) + (kind.empty() ? "" : ": " + std::string(kind)),
                    std::string(known_types), "convert it where it is made: `np.save(path, array.astype(np.float64))`");
    }

    Fallible<void> order() {
        if (take_word("True"))
            header_.fortran_order = true;
        else if (!take_word("False"))
            return syntax("`True` or `False`");
        return {};
    }

    Fallible<void> shape() {
        if (!take('(')) return syntax("the shape, `(16, 64)`");
        while (!take(')')) {
            const bool negative = take('-');
            skip_space();
            const size_t begin = at_;
            int64_t extent = 0;
            for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
                if (__builtin_mul_overflow(extent, 10, &extent) ||
                    __builtin_add_overflow(extent, text_[at_] - '0', &extent))
                    return flaw("its shape has an extent that no 64-bit integer can hold");
            if (at_ == begin) return syntax("an extent");
            if (negative)
                return flaw("its shape has the negative extent `-" + std::string(text_.substr(begin, at_ - begin)) +
                            "`");
            take('L');  // Python 2 wrote long integers so
            if (header_.shape.size() == npy_rank_limit)
                return flaw("its shape has more than " + std::to_string(npy_rank_limit) + " axes");
            header_.shape.push_back(extent);
            if (take(',')) continue;
            if (!take(')')) return syntax("`,` or `)`");
            break;
        }
        return {};
    }

    std::string_view text_;
    size_t at_ = 0;
    NpyHeader header_;
};

/// NumPy's code for a type, in native (little-endian) order.
std::string type_code(DType type) {
    for (const ElementType& known : element_types)
        if (known.type == type) return (item_size(type) == 1 ? "|" : "<") + std::string(known.code);
    return {};
}

}  // namespace

Fallible<size_t> npy_length_size(std::string_view magic) {
    if (magic.size() < npy_magic_size || !magic.starts_with("\x93NUMPY"))
        return flaw("it does not start as a .npy file does", "", "write it with `np.save(path, array)`");
    const auto major = static_cast<unsigned char>(magic[6]);
    if (major < 1 || major > 3)
        return flaw("it has version " + std::to_string(major) + " of the .npy format", "versions 1 to 3 are known");
    return major == 1 ? 2 : 4;
}

Fallible<int64_t> checked_element_count(const Shape& shape, size_t item) {
    int64_t nonzero = 1;  // an extent of 0 must not hide that the others are absurd
    bool empty = false;
    for (const int64_t extent : shape) {
        if (extent < 0) return flaw("its shape has the negative extent `" + std::to_string(extent) + "`");
        empty = empty || extent == 0;
        if (extent > 0 && __builtin_mul_overflow(nonzero, extent, &nonzero))
            return flaw("its shape " + to_string(shape) + " has more elements than any memory");
    }
    if (nonzero > std::numeric_limits<int64_t>::max() / static_cast<int64_t>(item))
        return flaw("its shape " + to_string(shape) + " has more elements than any memory");
    return empty ? 0 : nonzero;
}

Fallible<NpyHeader> parse_npy_dictionary(std::string_view text) { return Dictionary(text).parse(); }

std::string npy_preamble(DType type, const Shape& shape, size_t least) {
    std::string dictionary = "{'descr': '" + type_code(type) + "', 'fortran_order': False, 'shape': (";
    for (size_t axis = 0; axis < shape.size(); ++axis) {
        dictionary += (axis > 0 ? " " : "") + std::to_string(shape[axis]);
        if (axis + 1 < shape.size() || shape.size() == 1) dictionary += ",";
    }
    dictionary += "), }";
    const size_t before = npy_magic_size + 2;
    dictionary.append(63 - (before + dictionary.size()) % 64, ' ');
    if (before + dictionary.size() + 1 < least) dictionary.append(least - before - dictionary.size() - 1, ' ');
    dictionary += '\n';
    std::string result("\x93NUMPY\x01\x00", npy_magic_size);
    result += static_cast<char>(dictionary.size() & 0xFF);
    result += static_cast<char>(dictionary.size() >> 8);
    return result + dictionary;
}

}  // namespace dal
