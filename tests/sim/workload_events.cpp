// Workload: requests about the stream: pages of events, and subscriptions.
#include <algorithm>

#include "tests/sim/workload.h"

namespace sim {

// Mostly around the watermark, where the frontend decides what to show; also from trimmed and untrimmed past and
// future.
Request Workload::events() {
  const auto next = cluster_.judge().reference().durable().next().value();
  const auto back = std::min<std::uint64_t>(next - 1, world_.one_of(20));
  msg::Events events{.from = base::Seq(next - back)};
  if (world_.chance(0.3)) events.from = base::Seq(next + world_.one_of(2));
  if (world_.chance(0.2)) events.from = base::Seq(1 + world_.random().below(next));
  if (world_.chance(0.05)) events.from = base::Seq(next + (world_.chance(0.5) ? 1000 : ~std::uint64_t{0} - next));
  if (world_.chance(0.7)) events.wait = 100;
  if (world_.chance(0.3)) events.bytes = 1;
  return events;
}

std::string Workload::some_subscription() { return fmt::format("subscriber-{}", world_.one_of(3)); }

// Some are dropped soon; others live long enough to be acknowledged several times.
Request Workload::subscribe() {
  msg::Subscribe subscribe{.key = new_key(), .name = some_subscription()};
  const auto end = cluster_.judge().reference().durable().value();
  if (world_.chance(0.5)) subscribe.from = base::Seq(1 + world_.random().below(end + 3));
  if (world_.chance(0.3)) subscribe.types = std::vector<std::string>{"order_placed", "stock_moved"};
  subscribe.ttl = static_cast<std::int64_t>(world_.chance(0.4) ? 1 + world_.one_of(100) : 1500 + world_.one_of(3000));
  return subscribe;
}

// Mostly a little ahead of the cursor that the reference knows; also behind it, and beyond the stream.
Request Workload::acknowledge() {
  const auto& reference = cluster_.judge().reference();
  msg::Acknowledge acknowledge{new_key(), some_subscription(), {}};
  const auto end = reference.durable().value();
  const auto* state = reference.subscription_at(acknowledge.name, reference.durable());
  const auto cursor = state ? state->cursor.value() : 0;
  acknowledge.cursor = base::Seq(std::min(cursor + world_.one_of(40), end));
  if (world_.chance(0.2)) acknowledge.cursor = base::Seq(cursor - std::min<std::uint64_t>(cursor, world_.one_of(10)));
  if (world_.chance(0.2)) acknowledge.cursor = base::Seq(end + world_.one_of(30));
  return acknowledge;
}

Request Workload::unsubscribe() { return msg::Unsubscribe{new_key(), some_subscription()}; }

Request Workload::subscriptions() {
  if (world_.chance(0.5)) return msg::ListSubscriptions{};
  return msg::ListSubscriptions{some_subscription()};
}

}  // namespace sim
