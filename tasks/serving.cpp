#include "tasks/serving.h"

#include <fmt/format.h>

#include <algorithm>

#include "json/status.h"

namespace tasks {
namespace {

bool is_heard(const msg::Seen& seen) { return seen.age_ms <= json::kSilentMs; }

bool is_live(const msg::Seen& seen) { return is_heard(seen) && seen.beat.state == msg::State::kLive; }

template <class Wanted>
bool any(const msg::StatusReply& status, Wanted wanted) {
  return std::any_of(status.processes.begin(), status.processes.end(), wanted);
}

}  // namespace

std::string obstacle_to_serving(const msg::StatusReply& status) {
  const auto* leader = json::leader_of(status);
  if (!leader || !is_heard(*leader)) return "no broker is heard that leads";
  if (status.writer.empty()) return "no order replica is the writer yet";
  const auto is_writer = [&](const auto& seen) { return is_live(seen) && seen.beat.instance == status.writer; };
  if (!any(status, is_writer)) return fmt::format("the writer {} is not live", status.writer);
  const auto is_catalog = [](const auto& seen) { return is_live(seen) && seen.beat.role == msg::Role::kCatalog; };
  if (!any(status, is_catalog)) return "no catalog replica is live";
  if (!status.leased) return fmt::format("{} holds no lease", status.edge);
  for (const auto& seen : status.processes) {
    if (!is_heard(seen)) {
      return fmt::format("{0} is silent; if it is gone for good: pygmy forget {0}", seen.beat.instance);
    }
    if (!is_live(seen)) return fmt::format("{} is {}", seen.beat.instance, msg::word(seen.beat.state));
  }
  return {};
}

}  // namespace tasks
