#include "books/checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/print.h"
#include "tasks/output.h"

namespace books {
Check Faults::check(std::string name, std::string when_ok) const {
  if (count == 0) return {std::move(name), true, std::move(when_ok)};
  return {std::move(name), false, count == 1 ? first : fmt::format("{} faults; the first: {}", count, first)};
}

void print_checks(const std::vector<Check>& checks, bool json) {
  auto all = tasks::Json::array();
  for (const auto& check : checks) {
    all.push_back({{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}});
    if (!check.looked) all.back()["looked"] = false;
    const auto* word = check.ok ? "ok" : check.looked ? "FAILED" : "UNSEEN";
    if (!json) base::print("{:<6}  {:<8}  {}\n", word, check.name, check.detail);
  }
  const bool ok = std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.ok; });
  if (json) tasks::print_json({{"checks", all}, {"ok", ok}});
}

}  // namespace books
