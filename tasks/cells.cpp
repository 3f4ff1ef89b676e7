#include "tasks/cells.h"

namespace tasks {

std::string escaped(std::string_view text, std::string_view marks) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || marks.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string take_until(std::string_view& cell, std::string_view ends, char& end) {
  std::string text;
  for (end = 0; !cell.empty(); cell.remove_prefix(1)) {
    if (cell.front() == '\\' && cell.size() > 1) {
      cell.remove_prefix(1);
    } else if (ends.find(cell.front()) != std::string_view::npos) {
      end = cell.front();
      cell.remove_prefix(1);
      return text;
    }
    text += cell.front();
  }
  return text;
}

}  // namespace tasks
