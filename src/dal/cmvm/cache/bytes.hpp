// Numbers as bytes, small ones as few: for keys and for files. Reading never goes past the end and never
// allocates more than what is there. Internal to cmvm.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dal/support/int.hpp"

namespace dal::cmvm {

class ByteWriter {
  public:
    void reserve(size_t size) { bytes_.reserve(size); }
    /// Seven bits a byte, lowest first.
    void put(uint64_t value) {
        for (; value >= 128; value >>= 7) bytes_.push_back(static_cast<char>(value | 128));
        bytes_.push_back(static_cast<char>(value));
    }
    void put_signed(int64_t value) { put((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63)); }
    /// One byte for the numbers -62..63. Only written, never read: no integer's bytes begin with another one's.
    void put_int(const Int& value) {
        const int64_t bits = value.bit_length();
        if (bits <= 62) {
            const int64_t small = value.to_int64();
            put(small > 0 ? 2 * static_cast<uint64_t>(small) : 2 * static_cast<uint64_t>(-small) + 1);
            return;
        }
        put(0);  // which no small number is
        const std::string digits = value.to_string();
        put_text(digits);
    }
    void put_text(std::string_view text) {
        put(text.size());
        bytes_.append(text);
    }
    [[nodiscard]] std::string bytes() && { return std::move(bytes_); }
    [[nodiscard]] std::string_view view() const { return bytes_; }

  private:
    std::string bytes_;
};

/// After a failed read everything else fails too: check `failed` at the end.
class ByteReader {
  public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
    uint64_t get() {
        uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (rest_.empty()) break;
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= static_cast<uint64_t>(byte & 127) << shift;
            if (byte < 128) return value;
        }
        return fail();
    }
    /// At most `most`.
    uint64_t get(uint64_t most) {
        const uint64_t value = get();
        return value <= most ? value : fail();
    }
    int64_t get_signed() {
        const uint64_t value = get();
        return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
    }
    std::string_view get_text() {
        const uint64_t size = get();
        if (size > rest_.size()) {
            fail();
            return {};
        }
        const std::string_view text = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return text;
    }
    [[nodiscard]] size_t left() const { return rest_.size(); }
    [[nodiscard]] bool failed() const { return failed_; }

  private:
    uint64_t fail() {
        failed_ = true;
        rest_ = {};
        return 0;
    }
    std::string_view rest_;
    bool failed_ = false;
};

}  // namespace dal::cmvm
