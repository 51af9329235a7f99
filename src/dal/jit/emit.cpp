#include "dal/jit/emit.hpp"

#include "dal/support/overloaded.hpp"

namespace dal::jit {

unsigned parameters_of(const Part& part) {
    return std::visit(Overloaded{
                          [](const part::Values&) { return 2U; },
                          [](const part::Sum&) { return 2U; },
                          [](const part::ConvertSquares&) { return 4U; },
                          [](const part::ConvertColumn&) { return 4U; },
                          [](const part::DeliverSquares&) { return 3U; },
                          [](const part::DeliverColumn&) { return 3U; },
                          [](const part::DeliverConstant&) { return 3U; },
                      },
                      part);
}

void emit(const Part& part, const Plan& plan, const Schedule& schedule, bool wide_integers, llvm::Function& function) {
    std::visit(
        Overloaded{
            [&](const part::Values& values) { emit_values(plan, schedule, schedule.chunks[values.chunk], function); },
            [&](const part::Sum& sum) { emit_sum(sum, schedule, function); },
            [&](const part::ConvertSquares& p) { emit_convert(p, plan, schedule, wide_integers, function); },
            [&](const part::ConvertColumn& p) { emit_convert(p, plan, schedule, wide_integers, function); },
            [&](const part::DeliverSquares& p) { emit_deliver(p, plan, schedule, function); },
            [&](const part::DeliverColumn& p) { emit_deliver(p, schedule, function); },
            [&](const part::DeliverConstant& p) { emit_deliver(p, schedule, function); },
        },
        part);
}

}  // namespace dal::jit
