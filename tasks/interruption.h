// Interruption: while one lives, SIGINT (Ctrl-C) and SIGTERM do not end the program. The command sees that one came,
// and ends in good order. The second signal ends the program. Threads: one may live at a time.
#pragma once

#include <csignal>

namespace tasks {

class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool came() const;

 private:
  struct sigaction int_ {};
  struct sigaction term_ {};
};

}  // namespace tasks
