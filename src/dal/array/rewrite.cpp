#include "dal/array/rewrite.hpp"

#include <cstring>
#include <limits>
#include <optional>
#include <vector>

#include "dal/array/npy_header.hpp"
#include "dal/array/zip.hpp"
#include "dal/support/check.hpp"
#include "dal/support/file.hpp"

namespace dal {
namespace {

template <class T>
bool holds(const std::vector<int64_t>& numbers) {
    for (const int64_t number : numbers)
        if (number < static_cast<int64_t>(std::numeric_limits<T>::min()) ||
            (number > 0 && static_cast<uint64_t>(number) > static_cast<uint64_t>(std::numeric_limits<T>::max())))
            return false;
    return true;
}

bool has_room(DType type, const std::vector<int64_t>& numbers) {
    switch (type) {
        case DType::int8: return holds<int8_t>(numbers);
        case DType::int16: return holds<int16_t>(numbers);
        case DType::int32: return holds<int32_t>(numbers);
        case DType::int64: return true;
        case DType::uint8: return holds<uint8_t>(numbers);
        case DType::uint16: return holds<uint16_t>(numbers);
        case DType::uint32: return holds<uint32_t>(numbers);
        case DType::uint64: return holds<uint64_t>(numbers);
        case DType::float32: {
            constexpr int64_t most = 1 << 24;
            for (const int64_t number : numbers)
                if (number > most || number < -most) return false;
            return true;
        }
        case DType::float64: return true;
        case DType::boolean:
        case DType::float16:
        case DType::float_extended: return false;
    }
    return false;
}

void store(DType type, int64_t number, std::byte* to) {
    const auto put = [&](auto value) { std::memcpy(to, &value, sizeof value); };
    switch (type) {
        case DType::int8: return put(static_cast<int8_t>(number));
        case DType::int16: return put(static_cast<int16_t>(number));
        case DType::int32: return put(static_cast<int32_t>(number));
        case DType::int64: return put(number);
        case DType::uint8: return put(static_cast<uint8_t>(number));
        case DType::uint16: return put(static_cast<uint16_t>(number));
        case DType::uint32: return put(static_cast<uint32_t>(number));
        case DType::uint64: return put(static_cast<uint64_t>(number));
        case DType::float32: return put(static_cast<float>(number));
        case DType::float64: return put(static_cast<double>(number));
        case DType::boolean:
        case DType::float16:
        case DType::float_extended: break;
    }
    internal_error("type", __FILE__, __LINE__, "elements of this type are not stored");
}

/// All elements as integers, if they are.
std::optional<std::vector<int64_t>> integers_of(const Array& array) {
    std::vector<int64_t> numbers;
    numbers.reserve(static_cast<size_t>(array.size()));
    for (int64_t element = 0; element < array.size(); ++element) {
        const auto value = array.at(element);
        const auto number = value ? Rational(*value).to_int64() : std::nullopt;
        if (!number) return std::nullopt;
        numbers.push_back(*number);
    }
    return numbers;
}

}  // namespace

Array with_integers(const Array& array, const std::map<int64_t, int64_t>& numbers) {
    std::vector<int64_t> written;
    for (const auto& [element, number] : numbers) written.push_back(number);
    if (has_room(array.type(), written)) {
        std::vector<std::byte> bytes(array.data(), array.data() + array.byte_count());
        for (const auto& [element, number] : numbers)
            store(array.type(), number, bytes.data() + static_cast<size_t>(element) * item_size(array.type()));
        return Array(array.shape(), array.type(), std::move(bytes));
    }
    auto all = integers_of(array);
    DAL_CHECK(all, "an array that has numbers of formats consists of integers");
    for (const auto& [element, number] : numbers) (*all)[static_cast<size_t>(element)] = number;
    const DType type = has_room(DType::int16, *all) ? DType::int16 : DType::int32;
    DAL_CHECK(has_room(type, *all), "numbers of formats have few bits");
    std::vector<std::byte> bytes(static_cast<size_t>(array.size()) * item_size(type));
    for (size_t element = 0; element < all->size(); ++element)
        store(type, (*all)[element], bytes.data() + element * item_size(type));
    return Array(array.shape(), type, std::move(bytes));
}

std::string npy_file(const Array& array) {
    std::string bytes = npy_preamble(array.type(), array.shape());
    if (array.byte_count() > 0) bytes.append(reinterpret_cast<const char*>(array.data()), array.byte_count());
    return bytes;
}

Result<std::string> npz_with(const std::filesystem::path& path, const std::map<std::string, Array>& members) {
    const auto file = read_file(path);
    if (!file) return failure(file.error());
    const auto list = zip_members(*file);
    if (!list) return failure(about_file(path, {}, list.error()));
    ZipWriter zip;
    for (const ZipMember& member : *list) {
        constexpr std::string_view suffix = ".npy";
        const std::string name =
            member.name.ends_with(suffix) ? member.name.substr(0, member.name.size() - suffix.size()) : member.name;
        if (const auto replaced = members.find(name); replaced != members.end()) {
            zip.add(member.name, npy_file(replaced->second));
            continue;
        }
        zip.add_as_it_is(member);
    }
    return zip.finish();
}

}  // namespace dal
