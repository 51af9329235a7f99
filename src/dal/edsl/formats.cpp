#include "dal/edsl/formats.hpp"

#include "dal/edsl/session.hpp"

namespace dal::edsl {
namespace {

TensorData round_argument(const Modes& modes, const Location& at) { return {nullptr, modes.round, at}; }
TensorData overflow_argument(const Modes& modes, const Location& at) { return {nullptr, modes.overflow, at}; }

Formats formats(const TensorData& data) {
    const auto& value = std::get<sema::Formats>(data.value);
    return {value.shape, *value.formats};
}

}  // namespace

Formats fixed(const Tensor& k, const Tensor& i, const Tensor& f, Modes modes, Location at) {
    return formats(call("fixed",
                        {{"k", k.data()},
                         {"i", i.data()},
                         {"f", f.data()},
                         {"round", round_argument(modes, at)},
                         {"overflow", overflow_argument(modes, at)}},
                        {}, at));
}

Formats kbi(const Tensor& k, const Tensor& b, const Tensor& i, Modes modes, Location at) {
    return formats(call("kbi",
                        {{"k", k.data()},
                         {"b", b.data()},
                         {"i", i.data()},
                         {"round", round_argument(modes, at)},
                         {"overflow", overflow_argument(modes, at)}},
                        {}, at));
}

Formats integer(const Tensor& n, Modes modes, Location at) {
    return formats(
        call("int", {{"n", n.data()}, {"round", round_argument(modes, at)}, {"overflow", overflow_argument(modes, at)}},
             {}, at));
}

Formats unsigned_integer(const Tensor& n, Modes modes, Location at) {
    return formats(call(
        "uint", {{"n", n.data()}, {"round", round_argument(modes, at)}, {"overflow", overflow_argument(modes, at)}}, {},
        at));
}

}  // namespace dal::edsl
