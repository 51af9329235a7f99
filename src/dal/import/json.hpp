// JSON as models have it: with the bare words that Python writes (NaN is read as null, Infinity as a string), with
// numbers kept as they were written (decimals of tree libraries are float32 or float64 by their readers' rules, not
// ours), duplicate names refused, nested no deeper than 200. UBJSON too, which has the same content. Memory: about 40
// times the text at worst.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dal/support/diagnostic.hpp"

namespace dal::importer {

class Json {
  public:
    enum class Kind : uint8_t { null, boolean, integer, real, string, array, object };
    using Member = std::pair<std::string, Json>;

    Json() = default;
    static Json of(bool value);
    static Json of(int64_t value);
    static Json of(double value, std::string text);
    static Json of(std::string value);
    static Json of(std::vector<Json> items);
    static Json of(std::vector<Member> members);

    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    [[nodiscard]] bool is_null() const noexcept { return kind_ == Kind::null; }
    [[nodiscard]] bool is_number() const noexcept { return kind_ == Kind::integer || kind_ == Kind::real; }
    [[nodiscard]] bool is_string() const noexcept { return kind_ == Kind::string; }
    [[nodiscard]] bool is_array() const noexcept { return kind_ == Kind::array; }
    [[nodiscard]] bool is_object() const noexcept { return kind_ == Kind::object; }

    // The content, or nothing where it is of another kind.
    [[nodiscard]] std::optional<bool> boolean() const;
    /// Integers, and reals that are some.
    [[nodiscard]] std::optional<int64_t> integer() const;
    [[nodiscard]] std::optional<double> number() const;
    /// Of a string; empty for other kinds.
    [[nodiscard]] const std::string& string() const;
    /// A number as it was written: "3.4554005E-3"; empty for other kinds and for UBJSON.
    [[nodiscard]] const std::string& written() const;
    /// The items of an array; none for other kinds.
    [[nodiscard]] const std::vector<Json>& items() const;
    /// The members of an object in the order of the file; none for other kinds.
    [[nodiscard]] const std::vector<Member>& members() const;

    /// A member of an object; a null where it is not there, so that lookups chain: `j["config"]["units"].integer()`.
    [[nodiscard]] const Json& operator[](std::string_view name) const;
    /// An item of an array; a null where it is not there.
    [[nodiscard]] const Json& operator[](size_t index) const;
    [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
    /// Null where it is not there.
    [[nodiscard]] const Json* find(std::string_view name) const;

  private:
    Kind kind_ = Kind::null;
    bool boolean_ = false;
    int64_t integer_ = 0;
    double real_ = 0;
    std::string text_;
    std::vector<Json> items_;
    std::vector<Member> members_;
};

/// `file`, `where`: for messages. Error: bad_model_file, with the line and the column.
Result<Json> parse_json(std::string_view text, std::string_view file, std::string_view where = {});
Result<Json> parse_ubjson(std::string_view bytes, std::string_view file);

}  // namespace dal::importer
