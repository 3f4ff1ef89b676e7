#include "bridge/puller.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "client/client.h"
#include "msg/internal.h"

namespace bridge {
namespace {

constexpr std::size_t kLookupsMax = 512;  // at a time
// Answers in a row that say that the stream ends before what we have seen: it is another store's. One or two come from
// a frontend that knows less than the one before.
constexpr unsigned kBehindMax = 5;

// A frontend that waits for events is not silent.
client::Options patient() { return {.try_next = std::chrono::milliseconds(Puller::kWaitMs + 500)}; }

}  // namespace

void Puller::start() {
  submit_(ask(msg::Status{}), [this](const client::Answer& answer) {
    const auto status = client::reply_of<msg::StatusReply>(answer);
    if (!understood(answer)) return;
    if (!status.ok() || !status->mark) return start();
    mark_ = status->mark;
    feed_.begin(mark_.next());
    pull();
  });
}

bool Puller::understood(const client::Answer& answer) {
  const bool foreign = answer.refusal && answer.refusal->code == msg::Code::kUnsupportedVersion;
  if (foreign) failed_("the store refuses this bridge: " + answer.refusal->message);
  return !foreign;
}

void Puller::pull() {
  submit_(ask(msg::Events{feed_.next(), kBytes, kWaitMs}, patient()),
          [this](const client::Answer& answer) { on_pulled(answer); });
}

void Puller::on_pulled(const client::Answer& answer) {
  const auto reply = client::reply_of<msg::EventsReply>(answer);
  if (!understood(answer)) return;
  if (!reply.ok()) return pull();
  if (const auto begins = trimmed_to(*reply, feed_.next())) {
    base::log::warn("the stream begins with seq {} now; this bridge has missed what was before", *begins);
    feed_.begin(*begins);
  }
  auto events = events_of(*reply, feed_.next());
  if (!events) return failed_("events cannot be read: " + events.error().message);
  behind_ = reply->mark.next() < feed_.next() ? behind_ + 1 : 0;
  if (behind_ >= kBehindMax) {
    base::log::warn("the stream ends with seq {}, before what was seen of it: another store?", reply->mark);
    topics_ = {};
    behind_ = 0;
    mark_ = reply->mark;
    feed_.begin(mark_.next());
    published_({});
    return pull();
  }
  mark_ = std::max(mark_, reply->mark);
  resolve(std::move(*events), [this](const FeedBatch& batch) {
    feed_.publish(batch);
    if (!batch.empty()) published_(batch);
    pull();
  });
}

void Puller::fetch(msg::Seq from, std::function<void(const Page&)> done) {
  submit_(ask(msg::Events{from, kBytes, {}}, patient()), [this, from, done](const client::Answer& answer) {
    const auto reply = client::reply_of<msg::EventsReply>(answer);
    auto events = reply.ok() ? events_of(*reply, from) : base::fail("");
    if (!events) return done({{}, mark_});
    if (const auto begins = trimmed_to(*reply, from)) return done({{}, reply->mark, begins});
    resolve(std::move(*events), [done, mark = reply->mark](FeedBatch batch) { done({std::move(batch), mark, {}}); });
  });
}

// All that are unknown are asked for at once; those that could not be had are asked for again.
void Puller::resolve(std::vector<SeqEvent> events, std::function<void(FeedBatch)> done) {
  for (const auto& event : events) topics_.learn(event.event);
  std::set<msg::ItemId> unknown;
  for (const auto& event : events) {
    for (const auto item : items_of(event.event)) {
      if (!topics_.knows(item) && unknown.size() < kLookupsMax) unknown.insert(item);
    }
  }
  if (unknown.empty()) {
    FeedBatch batch;
    for (const auto& event : events) batch.push_back(rendered(event, topics_));
    return done(std::move(batch));
  }
  const auto go_on = std::make_shared<std::function<void()>>(
      [this, left = unknown.size(), events = std::move(events), done = std::move(done)]() mutable {
        if (--left == 0) resolve(std::move(events), std::move(done));
      });
  for (const auto item : unknown) {
    submit_(ask(msg::Lookup{item, {}}), [this, item, go_on](const client::Answer& answer) {
      const auto reply = client::reply_of<msg::ItemReply>(answer);
      if (reply.ok()) topics_.learn(item, reply->item.topic);
      if (reply.refusal && msg::is_business(reply.refusal->code)) topics_.learn(item, "");
      (*go_on)();
    });
  }
}

}  // namespace bridge
