// Terminal: shows frames on a terminal, and reads keys one by one.
//
// While a Terminal lives, the alternate screen is shown, without a cursor, and keys are not echoed. The destructor
// restores all of that. Ctrl-C still makes SIGINT, so the program must take its signals (tasks/interruption.h) and end
// in good order. Only sequences of ECMA-48 and xterm's alternate screen are written, which all terminals of today know.
// Errors: std::system_error if the terminal cannot be written. Threads: one; one Terminal at a time.
// Tests: tests/process/test_top.py
#pragma once

#include <termios.h>

#include <optional>
#include <string>
#include <vector>

#include "top/screen.h"

namespace top {

// Returns whether standard output is a terminal that can show frames.
bool is_terminal();

class Terminal {
 public:
  Terminal();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  Size size() const;
  // The keys that were typed since the last call. None if standard input is not a terminal.
  std::string keys() const;
  void show(const std::vector<Line>& lines) const;

 private:
  std::optional<termios> before_;  // of standard input
  bool has_colours_;
};

}  // namespace top
