// `pygmy top`: shows what a store does, again and again.
#pragma once

#include "tasks/tasks.h"

namespace top {

struct TopTask {
  std::uint64_t interval_ms = 1000;
  bool once = false;   // one frame, as soon as there are rates
  bool plain = false;  // one frame after the other, also on a terminal
};

// On a terminal it shows frames until a key or a signal ends it. Elsewhere, and with `json` one object a line, it
// prints them. Returns exit code 3 if the store did not answer the last question.
int run_top(const tasks::Common& common, const TopTask& task);

}  // namespace top
