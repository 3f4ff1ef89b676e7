#include "cli/suggest.h"

#include <algorithm>
#include <utility>

namespace cli {
namespace {

constexpr std::size_t kWordMax = 40;  // no command and no option is as long; the work grows with the square

bool is_near(std::string_view word, const std::string& candidate, std::size_t distance) {
  const bool begun = word.size() >= 3 && candidate.compare(0, word.size(), word) == 0;
  return begun || distance <= std::clamp<std::size_t>(word.size() / 3, 1, 2);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      auto& cell = rows[i][j];
      cell = std::max(i, j);
      if (i == 0 || j == 0) continue;
      cell = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cell = std::min(cell, rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.size()][b.size()];
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string found;
  std::pair<std::size_t, std::size_t> least;
  if (word.size() > kWordMax) return found;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(word, candidate);
    // If two are equally near, takes the one of the word's length: letters are swapped more often than left out.
    const std::pair far(distance, std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size()));
    if (!is_near(word, candidate, distance) || (!found.empty() && far >= least)) continue;
    found = candidate;
    least = far;
  }
  return found;
}

std::string_view meant_by(std::string_view word) {
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {{"delete", "edit ID --retire"},
                                                                             {"find", "search"},
                                                                             {"items", "search"},
                                                                             {"list", "search"},
                                                                             {"move", "transfer"},
                                                                             {"refund", "cancel"},
                                                                             {"remove", "edit ID --retire"},
                                                                             {"retire", "edit ID --retire"},
                                                                             {"return", "cancel"},
                                                                             {"show", "lookup"},
                                                                             {"start", "up"},
                                                                             {"stock", "lookup"},
                                                                             {"version", "--version"}};
  for (const auto& [theirs, ours] : kWords) {
    if (theirs == word) return ours;
  }
  return {};
}

}  // namespace cli
