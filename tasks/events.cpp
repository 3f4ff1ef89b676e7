// events: the stream, from a seq on, as text or as JSON.
#include <fmt/format.h>

#include <algorithm>

#include "base/notice.h"
#include "base/print.h"
#include "json/events.h"
#include "msg/effects.h"
#include "msg/internal.h"
#include "tasks/currency.h"
#include "tasks/output.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

constexpr std::uint32_t kFollowWaitMs = 2000;

class EventPrinter {
 public:
  EventPrinter(const Common& common, const EventsTask& task, client::Client& store)
      : common_(common), task_(task), store_(store), next_(std::max<std::uint64_t>(1, task.from)) {}

  base::Seq next() const { return next_; }
  // Returns whether everything that was asked for is printed.
  bool is_full() const { return (task_.to && next_.value() > *task_.to) || (task_.limit && printed_ >= *task_.limit); }

  // Prints the events of the page, which begins at next() or later.
  void print_page(const json::EventPage& page) {
    for (const auto& [id, event, hidden] : page.events) {
      if (is_full()) return;
      if (!hidden && is_wanted(event)) print(id.seq, event);
      next_ = id.seq.next();
    }
  }

 private:
  bool is_wanted(const msg::Event& event) const {
    if (task_.actor && event.by != base::Seq(*task_.actor)) return false;
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
};

}  // namespace

int events(const Common& common, const EventsTask& task) {
  auto store = common.connect();
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
      const bool again = task.follow && reply.refusal->code == msg::Code::kUnavailable;
      if (!again) return complain(common, *reply.refusal);
      base::notice("pygmy: {}; trying again\n", reply.refusal->message);
      continue;
    }
    const auto page = json::page_of(*reply, printer.next());
    if (!page) return complain(common, {.code = msg::Code::kUnsupportedVersion, .message = page.error().message});
    if (page->begins) base::notice("pygmy: the stream was trimmed and begins with seq {} now\n", *page->begins);
    printer.print_page(*page);
    flush_output();
    if (!end) end = reply.body->mark;
    if (!task.follow && (page->events.empty() || printer.next() > *end)) return kDone;
  }
  return kDone;
}

}  // namespace tasks
