#include "dal/array/npy_reader.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

static_assert(std::endian::native == std::endian::little, "elements are used as they are in files");

namespace dal {
namespace {

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
        case 12: to_row_major<12>(bytes.data(), result.data(), shape); break;
        default: to_row_major<16>(bytes.data(), result.data(), shape); break;
    }
    return result;
}

/// The type of elements that a header calls `said`.
Fallible<DType> full_type(DType said, const UnsaidType& unsaid) {
    const bool fits = unsaid && item_size(*unsaid) == item_size(said);
    if (said == DType::float_extended) return fits ? *unsaid : said;
    if (said != DType::raw8) return said;
    if (fits) return *unsaid;
    if (unsaid)
        return flaw("its elements have 1 byte, and " + std::string(to_string(*unsaid)) + " has " +
                    std::to_string(item_size(*unsaid)));
    return flaw("its elements have the type `V1`, which NumPy writes for several types of one byte",
                "the file does not say which of them it is",
                "say it, `type: \"float8_e4m3fn\"` in `load`, or save `array.astype(np.float32)`");
}

}  // namespace

Fallible<NpyReader> NpyReader::open(const ByteSource& source, uint64_t size) {
    const auto text_of = [&](size_t count) -> Fallible<std::string> {
        std::string text(count, '\0');
        if (const auto got = source(reinterpret_cast<std::byte*>(text.data()), count); !got)
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
    auto header = parse_npy_dictionary(*dictionary);
    if (!header) return tl::unexpected<Flaw>(header.error());

    const size_t item = item_size(header->type);
    const auto count = checked_element_count(header->shape, item);
    if (!count) return tl::unexpected<Flaw>(count.error());
    const uint64_t needed = static_cast<uint64_t>(*count) * item;
    const uint64_t left = size - before - length;
    if (size != unknown_size && needed != left)
        return flaw("it has " + std::to_string(left) + " bytes of data, and " + to_string(header->shape) + " of " +
                    std::string(to_string(header->type)) + " needs " + std::to_string(needed));
    return NpyReader(source, std::move(*header), *count);
}

Fallible<Array> NpyReader::read(const ReadLimit& limit, const UnsaidType& unsaid) const {
    const auto type = full_type(header_.type, unsaid);
    if (!type) return tl::unexpected<Flaw>(type.error());
    if (elements_ > limit.elements)
        return flaw("its shape " + to_string(header_.shape) + " has " + std::to_string(elements_) + " elements",
                    "at most " + std::to_string(limit.elements) + " elements are read");
    auto bytes = data(elements_);
    if (!bytes) return tl::unexpected<Flaw>(std::move(bytes.error()));
    if (header_.fortran_order && header_.shape.size() > 1 && elements_ > 0)
        bytes = row_major(*bytes, item_size(header_.type), header_.shape);
    return Array(header_.shape, *type, std::move(*bytes));
}

Fallible<Array> NpyReader::next(int64_t count, const UnsaidType& unsaid) const {
    const auto type = full_type(header_.type, unsaid);
    if (!type) return tl::unexpected<Flaw>(type.error());
    Shape shape = header_.shape;
    shape.front() = count;
    auto bytes = data(element_count(shape));
    if (!bytes) return tl::unexpected<Flaw>(std::move(bytes.error()));
    return Array(std::move(shape), *type, std::move(*bytes));
}

Fallible<std::vector<std::byte>> NpyReader::data(int64_t elements) const {
    const size_t item = item_size(header_.type);
    std::vector<std::byte> bytes(static_cast<size_t>(elements) * item);
    if (const auto got = (*source_)(bytes.data(), bytes.size()); !got) return tl::unexpected<Flaw>(got.error());
    if (header_.big_endian) swap_bytes(bytes, item);
    return bytes;
}

}  // namespace dal
