#include "dal/sema/work_budget.hpp"

#include "dal/support/codes/limit_codes.hpp"

namespace dal::sema {

std::optional<Diagnostic> WorkBudget::charge(int64_t elements, int64_t nodes, const Span& span) {
    work_ += elements;
    if (work_ > options_.max_work)
        return error(code::program_too_large, span, "the program computes too many elements")
            .with_rule("all its tensors have at most " + std::to_string(options_.max_work) + " elements");
    if (nodes >= options_.max_nodes)
        return error(code::program_too_large, span, "the program has too many operations")
            .with_rule("it has at most " + std::to_string(options_.max_nodes) + " after all calls");
    return std::nullopt;
}

std::optional<Diagnostic> WorkBudget::charge_call(const Span& span) {
    if (++calls_ <= options_.max_calls) return std::nullopt;
    return error(code::program_too_large, span,
                 "the program makes more than " + std::to_string(options_.max_calls) + " function calls");
}

}  // namespace dal::sema
