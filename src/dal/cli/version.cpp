#include <cstdio>

#include "dal/cli/commands.hpp"

namespace dal::cli {

int version_command() {
    std::puts("dal " DAL_VERSION);
    return exit_ok;
}

}  // namespace dal::cli
