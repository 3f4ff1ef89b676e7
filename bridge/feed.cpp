#include "bridge/feed.h"

#include <fmt/format.h>

#include <algorithm>

#include "msg/effects.h"
#include "text/fold.h"

namespace bridge {
namespace {

const msg::Viewer kAnybody{.everything = false, .by = {}, .customer = {}};

std::string text_of(const json::EventId& id, const msg::Event& event) {
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", id.text(), msg::type_of(event), json::to_text(id.seq, event));
}

// An event of the window takes the bytes of its texts and about this many more.
constexpr std::size_t kEventOverheadBytes = 256;

// The order itself is about as large as its text.
std::size_t bytes_of(const FeedEvent& event) {
  return event.text.size() * (event.order ? 2 : 1) + event.public_text.size() + kEventOverheadBytes;
}

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
    const auto& id = effect.item;
    if (effect.is_new) return learn(id, *effect.topic, effect.topics ? *effect.topics : msg::Topics());
    if (effect.topic_was) topics_.try_emplace(id, Known<std::string>{*effect.topic_was, {}});
    if (effect.topics_was) more_.try_emplace(id, Known<msg::Topics>{*effect.topics_was, {}});
  });
}

void Topics::follow(const msg::Event& event, msg::Seq seq) {
  const auto take = [&](auto& all, msg::ItemId item, const auto* value) {
    if (!value) return;
    auto& known = all[item];
    if (seq > known.seq) known = {*value, seq};
  };
  msg::each_item(event, [&](const msg::ItemEffect& effect) {
    take(topics_, effect.item, effect.topic);
    take(more_, effect.item, effect.topics);
  });
}

std::string_view Topics::of(msg::ItemId item) const {
  const auto found = topics_.find(item);
  return found == topics_.end() ? std::string_view() : found->second.value;
}

const msg::Topics& Topics::more_of(msg::ItemId item) const {
  static const msg::Topics kNone;
  const auto found = more_.find(item);
  return found == more_.end() ? kNone : found->second.value;
}

std::vector<msg::ItemId> items_of(const msg::Event& event) {
  std::vector<msg::ItemId> items;
  msg::each_item_named(event, [&](msg::ItemId item) { items.push_back(item); });
  return items;
}

std::shared_ptr<const FeedEvent> rendered(const json::SeqEvent& event, const Topics& topics) {
  auto feed = std::make_shared<FeedEvent>();
  feed->id = event.id;
  feed->hidden = event.hidden;
  if (event.hidden) return feed;
  feed->type = msg::type_of(event.event);
  feed->items = items_of(event.event);
  const auto add = [&](std::string_view topic) {
    if (!topic.empty()) feed->topics.push_back(text::folded(topic));
  };
  msg::each_item(event.event, [&](const msg::ItemEffect& effect) {
    add(effect.topic ? std::string_view(*effect.topic) : topics.of(effect.item));
    if (effect.topic_was) add(*effect.topic_was);
    for (const auto& topic : effect.topics ? *effect.topics : topics.more_of(effect.item)) add(topic);
    if (!effect.topics_was) return;
    for (const auto& topic : *effect.topics_was) add(topic);
  });
  if (const auto item = msg::level_of(event.event)) {
    add(topics.of(item));
    for (const auto& topic : topics.more_of(item)) add(topic);
  }
  if (const auto* customer = msg::customer_of(event.event)) feed->customer = text::folded(*customer);
  if (const auto* revoked = std::get_if<msg::CredentialRevoked>(&event.event.what)) feed->revoked = revoked->id;
  feed->text = text_of(event.id, event.event);
  if (const auto shown = msg::shown_to(kAnybody, event.event)) feed->public_text = text_of(event.id, *shown);
  if (msg::customer_of(event.event)) feed->order = event.event;
  return feed;
}

bool Filter::passes(const FeedEvent& event) const {
  if (event.hidden || (!viewer.everything && event.public_text.empty())) return false;
  if (!types.empty() && !one_of(types, std::string(event.type))) return false;
  if (!items.empty() && !any_of(items, event.items)) return false;
  if (!topics.empty() && !any_of(topics, event.topics)) return false;
  return customers.empty() || ((viewer.everything || is_own(event)) && one_of(customers, event.customer));
}

std::string Filter::text_of(const FeedEvent& event) const {
  if (viewer.everything) return event.text;
  return is_own(event) ? bridge::text_of(event.id, *msg::shown_to(viewer, *event.order)) : event.public_text;
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
    bytes_ += bytes_of(*event);
    window_.push_back(event);
    next_ = next_.next();
  }
  while (bytes_ > bytes_max_ && window_.size() > 1) {
    bytes_ -= bytes_of(*window_.front());
    window_.pop_front();
  }
}

}  // namespace bridge
