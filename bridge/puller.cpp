#include "bridge/puller.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "client/client.h"
#include "msg/internal.h"

namespace bridge {
namespace {

constexpr std::size_t kLookupsMax = 512;  // at a time
constexpr msg::Seq kFarAhead{std::uint64_t{1} << 62};
// After this many answers in a row whose mark is before the feed's end, the stream has another history. One or two such
// answers may come from a frontend of an earlier release, which answers without a lease.
constexpr unsigned kBehindMax = 5;
// An answer without events that came sooner than this did not wait for events.
constexpr auto kWaited = std::chrono::milliseconds(Puller::kWaitMs / 2);

// A frontend may be silent for kWaitMs while it waits for events; only later the next one is asked.
client::Options patient() { return {.try_next = std::chrono::milliseconds(Puller::kWaitMs + 500)}; }

}  // namespace

// A mark of 0 says that the frontend does not know where the stream ends: every stream has a first event.
void Puller::start() {
  submit_(ask(msg::Events{kFarAhead, kBytes, {}, true}), [this](const client::Answer& answer) {
    const auto reply = client::reply_of<msg::EventsReply>(answer);
    if (!understood(answer)) return;
    if (!reply.ok() || !reply->mark) return pull_later();
    mark_ = began_at_ = reply->mark;
    feed_.begin(mark_);
    pull();
  });
}

void Puller::tick() {
  if (!std::exchange(waits_for_tick_, false)) return;
  mark_ ? pull() : start();
}

bool Puller::understood(const client::Answer& answer) {
  const bool foreign = answer.refusal && answer.refusal->code == msg::Code::kUnsupportedVersion;
  if (foreign) failed_("the store refuses this bridge: " + answer.refusal->message);
  denied_ = answer.refusal && msg::is_denial(answer.refusal->code);
  return !foreign;
}

void Puller::pull() {
  submit_(ask(msg::Events{feed_.next(), kBytes, kWaitMs, true}, patient()),
          [this](const client::Answer& answer) { on_pulled(answer); });
}

void Puller::on_pulled(const client::Answer& answer) {
  const auto reply = client::reply_of<msg::EventsReply>(answer);
  if (!understood(answer)) return;
  if (!reply.ok() || !reply->mark) return pull_later();
  auto page = json::page_of(*reply, feed_.next());
  if (!page) return failed_("events cannot be read: " + page.error().message);
  behind_ = reply->mark.next() < feed_.next() ? behind_ + 1 : 0;
  if (behind_ >= kBehindMax || !follows(*page)) return begin_another_history(reply->mark);
  mark_ = std::max(mark_, reply->mark);
  if (page->events.empty()) return answer.took < kWaited ? pull_later() : pull();
  if (page->begins) {
    if (feed_.begun())
      base::log::warn("the stream begins with seq {} now; this bridge has missed earlier events", *page->begins);
    feed_.begin(*page->begins);
  }
  end_ = page->last_hash;
  publish(std::move(page->events));
}

bool Puller::follows(const json::EventPage& page) const {
  if (end_.empty() || !page.first || page.begins) return true;
  return page.first == feed_.next() ? page.prev == end_ : page.first_hash == end_;
}

// The feed goes on from the stream's last event, so that it has an id to tell.
void Puller::begin_another_history(msg::Seq end) {
  base::log::warn("the stream has another history now and ends with seq {}: was the store restored?", end);
  topics_ = {};
  behind_ = 0;
  end_.clear();
  mark_ = began_at_ = end;
  feed_.begin_another_history(mark_);
  pull();
}

void Puller::publish(std::vector<json::SeqEvent> events) {
  resolve(std::move(events), [this](const FeedBatch& batch) {
    feed_.publish(batch);
    const auto is_news = [this](const auto& event) { return event->id.seq > began_at_; };
    published_({std::find_if(batch.begin(), batch.end(), is_news), batch.end()});
    pull();
  });
}

void Puller::fetch(msg::Seq from, const std::function<void(const Page&)>& done) {
  submit_(ask(msg::Events{from, kBytes, {}, true}, patient()), [this, from, done](const client::Answer& answer) {
    const auto reply = client::reply_of<msg::EventsReply>(answer);
    auto page = reply.ok() ? json::page_of(*reply, from) : base::fail("");
    if (!page) return done({});
    if (page->begins) return done({{}, page->begins});
    resolve(std::move(page->events), [done](FeedBatch batch) { done({std::move(batch), {}}); });
  });
}

// Asks for the topics of all unknown items at once, and asks again for those that it did not get.
void Puller::resolve(std::vector<json::SeqEvent> events, std::function<void(FeedBatch)> done) {
  for (const auto& event : events) topics_.learn(event.event);
  std::set<msg::ItemId> unknown;
  for (const auto& event : events) {
    for (const auto item : items_of(event.event)) {
      if (!topics_.knows(item) && unknown.size() < kLookupsMax) unknown.insert(item);
    }
  }
  if (unknown.empty()) {
    FeedBatch batch;
    for (const auto& event : events) {
      batch.push_back(rendered(event, topics_));
      topics_.follow(event.event, event.id.seq);
    }
    return done(std::move(batch));
  }
  const auto go_on = std::make_shared<std::function<void()>>(
      [this, left = unknown.size(), events = std::move(events), done = std::move(done)]() mutable {
        if (--left == 0) resolve(std::move(events), std::move(done));
      });
  for (const auto item : unknown) {
    submit_(ask(msg::Lookup{item, {}}), [this, item, go_on](const client::Answer& answer) {
      const auto reply = client::reply_of<msg::ItemReply>(answer);
      if (reply.ok()) topics_.learn(item, reply->item.topic, reply->item.topics.value_or(msg::Topics()));
      if (reply.refusal && msg::is_business(reply.refusal->code)) topics_.learn(item, "");
      (*go_on)();
    });
  }
}

}  // namespace bridge
