// check: decides whether one shop that handles one request after the other could have given all answers in the records.
#include <fmt/format.h>

#include <chrono>

#include "base/print.h"
#include "history/history.h"
#include "tasks/output.h"
#include "tasks/record.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

constexpr std::size_t kOperationsShown = 30;

struct Checked {
  history::Operations operations;
  history::Verdict verdict;
  history::Time origin = 0;
  std::uint64_t took_ms = 0;
};

std::string_view word_of(history::Result result) {
  if (result == history::Result::kHolds) return "holds";
  return result == history::Result::kViolated ? "violated" : "not decided";
}

std::string_view sentence_of(history::Result result) {
  switch (result) {
    case history::Result::kHolds:
      return "holds: one shop that handles one request after the other can have given all answers";
    case history::Result::kViolated:
      return "violated: no such shop can have given these answers";
    case history::Result::kNotDecided:
      return "not decided: nothing wrong was found, but not all was tried";
  }
  return {};
}

std::vector<std::string> texts(const Checked& checked, const history::Violation& violation) {
  std::vector<std::string> all;
  for (const auto index : violation.operations) {
    if (all.size() == kOperationsShown) break;
    all.push_back(history::describe(checked.operations[index], checked.origin));
  }
  const auto more = violation.operations.size() - all.size();
  if (more > 0) all.push_back(fmt::format("... and {} more", more));
  return all;
}

Json json_of(const Checked& checked) {
  const auto& verdict = checked.verdict;
  Json json{{"verdict", word_of(verdict.result)},
            {"operations", verdict.operations},
            {"items", verdict.items},
            {"orders", verdict.orders},
            {"unanswered", verdict.unanswered},
            {"unsettled", verdict.unsettled},
            {"steps", verdict.steps},
            {"ms", checked.took_ms},
            {"violations", Json::array()},
            {"violations_found", verdict.violations_found},
            {"not_decided", Json::array()}};
  for (const auto& violation : verdict.violations) {
    json["violations"].push_back(
        {{"part", violation.part}, {"why", violation.why}, {"operations", texts(checked, violation)}});
  }
  for (const auto item : verdict.not_decided) json["not_decided"].push_back(item.value());
  return json;
}

void print(const Checked& checked) {
  const auto& verdict = checked.verdict;
  base::print("{} operations on {} items, {} orders; {} without a definite answer, {} writes of unknown outcome; {}\n",
              verdict.operations, verdict.items, verdict.orders, verdict.unanswered, verdict.unsettled,
              duration_text(checked.took_ms));
  for (const auto& violation : verdict.violations) {
    base::print("\n{}: {}\n", violation.part, violation.why);
    for (const auto& text : texts(checked, violation)) base::print("  {}\n", text);
  }
  if (verdict.violations_found > verdict.violations.size()) {
    base::print("\n... and {} more\n", verdict.violations_found - verdict.violations.size());
  }
  for (const auto item : verdict.not_decided) base::print("item {}: too many orders are possible to try all\n", item);
  base::print("{}\n", sentence_of(verdict.result));
}

history::Time first(const history::Operations& operations) {
  auto origin = history::kNever;
  for (const auto& operation : operations) origin = std::min(origin, operation.invoked);
  return origin;
}

}  // namespace

int check(const CheckTask& task) {
  const auto begin = base::now().mono;
  auto operations = read_records(task.files);
  if (!operations) return usage_error(operations.error().message);
  Checked checked{std::move(*operations), {}, 0, 0};
  checked.origin = first(checked.operations);
  checked.verdict = history::check(checked.operations);
  checked.took_ms = base::micros(base::now().mono - begin) / 1000;
  if (task.json) {
    print_json(json_of(checked));
  } else {
    print(checked);
  }
  if (checked.verdict.result == history::Result::kHolds) return kDone;
  return checked.verdict.result == history::Result::kViolated ? kRefused : kUnknown;
}

}  // namespace tasks
