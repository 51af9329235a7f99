#include "dal/sema/names/archive_members.hpp"

#include <algorithm>

#include "dal/sema/names/suggestion.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/codes/name_codes.hpp"

namespace dal::sema {
namespace {

/// What divides a name into a path, in the archives of state dicts (`fc1.weight`) and of layers (`dense/kernel:0`).
constexpr std::string_view separators = "./";

/// Calls `use` with the name of each array below a prefix, without the prefix.
template <class Use>
void for_each_below(const NpzFile& file, const std::string& prefix, const Use& use) {
    for (const char separator : separators) {
        const std::string begin = prefix + separator;
        for (auto at = file.members().lower_bound(begin); at != file.members().end() && at->first.starts_with(begin);
             ++at)
            if (!use(at->first.substr(begin.size()))) return;
    }
}

bool is_prefix(const NpzFile& file, const std::string& name) {
    bool found = false;
    for_each_below(file, name, [&](const std::string&) {
        found = true;
        return false;
    });
    return found;
}

Diagnostic unknown_name(const Members& of, const std::string& name, const Span& span) {
    const std::string file = "`" + of.archive->file + "`";
    Diagnostic d =
        error(code::unknown_member, span,
              file + " has no member `" + name + "`" + (of.prefix.empty() ? "" : " below `" + of.prefix + "`"));
    std::vector<std::string> names = names_in(of);
    d.rules.push_back(names.empty() ? "it has no members" : "its members are " + listed_names(names));
    if (!names.empty() && !of.prefix.empty())
        d.rules.back() = "the members below `" + of.prefix + "` are " + listed_names(names);
    // A prefix may have been meant.
    const size_t arrays = names.size();
    for (size_t j = 0; j < arrays; ++j)
        if (const size_t end = names[j].find_first_of(separators); end != std::string::npos)
            names.push_back(names[j].substr(0, end));
    std::sort(names.begin(), names.end());
    if (const std::string_view best = nearest(name, names); !best.empty())
        d.help.push_back("did you mean `" + written_member(std::string(best)) + "`?");
    return d;
}

}  // namespace

FoundMember find_member(const Members& of, const std::string& name) {
    const NpzFile& file = of.archive->content;
    std::vector<std::string> names;
    if (of.prefix.empty())
        names.push_back(name);
    else
        for (const char separator : separators) names.push_back(of.prefix + separator + name);
    FoundMember found{{}, true};
    for (const std::string& whole : names)
        if (file.members().contains(whole)) found.names.push_back(whole);
    if (!found.names.empty()) return found;
    found.is_array = false;
    for (const std::string& whole : names)
        if (is_prefix(file, whole)) found.names.push_back(whole);
    return found;
}

std::vector<std::string> names_in(const Members& of) {
    std::vector<std::string> names;
    const NpzFile& file = of.archive->content;
    if (of.prefix.empty()) {
        for (const auto& [name, packed] : file.members()) names.push_back(name);
        return names;
    }
    for_each_below(file, of.prefix, [&](std::string name) {
        names.push_back(std::move(name));
        return true;
    });
    return names;
}

std::string written_member(const std::string& name) {
    const auto is_letter = [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool is_word = !name.empty() && !is_digit(name.front()) &&
                         std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || is_digit(c); });
    if (is_word) return name;
    std::string text = "[\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + "\"]";
}

Value TensorOps::member(const Members& of, const std::string& name, const Span& span) {
    const FoundMember found = find_member(of, name);
    if (found.names.empty()) return report(unknown_name(of, name, span));
    if (found.names.size() > 1)
        return report(error(code::unknown_member, span,
                            "`" + name + "` may be `" + found.names[0] + "` and `" + found.names[1] + "`")
                          .with_rule("`.` and `/` divide the names of members into prefixes")
                          .with_help("name it from the archive: `" + written_member(found.names[0]) + "`"));
    const std::string& whole = found.names.front();
    if (!found.is_array) return Members{of.archive, whole};
    auto& values = of.archive->values;
    if (const auto known = values.find(whole); known != values.end()) return known->second;
    Value& value = values[whole];
    const ReadLimit limit = files_.member_limit(options_.max_elements);
    auto array = of.archive->content.read(whole, limit, span, of.archive->unsaid);
    if (!array && limit.elements < options_.max_elements)
        array.error().front().rules.emplace_back(
            "the members of all archives together have at most as many elements as a tensor, and 16 for each byte");
    if (!array) return value = report(std::move(array.error()));
    files_.add_unpacked(array->size());
    value = array_value(*array, "`" + whole + "` of `" + of.archive->file + "`", span);
    const auto* constant = std::get_if<Constant>(&value);
    // Numbers of types that a file does not say are not written back.
    if (written_ && constant && !of.archive->unsaid) written_->array(*constant, of.archive->path, whole, span);
    return value;
}

}  // namespace dal::sema
