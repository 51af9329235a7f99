// dal for C++ programs: everything in one include. Guide: docs/embedded.md.
//
//     #include <dal/dal.hpp>
//     using namespace dal::edsl;
//
//     Program p;
//     const Tensor x = p.input("x", real, {16});
//     p.output("y", relu(einsum("i,io->o", quantize(x, fixed(1, 3, 4)), load("w.npy"))));
//     const Outputs outputs = p.run({{"x", samples}});
//     p.build({.directory = "out", .stages = 3});
#pragma once

#include "dal/driver/options.hpp"
#include "dal/edsl/constants.hpp"
#include "dal/edsl/error.hpp"
#include "dal/edsl/formats.hpp"
#include "dal/edsl/functions.hpp"
#include "dal/edsl/import.hpp"
#include "dal/edsl/number.hpp"
#include "dal/edsl/places.hpp"
#include "dal/edsl/program.hpp"
#include "dal/edsl/table.hpp"
#include "dal/edsl/tensor.hpp"

#ifdef DAL_RESOURCE_ROOT  // set by find_package(dal): where the standard library and the simulation harness are
namespace dal {
void set_resource_root(std::filesystem::path root);
namespace edsl {
inline const bool resource_root_is_set = (set_resource_root(DAL_RESOURCE_ROOT), true);
}
}  // namespace dal
#endif
