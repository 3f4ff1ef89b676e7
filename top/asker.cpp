#include "top/asker.h"

#include <algorithm>
#include <utility>

#include "json/events.h"

namespace top {
namespace {

constexpr base::Duration kAskAgain = std::chrono::seconds(1);  // after events were refused
constexpr std::uint32_t kEventsWaitMs = 2000;
constexpr base::Duration kEventsPatience = std::chrono::seconds(4);
constexpr base::Duration kEventsTryNext = std::chrono::milliseconds(kEventsWaitMs + 500);

}  // namespace

void Asker::ask(base::Mono now) {
  if (!asks_status_ && now >= status_due_) ask_status(now);
  if (!asks_events_ && next_ && now >= events_due_) ask_events(now);
  if (asks_title_) return;
  if (const auto items = figures_.untitled(now); !items.empty()) ask_title(items.front());
}

void Asker::ask_status(base::Mono now) {
  asks_status_ = true;
  status_due_ = now + every_;
  store_.submit(msg::Status{}, {.timeout = patience_}, [this](const client::Answer& answer) {
    const auto reply = client::reply_of<msg::StatusReply>(answer);
    asks_status_ = false;
    has_news_ = true;
    refusal_ = reply.refusal;
    if (reply.refusal) return figures_.refused(reply.refusal->message);
    figures_.heard(*reply, base::now().mono);
    const auto mark = reply->mark;
    if (!next_ || next_->value() + kBehindMax < mark.value()) next_ = mark.next();
  });
}

void Asker::ask_events(base::Mono now) {
  asks_events_ = true;
  events_due_ = now;
  store_.submit(msg::Events{*next_, {}, kEventsWaitMs, true}, {.timeout = kEventsPatience, .try_next = kEventsTryNext},
                [this](const client::Answer& answer) {
                  asks_events_ = false;
                  take_events(answer);
                });
}

void Asker::take_events(const client::Answer& answer) {
  const auto now = base::now().mono;
  const auto reply = client::reply_of<msg::EventsReply>(answer);
  const auto page = reply.ok() ? json::page_of(*reply, *next_) : json::EventPage{};
  if (reply.refusal || !page) {
    events_due_ = now + kAskAgain;
    return figures_.stream_refused(reply.refusal ? reply.refusal->message : page.error().message);
  }
  figures_.stream_refused({});
  for (const auto& [id, event, hidden] : page->events) {
    if (!hidden) figures_.streamed(event, now);
    next_ = std::max(*next_, id.seq.next());
  }
}

void Asker::ask_title(base::ItemId item) {
  asks_title_ = true;
  store_.submit(msg::Lookup{item, {}}, {.timeout = patience_}, [this, item](const client::Answer& answer) {
    asks_title_ = false;
    const auto reply = client::reply_of<msg::Lookup::Reply>(answer);
    if (reply.ok()) figures_.titled(item, reply->item.title);
    if (reply.refusal && msg::is_business(reply.refusal->code)) figures_.titled(item, "?");
  });
}

}  // namespace top
