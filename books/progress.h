// Progress: shows on one line of a terminal how far a task has come. It prints nothing if standard error is not a
// terminal.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "base/ids.h"
#include "base/notice.h"
#include "base/time.h"

namespace books {

class Progress {
 public:
  Progress(std::string what, base::Seq to)
      : what_(std::move(what)), to_(to), shown_(isatty(STDERR_FILENO) == 1), next_(base::now().mono) {}
  ~Progress() {
    if (shown_) base::notice("\r\033[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void at(base::Seq seq) {
    if (!shown_ || base::now().mono < next_) return;
    next_ = base::now().mono + std::chrono::milliseconds(100);
    base::notice("\r{}: seq {} of {}\033[K", what_, seq, to_);
  }

 private:
  const std::string what_;
  const base::Seq to_;
  const bool shown_;
  base::Mono next_;
};

}  // namespace books
