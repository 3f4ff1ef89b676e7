#include "bridge/feed.h"

#include <fmt/format.h>

#include <algorithm>

#include "msg/effects.h"
#include "text/fold.h"

namespace bridge {
namespace {

// An event of the window takes the bytes of its text and about this many more.
constexpr std::size_t kEventOverheadBytes = 256;

template <class T>
bool one_of(const std::vector<T>& wanted, const T& value) {
  return std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

template <class T>
bool any_of(const std::vector<T>& wanted, const std::vector<T>& there) {
  return std::find_first_of(there.begin(), there.end(), wanted.begin(), wanted.end()) != there.end();
}

}  // namespace

void Topics::learn(const msg::Event& event) {
  msg::each_item(event, [&](const msg::ItemEffect& effect) {
    if (effect.topic) learn(effect.item, *effect.topic);
  });
}

std::string_view Topics::of(msg::ItemId item) const {
  const auto found = topics_.find(item);
  return found == topics_.end() ? std::string_view() : found->second;
}

std::vector<msg::ItemId> items_of(const msg::Event& event) {
  std::vector<msg::ItemId> items;
  msg::each_item(event, [&](const msg::ItemEffect& effect) { items.push_back(effect.item); });
  return items;
}

std::shared_ptr<const FeedEvent> rendered(const json::SeqEvent& event, const Topics& topics) {
  auto feed = std::make_shared<FeedEvent>();
  feed->id = event.id;
  feed->hidden = event.hidden;
  if (event.hidden) return feed;
  feed->type = msg::type_of(event.event);
  feed->items = items_of(event.event);
  for (const auto item : feed->items) {
    if (const auto topic = topics.of(item); !topic.empty()) feed->topics.push_back(text::folded(topic));
  }
  if (const auto* customer = msg::customer_of(event.event)) feed->customer = text::folded(*customer);
  if (const auto* revoked = std::get_if<msg::CredentialRevoked>(&event.event.what)) feed->revoked = revoked->id;
  feed->text = fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.id.text(), feed->type,
                           json::to_text(event.id.seq, event.event));
  return feed;
}

bool Filter::passes(const FeedEvent& event) const {
  if (event.hidden) return false;
  if (!types.empty() && !one_of(types, std::string(event.type))) return false;
  if (!items.empty() && !any_of(items, event.items)) return false;
  if (!topics.empty() && !any_of(topics, event.topics)) return false;
  return customers.empty() || one_of(customers, event.customer);
}

void Feed::begin(msg::Seq next) {
  window_.clear();
  bytes_ = 0;
  next_ = next;
}

void Feed::begin_another_history(msg::Seq next) {
  begin(next);
  ++history_;
}

void Feed::publish(const FeedBatch& batch) {
  for (const auto& event : batch) {
    if (event->id.seq != next_) continue;
    bytes_ += event->text.size() + kEventOverheadBytes;
    window_.push_back(event);
    next_ = next_.next();
  }
  while (bytes_ > bytes_max_ && window_.size() > 1) {
    bytes_ -= window_.front()->text.size() + kEventOverheadBytes;
    window_.pop_front();
  }
}

}  // namespace bridge
