// Internal consistency checks. A failed check is a bug in dal, never a mistake of the user
// (those are diagnostics): it throws InternalError, which the command line reports as such.
#pragma once

#include <stdexcept>
#include <string>

namespace dal {

/// A broken invariant inside dal. The message says what was expected, where, and the values.
class InternalError : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

[[noreturn]] void internal_error(const char* condition, const char* file, int line, const std::string& message);

}  // namespace dal

/// Throws InternalError with `message` (any expression that makes a std::string) if `condition` is
/// false. Active in every build type: the checks are cheap next to what they guard.
#define DAL_CHECK(condition, message)                                         \
    do {                                                                      \
        if (!(condition)) [[unlikely]]                                        \
            ::dal::internal_error(#condition, __FILE__, __LINE__, (message)); \
    } while (false)
