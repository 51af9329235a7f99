#include "dal/support/check.hpp"

#include <cstring>

namespace dal {

void internal_error(const char* condition, const char* file, int line, const std::string& message) {
    const char* base = std::strstr(file, "src/dal/");
    throw InternalError(message + " [" + condition + ", " + (base ? base : file) + ":" + std::to_string(line) + "]");
}

}  // namespace dal
