#include "dal/array/npy.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <new>

#include "dal/array/npy_header.hpp"
#include "dal/array/zip.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/file.hpp"

static_assert(std::endian::native == std::endian::little, "elements are used as they are in files");

namespace dal {
namespace {

/// Gives the next `count` bytes of a .npy, or says why it cannot.
using Reader = std::function<Fallible<void>(std::byte* to, size_t count)>;

void swap_bytes(std::vector<std::byte>& bytes, size_t item) {
    if (item == 1) return;
    for (size_t at = 0; at < bytes.size(); at += item)
        std::reverse(bytes.begin() + static_cast<ptrdiff_t>(at), bytes.begin() + static_cast<ptrdiff_t>(at + item));
}

/// First-axis-fastest to last-axis-fastest, for elements of N bytes. The result is written in order: an
/// odometer over all axes but the last steps through the source.
template <size_t N>
void to_row_major(const std::byte* from, std::byte* to, const Shape& shape) {
    const size_t last = shape.size() - 1;
    std::vector<size_t> strides(shape.size());
    size_t stride = N;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
        strides[axis] = stride;
        stride *= static_cast<size_t>(shape[axis]);
    }
    std::vector<int64_t> index(shape.size());
    size_t base = 0;
    for (;;) {
        const std::byte* source = from + base;
        for (int64_t j = 0; j < shape[last]; ++j, source += strides[last], to += N) std::memcpy(to, source, N);
        size_t axis = last;
        for (;;) {
            if (axis == 0) return;
            --axis;
            base += strides[axis];
            if (++index[axis] < shape[axis]) break;
            base -= strides[axis] * static_cast<size_t>(shape[axis]);
            index[axis] = 0;
        }
    }
}

std::vector<std::byte> row_major(const std::vector<std::byte>& bytes, size_t item, const Shape& shape) {
    std::vector<std::byte> result(bytes.size());
    switch (item) {
        case 1: to_row_major<1>(bytes.data(), result.data(), shape); break;
        case 2: to_row_major<2>(bytes.data(), result.data(), shape); break;
        case 4: to_row_major<4>(bytes.data(), result.data(), shape); break;
        case 8: to_row_major<8>(bytes.data(), result.data(), shape); break;
        default: to_row_major<16>(bytes.data(), result.data(), shape); break;
    }
    return result;
}

/// A whole .npy of `size` bytes. Nothing is allocated before the header and `size` agree.
Fallible<Array> read_array(const Reader& read, uint64_t size) {
    const auto text_of = [&](size_t count) -> Fallible<std::string> {
        std::string text(count, '\0');
        if (const auto got = read(reinterpret_cast<std::byte*>(text.data()), count); !got)
            return tl::unexpected<Flaw>(got.error());
        return text;
    };
    const auto magic = text_of(std::min<uint64_t>(size, npy_magic_size));
    if (!magic) return tl::unexpected<Flaw>(magic.error());
    const auto length_size = npy_length_size(*magic);
    if (!length_size) return tl::unexpected<Flaw>(length_size.error());
    const auto length_text = text_of(*length_size);
    if (!length_text) return tl::unexpected<Flaw>(length_text.error());
    size_t length = 0;
    for (size_t j = *length_size; j-- > 0;) length = length << 8 | static_cast<unsigned char>((*length_text)[j]);
    const size_t before = npy_magic_size + *length_size;
    if (length > size - before)
        return flaw("its header claims " + std::to_string(length) + " bytes, and " + std::to_string(size - before) +
                    " are left");
    if (length > npy_header_limit)
        return flaw("its header has " + std::to_string(length) + " bytes",
                    "headers up to " + std::to_string(npy_header_limit) + " bytes are read");
    const auto dictionary = text_of(length);
    if (!dictionary) return tl::unexpected<Flaw>(dictionary.error());
    const auto header = parse_npy_dictionary(*dictionary);
    if (!header) return tl::unexpected<Flaw>(header.error());

    const size_t item = item_size(header->type);
    const auto count = checked_element_count(header->shape, item);
    if (!count) return tl::unexpected<Flaw>(count.error());
    const uint64_t needed = static_cast<uint64_t>(*count) * item;
    const uint64_t left = size - before - length;
    if (needed != left)
        return flaw("it has " + std::to_string(left) + " bytes of data, and " + to_string(header->shape) + " of " +
                    std::string(to_string(header->type)) + " needs " + std::to_string(needed));
    std::vector<std::byte> bytes(needed);
    if (const auto got = read(bytes.data(), needed); !got) return tl::unexpected<Flaw>(got.error());
    if (header->big_endian) swap_bytes(bytes, item);
    if (header->fortran_order && header->shape.size() > 1 && *count > 0) bytes = row_major(bytes, item, header->shape);
    return Array(header->shape, header->type, std::move(bytes));
}

Fallible<Array> parse_npy(std::string_view file) {
    size_t done = 0;
    const Reader read = [&](std::byte* to, size_t count) -> Fallible<void> {
        if (count > file.size() - done) return flaw("it ends after " + std::to_string(file.size()) + " bytes");
        if (count > 0) std::memcpy(to, file.data() + done, count);
        done += count;
        return {};
    };
    return read_array(read, file.size());
}

Fallible<std::map<std::string, Array>> parse_npz(std::string_view file) {
    const auto members = zip_members(file);
    if (!members) return tl::unexpected<Flaw>(members.error());
    constexpr std::string_view suffix = ".npy";
    std::map<std::string, Array> arrays;
    for (const ZipMember& member : *members) {
        const auto in_member = [&](Flaw inner) {
            inner.fact = "member `" + member.name + "`: " + inner.fact;
            return tl::unexpected<Flaw>(std::move(inner));
        };
        if (!member.name.ends_with(suffix) || member.name.size() == suffix.size())
            return flaw("member `" + member.name + "` is not an array", "each member of an .npz is named `NAME.npy`");
        ZipStream stream(member);
        auto array = read_array([&](std::byte* to, size_t count) { return stream.read(to, count); }, member.size);
        if (!array) return in_member(std::move(array.error()));
        if (auto end = stream.finish(); !end) return in_member(std::move(end.error()));
        arrays.emplace(member.name.substr(0, member.name.size() - suffix.size()), std::move(*array));
    }
    return arrays;
}

/// Runs a parser over bytes; a flaw, or memory that runs out, becomes a diagnostic about the file.
template <class Parse>
auto parse_file(const std::filesystem::path& path, const Span& origin, std::string_view bytes, const Parse& parse)
    -> Result<std::decay_t<decltype(*parse(bytes))>> {
    const auto report = [&](const Flaw& found) {
        Diagnostic diagnostic = error(code::bad_array_file, origin, "`" + path.string() + "`: " + found.fact);
        if (!found.rule.empty()) diagnostic.rules.push_back(found.rule);
        if (!found.help.empty()) diagnostic.help.push_back(found.help);
        return failure(std::move(diagnostic));
    };
    try {
        auto result = parse(bytes);
        if (!result) return report(result.error());
        return std::move(*result);
    } catch (const std::bad_alloc&) {
        return report({"its arrays need more memory than there is"});
    }
}

constexpr const char* code_form =
    "a code file holds `codes`, integers [samples, shape...] (or uint64 words [samples, shape..., words]), and `f`, "
    "integers [shape...]: value = code * 2^-f";

bool is_integer(DType type) {
    return type != DType::boolean && type != DType::float16 && type != DType::float32 && type != DType::float64 &&
           type != DType::float_extended;
}

/// Binary points farther from 0 than this are no numbers of any program, and would cost memory.
constexpr int64_t farthest_point = 1 << 16;

Fallible<std::vector<int>> binary_points(const Array& f) {
    std::vector<int> points;
    points.reserve(static_cast<size_t>(f.size()));
    for (int64_t j = 0; j < f.size(); ++j) {
        const Int point = f.at(j)->code(0).value();
        if (abs(point) > Int(farthest_point))
            return flaw("`f` has the binary point " + point.to_string() + " at element " + std::to_string(j),
                        "binary points are from -65536 to 65536");
        points.push_back(static_cast<int>(point.to_int64()));
    }
    return points;
}

Fallible<Samples> codes_of(const std::map<std::string, Array>& arrays) {
    const auto codes = arrays.find("codes");
    const auto f = arrays.find("f");
    if (arrays.size() != 2 || codes == arrays.end() || f == arrays.end()) {
        std::string names;
        constexpr size_t most = 8;
        size_t listed = 0;
        for (const auto& [name, array] : arrays) {
            if (listed == most) names += ", ...";
            if (listed++ >= most) break;
            names += (names.empty() ? "`" : ", `") + name + "`";
        }
        return flaw("it holds " + (names.empty() ? "no arrays" : names) + ", and is no code file", code_form,
                    "give one array in a .npy: `np.save(\"x.npy\", x)`");
    }
    for (const auto& [name, array] : arrays)
        if (!is_integer(array.type()))
            return flaw("`" + name + "` has elements of " + std::string(to_string(array.type())), code_form);
    const Shape& shape = f->second.shape();
    const Shape& all = codes->second.shape();
    const bool words = codes->second.type() == DType::uint64 && all.size() == shape.size() + 2 && all.back() > 0;
    if ((!words && all.size() != shape.size() + 1) || !std::equal(shape.begin(), shape.end(), all.begin() + 1))
        return flaw("`codes` has the shape " + to_string(all) + " and `f` the shape " + to_string(shape), code_form);
    auto points = binary_points(f->second);
    if (!points) return tl::unexpected<Flaw>(points.error());

    const Array& array = codes->second;
    constexpr int64_t most_words = 1 << 20;
    if (words && all.back() > most_words)
        return flaw("`codes` has " + std::to_string(all.back()) + " words for each code",
                    "a code has at most " + std::to_string(most_words) + " words");
    // Codes past 63 bits need a second word if they have no sign.
    const int limbs = words ? static_cast<int>(all.back()) : array.type() == DType::uint64 ? 2 : 1;
    Codes result(shape, all.front(), std::move(*points), limbs);
    if (words || array.type() == DType::int64) {
        if (array.byte_count() > 0) std::memcpy(result.words().data(), array.data(), array.byte_count());
        return Samples(std::move(result));
    }
    for (int64_t j = 0; j < array.size(); ++j)
        array.at(j)->code(0).value().to_words(&result.words()[static_cast<size_t>(j * limbs)],
                                              static_cast<size_t>(limbs));
    return Samples(std::move(result));
}

Fallible<Samples> parse_samples(std::string_view file) {
    if (is_zip(file)) {
        const auto arrays = parse_npz(file);
        if (!arrays) return tl::unexpected<Flaw>(arrays.error());
        return codes_of(*arrays);
    }
    auto array = parse_npy(file);
    if (!array) return tl::unexpected<Flaw>(std::move(array.error()));
    if (array->shape().empty())
        return flaw("it holds a single number", "the first axis of an input file counts the samples",
                    "for one sample, save `array[np.newaxis]`");
    return Samples(std::move(*array));
}

}  // namespace

Result<Array> read_npy(const std::filesystem::path& path, const Span& origin) {
    const auto bytes = read_file(path, origin);
    if (!bytes) return failure(bytes.error());
    return parse_file(path, origin, *bytes, parse_npy);
}

Result<std::map<std::string, Array>> read_npz(const std::filesystem::path& path, const Span& origin) {
    const auto bytes = read_file(path, origin);
    if (!bytes) return failure(bytes.error());
    return parse_file(path, origin, *bytes, parse_npz);
}

Result<Samples> read_samples(const std::filesystem::path& path) {
    const auto bytes = read_file(path);
    if (!bytes) return failure(bytes.error());
    return parse_file(path, {}, *bytes, parse_samples);
}

}  // namespace dal
