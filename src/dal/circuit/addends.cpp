#include "dal/circuit/addends.hpp"

namespace dal::circuit {

Addends addends(const Circuit& circuit, const Operation& operation) {
    Addends result;
    result.all[0] = {operation.a, 0, false};
    result.all[1] = {operation.b, operation.shift, operation.kind == Kind::sub};
    for (size_t j = 0; j < 2; ++j) {
        const Addend whole = result.all[j];
        const Operation& inner = circuit[whole.wire];
        if (!inner.merged) continue;
        if (j == 0) result.all[2] = result.all[1];
        const size_t second = j == 0 ? 1 : 2;
        result.all[j] = {inner.a, whole.shift, whole.negative};
        result.all[second] = {inner.b, whole.shift + inner.shift, whole.negative != (inner.kind == Kind::sub)};
        result.count = 3;
        break;
    }
    return result;
}

}  // namespace dal::circuit
