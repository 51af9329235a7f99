#include "dal/import/json.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "dal/import/problem.hpp"

namespace dal::importer {

Json Json::of(bool value) {
    Json json;
    json.kind_ = Kind::boolean;
    json.boolean_ = value;
    return json;
}
Json Json::of(int64_t value) {
    Json json;
    json.kind_ = Kind::integer;
    json.integer_ = value;
    return json;
}
Json Json::of(double value, std::string text) {
    Json json;
    json.kind_ = Kind::real;
    json.real_ = value;
    json.text_ = std::move(text);
    return json;
}
Json Json::of(std::string value) {
    Json json;
    json.kind_ = Kind::string;
    json.text_ = std::move(value);
    return json;
}
Json Json::of(std::vector<Json> items) {
    Json json;
    json.kind_ = Kind::array;
    json.items_ = std::move(items);
    return json;
}
Json Json::of(std::vector<Member> members) {
    Json json;
    json.kind_ = Kind::object;
    json.members_ = std::move(members);
    return json;
}

std::optional<bool> Json::boolean() const { return kind_ == Kind::boolean ? std::optional(boolean_) : std::nullopt; }

std::optional<int64_t> Json::integer() const {
    if (kind_ == Kind::integer) return integer_;
    constexpr double limit = 9.0e15;  // where every integer is a double
    if (kind_ == Kind::real && std::abs(real_) < limit && real_ == std::floor(real_))
        return static_cast<int64_t>(real_);
    return std::nullopt;
}

std::optional<double> Json::number() const {
    if (kind_ == Kind::integer) return static_cast<double>(integer_);
    return kind_ == Kind::real ? std::optional(real_) : std::nullopt;
}

const std::string& Json::string() const {
    static const std::string none;
    return kind_ == Kind::string ? text_ : none;
}

const std::string& Json::written() const {
    static const std::string none;
    return kind_ == Kind::real ? text_ : none;
}

const std::vector<Json>& Json::items() const { return items_; }

const std::vector<Json::Member>& Json::members() const { return members_; }

const Json* Json::find(std::string_view name) const {
    const auto found = std::ranges::find(members_, name, &Member::first);
    return found == members_.end() ? nullptr : &found->second;
}

namespace {
const Json missing;
}  // namespace

const Json& Json::operator[](std::string_view name) const {
    const Json* found = find(name);
    return found == nullptr ? missing : *found;
}

const Json& Json::operator[](size_t index) const { return index < items_.size() ? items_[index] : missing; }

namespace {

constexpr size_t most_depth = 200;

/// Builds the tree from what the library reads. Its callbacks return false to stop.
class Builder : public nlohmann::json_sax<nlohmann::json> {
  public:
    bool null() override { return add({}); }
    bool boolean(bool value) override { return add(Json::of(value)); }
    bool number_integer(number_integer_t value) override { return add(Json::of(int64_t{value})); }
    bool number_unsigned(number_unsigned_t value) override {
        if (value > static_cast<number_unsigned_t>(std::numeric_limits<int64_t>::max()))
            return add(Json::of(static_cast<double>(value), std::to_string(value)));
        return add(Json::of(static_cast<int64_t>(value)));
    }
    bool number_float(number_float_t value, const string_t& text) override { return add(Json::of(value, text)); }
    bool string(string_t& value) override { return add(Json::of(std::move(value))); }
    bool binary(binary_t& /*value*/) override { return stop("binary data"); }
    bool start_object(size_t /*count*/) override { return open(Json::Kind::object); }
    bool key(string_t& name) override {
        Level& level = levels_.back();
        if (!level.names.insert(name).second) return stop("the name `" + name + "` stands twice in an object");
        level.key = std::move(name);
        return true;
    }
    bool end_object() override { return close(); }
    bool start_array(size_t /*count*/) override { return open(Json::Kind::array); }
    bool end_array() override { return close(); }
    bool parse_error(size_t position, const std::string& /*token*/, const nlohmann::detail::exception& error) override {
        if (problem.empty()) problem = error.what();
        at = position;
        return false;
    }

    std::string problem;
    size_t at = 0;
    Json root;

  private:
    struct Level {
        Json::Kind kind;
        std::vector<Json> items{};
        std::vector<Json::Member> members{};
        std::unordered_set<std::string> names{};
        std::string key{};
    };

    bool stop(std::string why) {
        problem = std::move(why);
        return false;
    }
    bool open(Json::Kind kind) {
        if (levels_.size() == most_depth) return stop("nested deeper than 200");
        levels_.push_back({kind});
        return true;
    }
    bool close() {
        Level level = std::move(levels_.back());
        levels_.pop_back();
        return add(level.kind == Json::Kind::array ? Json::of(std::move(level.items))
                                                   : Json::of(std::move(level.members)));
    }
    bool add(Json value) {
        if (levels_.empty()) {
            root = std::move(value);
            return true;
        }
        Level& level = levels_.back();
        if (level.kind == Json::Kind::array)
            level.items.push_back(std::move(value));
        else
            level.members.emplace_back(std::move(level.key), std::move(value));
        return true;
    }

    std::vector<Level> levels_;
};

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9'); }

/// Python writes NaN, Infinity and -Infinity as bare words, which are no JSON: null, and strings.
std::string without_bare_words(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    bool in_string = false;
    for (size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (in_string) {
            if (c == '\\' && at + 1 < text.size()) result += text[at++];
            if (c == '"') in_string = false;
            result += text[at++];
            continue;
        }
        in_string = c == '"';
        const bool starts_word = at == 0 || !is_word(text[at - 1]);
        if (starts_word && text.substr(at).starts_with("NaN")) {
            result += "null";
            at += 3;
        } else if (starts_word && text.substr(at).starts_with("Infinity")) {
            const bool is_negative = !result.empty() && result.back() == '-';
            if (is_negative) result.pop_back();
            result += is_negative ? "\"-Infinity\"" : "\"Infinity\"";
            at += 8;
        } else {
            result += c;
            ++at;
        }
    }
    return result;
}

std::string place_of(std::string_view text, size_t at) {
    const std::string_view before = text.substr(0, std::min(at, text.size()));
    const auto line = std::ranges::count(before, '\n') + 1;
    const size_t start = before.rfind('\n');
    const size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1);
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// What the library says, without what it calls itself: "[json.exception.parse_error.101] parse error at line 1, …: ".
std::string plain(std::string text) {
    for (const std::string_view mark : {"syntax error while ", "parsing value - ", ": "})
        if (const size_t found = text.find(mark); found != std::string::npos && text.starts_with("["))
            text.erase(0, mark == ": " ? found + 2 : found);
    return text;
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view file, std::string_view where) {
    Builder builder;
    const std::string clean = without_bare_words(text);
    if (!nlohmann::json::sax_parse(clean, &builder)) {
        const std::string place = place_of(clean, builder.at);
        return failure(
            bad_model_file(file, where.empty() ? place : std::string(where) + ", " + place, plain(builder.problem)));
    }
    return std::move(builder.root);
}

Result<Json> parse_ubjson(std::string_view bytes, std::string_view file) {
    Builder builder;
    if (!nlohmann::json::sax_parse(bytes, &builder, nlohmann::json::input_format_t::ubjson))
        return failure(bad_model_file(file, "byte " + std::to_string(builder.at), plain(builder.problem)));
    return std::move(builder.root);
}

}  // namespace dal::importer
