// Interruption: while one lives, SIGINT (Ctrl-C), SIGTERM and the end of the terminal (SIGHUP, unless it is ignored as
// under nohup) do not end the program. The command sees that one came, and ends in good order. The second signal ends
// the program, unless the command asks that it be ignored. Threads: one may live at a time.
#pragma once

#include <array>
#include <csignal>

namespace tasks {

class Interruption {
 public:
  enum class Second { kEnds, kIgnored };

  explicit Interruption(Second second = Second::kEnds);
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool came() const;

 private:
  static constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace tasks
