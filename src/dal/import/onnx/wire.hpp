// The wire format of protocol buffers: fields of varints, fixed numbers and bytes. Nothing is copied; every length is
// checked against what is there, and a message that is broken ends the walk with `is_broken`. Depth is that of the
// caller, which walks a fixed set of messages.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace dal::importer::onnx {

enum class WireType : uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

/// One field: its number in the schema, and what it holds.
struct WireField {
    uint32_t number = 0;
    WireType type = WireType::varint;
    uint64_t value = 0;        ///< of varint, fixed64 and fixed32
    std::string_view bytes{};  ///< of bytes
};

/// Walks the fields of one message.
class WireReader {
  public:
    explicit WireReader(std::string_view message) : rest_(message) {}
    /// Nothing at the end, and where the message is broken.
    std::optional<WireField> next();
    [[nodiscard]] bool is_broken() const noexcept { return broken_; }

  private:
    std::optional<uint64_t> varint();
    std::optional<uint64_t> fixed(size_t count);

    std::string_view rest_;
    bool broken_ = false;
};

/// Numbers of a repeated field, which are one field each or packed in one. False if the bytes are broken.
bool append_varints(const WireField& field, std::vector<int64_t>& values);
/// The same of floats and doubles; `size` is 4 or 8.
bool append_reals(const WireField& field, size_t size, std::vector<double>& values);

/// The number with these bits.
double real_of(uint64_t bits, size_t size);

}  // namespace dal::importer::onnx
