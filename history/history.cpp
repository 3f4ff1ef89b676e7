#include "history/history.h"

#include <fmt/format.h>

#include <set>

#include "history/across.h"
#include "history/asked.h"
#include "history/shrink.h"

namespace history {
namespace {

class Checker {
 public:
  Checker(const Operations& operations, const Limits& limits)
      : operations_(operations), limits_(limits), findings_(operations, limits, verdict_) {}

  Verdict run() {
    verdict_.operations = operations_.size();
    for (const auto& operation : operations_) verdict_.unanswered += is_definite(operation) ? 0 : 1;
    if (!check_asked(operations_, findings_)) return std::move(verdict_);  // the rest calculates with the values
    const Keys keys(operations_, findings_);
    const Told told(operations_, keys, findings_);
    const Edits edits(operations_, keys, findings_);
    const Holds holds(operations_, keys, findings_);
    const auto absences = check_across(operations_, keys, told, edits, holds, findings_);
    verdict_.unsettled = keys.unsettled();
    verdict_.orders = keys.orders().size();
    for (const auto& group : groups_of(operations_, keys, told, edits, holds, absences)) search(group);
    return std::move(verdict_);
  }

 private:
  void search(const Group& group) {
    verdict_.items += group.items.size();
    Search search(group, Seqs::kBinding, limits_.work_max);
    const auto result = search.run();
    verdict_.steps += search.work();
    if (result == Ordered::kNo) return broken(group);
    if (result == Ordered::kYes) return;
    verdict_.not_decided.push_back(group.items.front());
    if (verdict_.result == Result::kHolds) verdict_.result = Result::kNotDecided;
  }

  void broken(const Group& group) {
    if (findings_.full()) return findings_.add("items", {}, {});  // only counts it
    const auto core = shrink(group, limits_.work_max, verdict_.steps);
    Search values(core, Seqs::kIgnored, limits_.work_max);
    const bool by_seq_only = values.run() == Ordered::kYes;
    verdict_.steps += values.work();
    std::vector<Index> involved;
    for (const auto& part : core.parts) involved.push_back(part.operation);
    findings_.add("items",
                  fmt::format("no order of these explains item {}{}", fmt::join(items(core), ", "),
                              by_seq_only ? " with the seqs that were told; their values alone have one" : ""),
                  std::move(involved), group.items.front());
  }

  static std::set<msg::ItemId> items(const Group& group) { return {group.items.begin(), group.items.end()}; }

  const Operations& operations_;
  const Limits& limits_;
  Verdict verdict_;
  Findings findings_;
};

}  // namespace

Verdict check(const Operations& operations, const Limits& limits) { return Checker(operations, limits).run(); }

}  // namespace history
