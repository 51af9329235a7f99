#include "dal/array/rewrite.hpp"

#include <cstring>
#include <optional>
#include <vector>

#include "dal/array/npy_header.hpp"
#include "dal/array/zip.hpp"
#include "dal/support/check.hpp"
#include "dal/support/file.hpp"

namespace dal {
namespace {

/// Stores `number` in an element of a type that numbers of formats are written as; false, and nothing, if the type is
/// none of those.
bool store(DType type, int64_t number, std::byte* to) {
    const auto put = [&](auto value) {
        std::memcpy(to, &value, sizeof value);
        return true;
    };
    if (type == DType::int8) return put(static_cast<int8_t>(number));
    if (type == DType::int16) return put(static_cast<int16_t>(number));
    if (type == DType::int32) return put(static_cast<int32_t>(number));
    if (type == DType::int64) return put(number);
    if (type == DType::uint8) return put(static_cast<uint8_t>(number));
    if (type == DType::uint16) return put(static_cast<uint16_t>(number));
    if (type == DType::uint32) return put(static_cast<uint32_t>(number));
    if (type == DType::uint64) return put(static_cast<uint64_t>(number));
    if (type == DType::float32) return put(static_cast<float>(number));
    if (type == DType::float64) return put(static_cast<double>(number));
    return false;
}

/// Whether elements of this type are written, and hold these numbers.
bool has_room(DType type, const std::vector<int64_t>& numbers) {
    std::vector<std::byte> bytes(item_size(type));
    for (const int64_t number : numbers) {
        if (!store(type, number, bytes.data())) return false;
        if (Array(Shape{}, type, bytes).at(0) != Dyadic(Int(number))) return false;
    }
    return true;
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
    written.reserve(numbers.size());
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
