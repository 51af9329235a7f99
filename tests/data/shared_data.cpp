#include "data/shared_data.hpp"

#include <cstdlib>

namespace dal::testing {

std::filesystem::path shared_data() {
    const char* set = std::getenv("DAL_SHARED_DATA");
    return set != nullptr ? set : DAL_SOURCE_DIR "/../shared/data";
}

}  // namespace dal::testing
