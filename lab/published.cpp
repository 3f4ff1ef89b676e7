#include "lab/published.h"

#include <fmt/format.h>

#include <array>

namespace lab {
namespace {

struct Published {
  char letter;
  std::string_view figure;
  std::uint64_t year;
  double least_ms, most_ms;  // equal if one number was published
};

constexpr auto kPublished = std::to_array<Published>({
    {'a', "look-up, no cache", 2019, 15.8, 15.8},
    {'a', "look-up, cache", 2019, 7.9, 7.9},
    {'a', "buy, cache", 2019, 48, 48},
    {'a', "look-up, no cache", 2020, 100.8, 100.8},
    {'a', "look-up, cache", 2020, 90.1, 90.1},
    {'a', "look-up, no cache, 5 clients", 2022, 72.6, 72.6},
    {'a', "buy, no cache, 5 clients", 2022, 80.2, 80.2},
    {'a', "order query, 5 clients", 2022, 61.3, 61.3},
    {'b', "request, cache, over all p", 2022, 47.0, 49.3},
    {'b', "request, no cache, over all p", 2022, 57.0, 62.4},
    {'b', "request, cache, over all p", 2023, 65, 83},
    {'c', "hit", 2020, 1.9, 1.9},
    {'c', "miss", 2020, 9.04, 9.04},
    {'d', "buy, no cache", 2020, 374, 374},
    {'d', "buy, cache", 2020, 397, 397},
});

Cell range(double least, double most) {
  if (least == most) return fmt::format("{:g}", least);
  return fmt::format("{:g} to {:g}", least, most);
}

}  // namespace

Table beside_published(char letter, const Figures& ours) {
  Table table{fmt::format("{}-published", letter),
              "published figures beside these (milliseconds, means)",
              {"figure", "lab of", "published", "measured here", "published / here"},
              {}};
  for (const auto& one : kPublished) {
    const auto found = ours.find(one.figure);
    if (one.letter != letter || found == ours.end() || found->second <= 0) continue;
    table.rows.push_back({std::string(one.figure), one.year, range(one.least_ms, one.most_ms), found->second,
                          (one.least_ms + one.most_ms) / 2 / found->second});
  }
  return table;
}

}  // namespace lab
