// Parameters and tables whose numbers no format holds exactly, and that name none: they take the format that their
// consumers ask for. While a program is made, they are in its graph with zeros; settle() puts the rounded numbers
// there, once all consumers are known. Internal to this layer.
#pragma once

#include <map>
#include <unordered_map>

#include "dal/sema/taken_formats/format_origin.hpp"
#include "dal/sema/values/value.hpp"

namespace dal::sema {

class TensorOps;

class OpenFormats {
  public:
    /// Declares a parameter: what its name stands for from now on. A constant that needs a format is known again
    /// wherever it is moved to. `format`: of the place `weight`, taken where a format is needed.
    Value parameter(const std::string& name, const Span& span, const Span& numbers, Value value,
                    const std::optional<Placed>& format);
    /// The entries of a table that has no format, to be filled in. `exact`: of a body of these entries, or the like.
    std::shared_ptr<const std::vector<Dyadic>> table(const std::string& name, const Span& span, RealOrConstant exact,
                                                     const Span& body);
    /// The same for the same `key` again.
    std::shared_ptr<const std::vector<Dyadic>> table_of(std::shared_ptr<const void> key, const std::string& name,
                                                        const Span& span, const RealOrConstant& exact);
    [[nodiscard]] bool is_open(const std::shared_ptr<const std::vector<Dyadic>>& entries) const {
        return tables_.contains(entries.get());
    }
    /// Whether some element of a constant belongs to a parameter that needs a format.
    [[nodiscard]] bool knows(const Value& constant) const { return find(constant) != nullptr; }
    /// What tells such a constant from others; null for all that are none.
    [[nodiscard]] const void* numbers(const Value& constant) const;
    [[nodiscard]] bool has_parameters() const noexcept { return !origins_.empty(); }
    /// `result` was moved from these operands.
    void moved(const Value& result, std::span<const Source> sources, std::span<const Placed> operands);
    /// A consumer quantizes a constant to these formats.
    void ask(const Value& constant, const FormatMap& formats, const ConsumerPlace& consumer);
    /// A constant meets a variable: its node, if all that is not exact in it belongs to parameters. `test`: 0 for the
    /// program, else the number of the test, from 1.
    std::optional<NodeId> meet(const Placed& constant, Graph& graph, size_t test);
    void forget_tests();
    /// Whether nothing takes its format from consumers.
    [[nodiscard]] bool empty() const noexcept { return things_.empty(); }

    /// For `dal explain`: a parameter or a table, of the main file or of a module.
    void name(NamedFormat format, bool is_main) { (is_main ? named_ : in_modules_).push_back(std::move(format)); }

    /// Finds the formats and fills in the numbers; reports what nobody asks for, conflicts, and numbers that do not
    /// fit. Whether all is well.
    bool settle(TensorOps& e);

  private:
    using ThingId = uint32_t;
    static constexpr ThingId none = UINT32_MAX;
    struct Origin {
        ThingId thing = none;
        int64_t element = 0;
    };
    /// Where the elements of a constant come from; without a list they are those of the parameter.
    struct Origins {
        ThingId thing = none;
        std::vector<Origin> list;
        [[nodiscard]] Origin at(int64_t element) const {
            return list.empty() ? Origin{thing, element} : list[static_cast<size_t>(element)];
        }
    };
    struct Thing {
        std::string name;
        Span span;
        Span numbers;  ///< the expression
        bool is_table = false;
        RealOrConstant exact;
        std::optional<Placed> scope;                   ///< the format of the innermost `with`
        std::shared_ptr<std::vector<Dyadic>> entries;  ///< of a table
        std::vector<Asked> asked;                      ///< settled: one of a table, else one for each element
        std::optional<FormatMap> specified;            ///< settled
        bool is_reported = false;
    };
    struct Ask {
        std::shared_ptr<const Origins> origins;
        FormatMap formats;
        ConsumerPlace consumer;
    };
    struct Use {
        size_t test;
        NodeId node;
        std::shared_ptr<const Origins> origins;
        RealOrConstant exact;
        Span span;
    };

    [[nodiscard]] const std::shared_ptr<const Origins>* find(const Value& constant) const;
    void remember(const Value& constant, Origins origins);
    std::shared_ptr<const Consumers> join(TensorOps& e);
    void fill(TensorOps& e, const Use& use, const Consumers& consumers);
    void fill(TensorOps& e, Thing& table, const Consumers& consumers, const Span& use);
    /// The rounded number of one element; nothing after a report.
    std::optional<Dyadic> rounded(TensorOps& e, Thing& thing, int64_t element, const Format& format, bool may_wrap);
    void report_unasked(TensorOps& e, Thing& thing, int64_t element, const Span& use);
    void report_conflict(TensorOps& e, Thing& thing, const Asked& asked, const Consumers& consumers);
    void publish(TensorOps& e, const std::shared_ptr<const Consumers>& consumers);
    void describe(NamedFormat& named, const std::shared_ptr<const Consumers>& consumers) const;

    std::vector<Thing> things_;
    std::unordered_map<const void*, std::shared_ptr<const Origins>> origins_;  ///< by the numbers of a constant
    std::unordered_map<const void*, ThingId> tables_;                          ///< by the entries
    std::map<const void*, ThingId> keys_;
    std::vector<std::shared_ptr<const void>> kept_;  ///< the keys stay alive
    std::vector<Ask> asks_;
    std::vector<Use> uses_;
    std::vector<NamedFormat> named_;
    std::vector<NamedFormat> in_modules_;
    std::map<std::pair<FileId, uint32_t>, ThingId> by_name_;
};

/// A Value that is one of both.
RealOrConstant real_or_constant(const Value& constant);
/// Whether an element of a constant is a multiple of a power of two.
bool is_exact(const RealOrConstant& constant, int64_t element);

}  // namespace dal::sema
