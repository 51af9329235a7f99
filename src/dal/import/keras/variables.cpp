#include "dal/import/keras/variables.hpp"

#include <charconv>
#include <map>
#include <utility>

#include "dal/import/problem.hpp"

namespace dal::importer::keras {
namespace {

/// The number behind `stem`: 0 for "stem" itself, 3 for "stem_3"; nothing for other names.
std::optional<size_t> number_behind(std::string_view name, std::string_view stem) {
    if (name == stem) return 0;
    if (!name.starts_with(stem) || name.size() < stem.size() + 2 || name[stem.size()] != '_') return std::nullopt;
    const std::string_view digits = name.substr(stem.size() + 1);
    size_t number = 0;
    const auto [end, flaw] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (flaw != std::errc() || end != digits.data() + digits.size() || digits[0] == '0') return std::nullopt;
    return number;
}

}  // namespace

Variables::Variables(const Hdf5Group* group, Naming naming, std::string file, std::string path)
    : group_(group), naming_(naming), file_(std::move(file)), path_(std::move(path)) {}

size_t Variables::count() const {
    if (group_ == nullptr) return 0;
    if (naming_ == Naming::by_name) return group_->datasets.size();
    const Hdf5Group* own = group_->group("vars");
    return own == nullptr ? 0 : own->datasets.size();
}

Variables Variables::part(std::string_view attribute, std::string_view name) const {
    const std::string_view path = naming_ == Naming::by_position ? attribute : name;
    return {group_ == nullptr ? nullptr : group_->group(path), naming_, file_, path_ + "/" + std::string(path)};
}

Variables Variables::numbered(std::string_view stem, size_t index) const {
    std::map<size_t, std::string_view> found;
    if (group_ != nullptr)
        for (const auto& [name, group] : group_->groups)
            if (const auto number = number_behind(name, stem)) found.emplace(*number, name);
    std::string name(stem);
    if (naming_ == Naming::by_name && index < found.size())
        name = std::next(found.begin(), static_cast<std::ptrdiff_t>(index))->second;
    else if (index > 0)
        name += "_" + std::to_string(index);
    return part(name, name);
}

Variables Variables::only_part() const {
    if (group_ == nullptr || group_->groups.size() != 1) return {nullptr, naming_, file_, path_ + "/…"};
    const auto& [name, group] = *group_->groups.begin();
    return {&group, naming_, file_, path_ + "/" + name};
}

const Hdf5Value* Variables::find(size_t position, std::string_view name) const {
    if (group_ == nullptr) return nullptr;
    if (naming_ == Naming::by_position) return group_->dataset("vars/" + std::to_string(position));
    if (const auto found = group_->datasets.find(std::string(name)); found != group_->datasets.end())
        return &found->second;
    const auto found = group_->datasets.find(std::string(name) + ":0");
    return found == group_->datasets.end() ? nullptr : &found->second;
}

Result<Tensor> Variables::at(size_t position, std::string_view name) const {
    const std::string place =
        path_ + "/" + (naming_ == Naming::by_position ? "vars/" + std::to_string(position) : std::string(name));
    const Hdf5Value* value = find(position, name);
    if (value == nullptr) return failure(bad_model_file(file_, place, "the " + std::string(name) + " is not there"));
    if (value->array() == nullptr) return failure(bad_model_file(file_, place, "is no array of numbers"));
    auto tensor = to_tensor(*value->array());
    if (!tensor) return failure(bad_model_file(file_, place, "has numbers that are not finite"));
    return std::move(*tensor);
}

Result<Tensor> Variables::at(size_t position, std::string_view name, const Shape& shape) const {
    auto tensor = at(position, name);
    if (!tensor || tensor->shape == shape) return tensor;
    const std::string place =
        path_ + "/" + (naming_ == Naming::by_position ? "vars/" + std::to_string(position) : std::string(name));
    return failure(bad_model_file(
        file_, place,
        "the " + std::string(name) + " has shape " + to_string(tensor->shape) + ", and not " + to_string(shape)));
}

}  // namespace dal::importer::keras
