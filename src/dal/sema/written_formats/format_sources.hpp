// Follows formats and the numbers in them from where they are written to the quantizers that use them, while a program
// is elaborated. Values share their elements, so that an element vector's address tells what it came from, through
// names, arguments and scopes; data movement is followed, arithmetic is not. Internal to this layer.
#pragma once

#include <map>
#include <unordered_map>

#include "dal/sema/values/value.hpp"
#include "dal/sema/written_formats/written_formats.hpp"

namespace dal::sema {

class FormatSources {
  public:
    void literal(const Constant& value, const Span& span);
    void array(const Constant& value, std::filesystem::path file, std::string member, const Span& span);
    void file(std::filesystem::path path) { written_.files.push_back(std::move(path)); }
    /// `formats` broadcasts these parts; null: has none of its own.
    void call(const Formats& formats, FormatFunction function, const Span& span, const Constant* k, const Constant* i,
              const Constant& last);
    /// `result` is made of elements of `operands`, which are of the same kind.
    void moved(const Value& result, const std::vector<Source>& sources, std::span<const Placed> operands);
    void quantizer(NodeId node, const Formats& formats, const Shape& shape, const Span& span) {
        written_.quantizers.push_back(format_of(node, formats, shape, span));
    }
    /// `node`: of Program::constant_quantizers.
    void constant_quantizer(NodeId node, const Formats& formats, const Shape& shape, const Span& span) {
        written_.constant_quantizers.push_back(format_of(node, formats, shape, span));
    }
    WrittenFormats take() { return std::move(written_); }

  private:
    struct Numbers {
        int32_t whole = -1;  ///< all elements of this source, in order; or
        std::vector<WrittenNumber> elements;
        [[nodiscard]] WrittenNumber at(int64_t element) const;
    };
    using SourceKey = std::tuple<FileId, uint32_t, uint32_t, std::string, std::string>;

    int32_t source(SourceKey key, NumberSource source);
    void keep(const std::shared_ptr<const void>& elements) { kept_.push_back(elements); }
    [[nodiscard]] const Numbers* numbers_of(const Constant& value) const;
    [[nodiscard]] QuantizerFormat format_of(NodeId node, const Formats& formats, const Shape& shape,
                                            const Span& span) const;

    WrittenFormats written_;
    std::map<SourceKey, int32_t> source_ids_;
    std::map<std::tuple<FileId, uint32_t, uint32_t>, int32_t> call_ids_;
    std::unordered_map<const void*, Numbers> numbers_;
    std::unordered_map<const void*, std::vector<WrittenFormat>> formats_;
    std::vector<std::shared_ptr<const void>> kept_;  ///< so that no address is used again
};

}  // namespace dal::sema
