// events: the stream, from a seq or from the cursor of a subscription on, as text or as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/notice.h"
#include "base/print.h"
#include "base/random.h"
#include "json/events.h"
#include "msg/effects.h"
#include "msg/internal.h"
#include "tasks/currency.h"
#include "tasks/output.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

constexpr std::uint32_t kFollowWaitMs = 2000;
// The store takes one acknowledgement in msg::kAcknowledgeMsMin. Each is an event, so they are rarer.
constexpr base::Duration kAcknowledgeEvery = std::chrono::seconds(2);
static_assert(kAcknowledgeEvery > std::chrono::milliseconds(msg::kAcknowledgeMsMin));
constexpr unsigned kTooOftenMax = 5;  // refusals in a row, while another reader acknowledges the same subscription

// The store does not answer at present. A write ends as unknown then.
bool is_outage(msg::Code code) {
  return code == msg::Code::kUnavailable || code == msg::Code::kBusy || code == msg::Code::kUnknown;
}

bool names(const msg::Event& event, base::ItemId item) {
  bool found = false;
  msg::each_item_named(event, [&](base::ItemId named) { found = found || named == item; });
  return found;
}

class EventPrinter {
 public:
  EventPrinter(const Common& common, const EventsTask& task, client::Client& store)
      : common_(common), task_(task), store_(store), next_(std::max<std::uint64_t>(1, task.from)) {}

  base::Seq next() const { return next_; }
  // Returns whether it has come past events other than acknowledgements since the last call.
  bool has_moved() { return std::exchange(has_moved_, false); }
  // Returns whether everything that was asked for is printed.
  bool is_full() const { return (task_.to && next_.value() > *task_.to) || (task_.limit && printed_ >= *task_.limit); }

  // Prints the events of the page, which begins at next() or later.
  void print_page(const json::EventPage& page) {
    for (const auto& [id, event, hidden] : page.events) {
      if (is_full()) return;
      const bool is_own = !task_.subscription.empty() && msg::is_of_subscription(event);
      if (!is_own) has_moved_ = true;
      if (!hidden && !is_own && is_wanted(event)) print(id.seq, event);
      next_ = id.seq.next();
    }
  }

 private:
  bool is_wanted(const msg::Event& event) const {
    if (task_.actor && event.by != base::Seq(*task_.actor)) return false;
    if (task_.item && !names(event, base::ItemId(*task_.item))) return false;
    const auto& types = task_.types;
    return types.empty() || std::find(types.begin(), types.end(), msg::type_of(event)) != types.end();
  }

  void print(base::Seq seq, const msg::Event& event) {
    ++printed_;
    if (common_.json) return print_json(event_to_json(seq, event));
    if (!currency_) currency_ = shown_currency(store_);
    base::print("{:>8}  {}  {:<16}  {}\n", seq, time_text(event.at), msg::type_of(event),
                event_text(event, *currency_));
  }

  const Common& common_;
  const EventsTask& task_;
  client::Client& store_;
  std::optional<Currency> currency_;  // asked for when the first event is shown: --follow may wait long for a store
  base::Seq next_;
  std::uint64_t printed_ = 0;
  bool has_moved_ = false;
};

// Acknowledges the events of a subscription once they are printed, and keeps it alive while none come.
class Acknowledger {
 public:
  Acknowledger(client::Client& store, const msg::Subscription& subscription)
      : store_(store),
        name_(subscription.name),
        keep_alive_(std::chrono::milliseconds(subscription.ttl) / 3),
        last_(base::now().mono) {}

  // Everything before `next` is printed. `moved`: there is something new to acknowledge. `ends`: this is the last call.
  // Returns a refusal that another try would not change.
  std::optional<msg::Refusal> printed(base::Seq next, bool moved, bool ends) {
    is_behind_ = is_behind_ || moved;
    const auto passed = base::now().mono - last_;
    const bool is_due = is_behind_ ? ends || passed >= kAcknowledgeEvery : passed >= keep_alive_;
    if (!is_due) return std::nullopt;
    const auto reply = store_.call(msg::Acknowledge{base::new_key(), name_, base::Seq(next.value() - 1)});
    last_ = base::now().mono;
    if (!reply.refusal) {
      is_behind_ = false;
      too_often_ = 0;
      return std::nullopt;
    }
    const auto code = reply.refusal->code;
    const bool again = is_outage(code) || (code == msg::Code::kLimit && ++too_often_ < kTooOftenMax);
    if (ends || !again) return reply.refusal;
    base::notice("pygmy: {}; trying again\n", reply.refusal->message);
    return std::nullopt;
  }

 private:
  client::Client& store_;
  std::string name_;
  base::Duration keep_alive_;
  base::Mono last_;
  bool is_behind_ = false;
  unsigned too_often_ = 0;
};

// From the cursor of its subscription on, and of its types, if the task names no others.
std::optional<msg::Refusal> begin_at_cursor(client::Client& store, EventsTask& task,
                                            std::optional<Acknowledger>& acknowledger) {
  const auto reply = store.call(msg::ListSubscriptions{task.subscription});
  if (reply.refusal) return reply.refusal;
  const auto& subscription = reply.body->subscriptions.at(0);
  task.from = subscription.cursor.value() + 1;
  if (task.types.empty()) task.types = subscription.types;
  if (task.acknowledge) acknowledger.emplace(store, subscription);
  return std::nullopt;
}

}  // namespace

int events(const Common& common, const EventsTask& asked) {
  auto task = asked;
  auto store = common.connect();
  std::optional<Acknowledger> acknowledger;
  if (!task.subscription.empty()) {
    if (const auto refusal = begin_at_cursor(store, task, acknowledger)) return complain(common, *refusal);
  }
  EventPrinter printer(common, task, store);
  std::optional<base::Seq> end;  // without --follow: the watermark at the start, so that it ends also under load
  while (!printer.is_full()) {
    msg::Events request{
        printer.next(), {}, task.follow ? std::optional<std::uint32_t>(kFollowWaitMs) : std::nullopt, true};
    // A frontend that waits for events sends nothing meanwhile. It must not be taken for silent.
    const auto reply =
        store.call(request, {.timeout = std::max<base::Duration>(common.timeout, std::chrono::seconds(4)),
                             .try_next = std::chrono::milliseconds(kFollowWaitMs + 500)});
    if (reply.refusal) {
      if (!task.follow || !is_outage(reply.refusal->code)) return complain(common, *reply.refusal);
      base::notice("pygmy: {}; trying again\n", reply.refusal->message);
      continue;
    }
    const auto page = json::page_of(*reply, printer.next());
    if (!page) return complain(common, {.code = msg::Code::kUnsupportedVersion, .message = page.error().message});
    if (page->begins) base::notice("pygmy: the stream was trimmed and begins with seq {} now\n", *page->begins);
    printer.print_page(*page);
    flush_output();
    if (!end) end = reply.body->mark;
    const bool ends = printer.is_full() || (!task.follow && (page->events.empty() || printer.next() > *end));
    if (acknowledger) {
      const auto refusal = acknowledger->printed(printer.next(), printer.has_moved(), ends);
      if (refusal) return complain(common, *refusal);
    }
    if (ends) return kDone;
  }
  return kDone;
}

}  // namespace tasks
