// What the values of options may be, with messages in the words of this program.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace dal::cli {

/// What a person types for an enumeration; nothing else is taken, numbers neither. Completions know the names from the
/// description.
template <class T>
CLI::Validator names(std::vector<std::pair<std::string, T>> list) {
    std::string all;
    for (const auto& [name, value] : list) all += (all.empty() ? "{" : ",") + name;
    return CLI::Validator(
        [list = std::move(list)](std::string& text) {
            std::string choices;
            for (size_t j = 0; j < list.size(); ++j) {
                if (text == list[j].first) {
                    text = std::to_string(static_cast<int>(list[j].second));
                    return std::string();
                }
                choices += (j == 0 ? "`" : j + 1 == list.size() ? " or `" : ", `") + list[j].first + "`";
            }
            return "`" + text + "` is not " + choices;
        },
        all + "}");
}

/// CLI11 would take -1 for the largest number.
inline CLI::Validator natural() {
    return CLI::Validator(
        [](const std::string& text) {
            if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos)
                return "`" + text + "` is not a whole number";
            uint64_t value = 0;
            const bool fits = std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
            return fits ? std::string() : "`" + text + "` has more than 64 bits";
        },
        "");
}

/// Seconds.
inline CLI::Validator duration() {
    return CLI::Validator(
        [](const std::string& text) {
            double seconds = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
            const bool number = error == std::errc() && end == text.data() + text.size();
            // Not a number compares with nothing.
            return number && seconds >= 0 && seconds <= 1e7 ? std::string()
                                                            : "`" + text + "` is no time between 0 and 10000000 s";
        },
        "");
}

}  // namespace dal::cli
