#include "dal/support/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "dal/support/check.hpp"

namespace dal {
namespace {

/// What the threads share: which index is next, and what was thrown.
class Work {
  public:
    Work(size_t count, const std::function<void(size_t, size_t)>& body)
        : count_(count), thrown_at_(count), body_(body) {}

    /// Takes indexes until there are none.
    void take(size_t thread) noexcept {
        for (size_t index = next_++; index < count_; index = next_++) {
            try {
                body_(index, thread);
            } catch (...) {
                stop(index, std::current_exception());
            }
        }
    }

    void rethrow() const {
        if (thrown_) std::rethrow_exception(thrown_);
    }

  private:
    // What has a lesser index was handed out before, and still ends: so the least that throws is always found.
    void stop(size_t index, std::exception_ptr exception) {
        const std::lock_guard lock(mutex_);
        next_ = count_;
        if (thrown_ && thrown_at_ < index) return;
        thrown_ = std::move(exception);
        thrown_at_ = index;
    }

    std::atomic<size_t> next_ = 0;
    const size_t count_;
    std::mutex mutex_;
    std::exception_ptr thrown_;
    size_t thrown_at_;
    const std::function<void(size_t, size_t)>& body_;
};

/// One more thread; false if none is to be had, or no memory for it.
bool start(std::vector<std::jthread>& pool, Work& work) {
    try {
        pool.emplace_back([&work, thread = pool.size() + 1] { work.take(thread); });
        return true;
    } catch (const std::system_error&) {
        return false;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

}  // namespace

void parallel_for(size_t count, int threads, const std::function<void(size_t, size_t)>& body) {
    DAL_CHECK(threads >= 1, std::to_string(threads) + " threads");
    const size_t workers = std::min(count, static_cast<size_t>(threads));
    Work work(count, body);
    {
        std::vector<std::jthread> pool;                           // joins at the end of its scope
        while (pool.size() + 1 < workers && start(pool, work)) {  // those that there are do the rest
        }
        work.take(0);
    }
    work.rethrow();
}

}  // namespace dal
