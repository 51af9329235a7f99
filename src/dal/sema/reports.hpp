// What is wrong with a program, collected: each diagnostic with the function calls that led to it. Internal to this
// layer.
#pragma once

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "dal/sema/values/value.hpp"
#include "dal/support/diagnostic.hpp"
#include "dal/support/source.hpp"

namespace dal::sema {

class Reports {
  public:
    struct Frame {
        Span call;
        std::string function;
    };

    explicit Reports(SourceMap& sources) : sources_(sources) {}

    /// Adds the calls that led here; a second report of the same thing at the same place is dropped.
    Poison add(Diagnostic diagnostic);
    Poison add(Diagnostics diagnostics);
    [[nodiscard]] bool empty() const noexcept { return diagnostics_.empty(); }
    /// Whether more was reported than a person reads; what came after is lost.
    [[nodiscard]] bool overflown() const noexcept { return overflown_; }
    /// What was reported since the last call.
    Diagnostics take();
    /// Begins with what parsing said.
    void start(Diagnostics parsing) { diagnostics_ = std::move(parsing); }

    [[nodiscard]] SourceMap& sources() noexcept { return sources_; }
    /// What is written there, if it is short.
    [[nodiscard]] std::string source_text(const Span& span) const;

    // The function calls that are under way.
    void enter(Frame frame) { frames_.push_back(std::move(frame)); }
    void leave() { frames_.pop_back(); }
    [[nodiscard]] const std::vector<Frame>& frames() const noexcept { return frames_; }
    [[nodiscard]] Span outermost_call() const { return frames_.empty() ? Span{} : frames_.front().call; }

    /// What is found in a file of the standard library is reported where the program calls it.
    void add_library(FileId file) { library_.insert(file); }
    [[nodiscard]] bool is_library(FileId file) const { return library_.contains(file); }

  private:
    SourceMap& sources_;
    Diagnostics diagnostics_;
    std::set<std::tuple<Code, FileId, uint32_t, uint32_t>> reported_;
    std::set<FileId> library_;
    std::vector<Frame> frames_;  ///< outermost first
    bool overflown_ = false;
};

}  // namespace dal::sema
