#include "top/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "base/print.h"
#include "tasks/output.h"

namespace top {
namespace {

constexpr std::string_view kBegin = "\033[?1049h\033[?25l\033[?7l";  // alternate screen, no cursor, no wrapping
constexpr std::string_view kEnd = "\033[?7h\033[?25h\033[?1049l";
constexpr std::string_view kHome = "\033[H";
constexpr std::string_view kEndLine = "\033[0m\033[K";  // plain again, and nothing of the last frame to the right
constexpr std::string_view kEndFrame = "\033[J";

void write(std::string_view text) {
  base::print_exact(text);
  tasks::flush_output();
}

std::string_view sequence(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kTitle:
      return "\033[1m";
    case Style::kBad:
      return "\033[1;31m";
    case Style::kQuiet:
      return "\033[2m";
  }
  return {};
}

}  // namespace

bool is_terminal() {
  const char* type = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && type != nullptr && *type != '\0' && std::string_view(type) != "dumb";
}

Terminal::Terminal() : has_colours_(tasks::colours(STDOUT_FILENO)) {
  termios mode{};
  if (isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &mode) == 0) {
    before_ = mode;
    mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    mode.c_cc[VMIN] = 0;
    mode.c_cc[VTIME] = 0;
    mode.c_cc[VSUSP] = _POSIX_VDISABLE;  // a program that is stopped could not restore the terminal
    tcsetattr(STDIN_FILENO, TCSANOW, &mode);
  }
  write(kBegin);
}

// The terminal may be gone.
Terminal::~Terminal() {
  try {
    write(kEnd);
  } catch (const std::exception&) {
  }
  if (before_) tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
}

Size Terminal::size() const {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {80, 24};
  return {size.ws_col, size.ws_row};
}

std::string Terminal::keys() const {
  std::array<char, 64> typed{};
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (!before_ || poll(&input, 1, 0) <= 0) return {};
  const auto count = ::read(STDIN_FILENO, typed.data(), typed.size());
  return count > 0 ? std::string(typed.data(), static_cast<std::size_t>(count)) : std::string();
}

void Terminal::show(const std::vector<Line>& lines) const {
  std::string frame(kHome);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) frame += "\r\n";
    if (has_colours_) frame += sequence(lines[i].style);
    frame += lines[i].text;
    frame += kEndLine;
  }
  write(frame += kEndFrame);
}

}  // namespace top
