#include "bridge/feed.h"

#include <algorithm>

#include "bridge/http.h"
#include "bridge/json.h"

namespace bridge {
namespace {

// An event of the window costs its text and about this much more.
constexpr std::size_t kEventOverheadBytes = 256;

bool is_inner(std::string_view field) { return field == "req" || field == "incarnation"; }

template <class T>
bool one_of(const std::vector<T>& wanted, const T& value) {
  return std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

template <class T, class Same>
bool any_of(const std::vector<T>& wanted, const std::vector<T>& there, Same same) {
  return std::find_first_of(there.begin(), there.end(), wanted.begin(), wanted.end(), same) != there.end();
}

struct ItemsOf {
  std::vector<msg::ItemId> operator()(const msg::ItemsAdded& event) const {
    std::vector<msg::ItemId> items;
    for (const auto& item : event.items) items.push_back(item.id);
    return items;
  }
  std::vector<msg::ItemId> operator()(const msg::OrderPlaced& event) const {
    std::vector<msg::ItemId> items;
    for (const auto& line : event.lines) items.push_back(line.item);
    return items;
  }
  std::vector<msg::ItemId> operator()(const msg::PriceChanged& event) const { return {event.item}; }
  std::vector<msg::ItemId> operator()(const msg::StockMoved& event) const { return {event.item}; }
  template <class Other>
  std::vector<msg::ItemId> operator()(const Other&) const {
    return {};
  }
};

}  // namespace

std::string event_json(msg::Seq seq, const msg::Event& event) {
  std::string out = fmt::format("{{\"seq\":{},\"at\":{},\"type\":", seq, event.at);
  std::visit(
      [&](const auto& what) {
        write_json(std::string_view(what.kType), out);
        msg::for_each_field(what, [&](std::string_view name, const auto& member) {
          if (is_inner(name)) return;
          out += ',';
          write_json(name == "type" ? std::string_view("order_type") : name, out);
          out += ':';
          write_json(member, out);
        });
      },
      event.what);
  return out + "}";
}

base::Result<std::vector<SeqEvent>> events_of(const msg::EventsReply& reply, msg::Seq from) {
  std::vector<SeqEvent> all;
  for (const auto& bytes : reply.blocks) {
    const auto block = msg::decode_block(bytes.bytes);
    if (!block) return base::fail(block.error().message);
    auto events = msg::decode_events(block->events.bytes, block->count);
    if (!events) return base::fail(events.error().message);
    auto seq = block->first;
    for (auto& event : *events) {
      if (seq == from) {
        all.push_back({seq, std::move(event)});
        from = from.next();
      }
      seq = seq.next();
    }
  }
  return all;
}

std::optional<msg::Seq> trimmed_to(const msg::EventsReply& reply, msg::Seq from) {
  if (reply.blocks.empty()) return std::nullopt;
  const auto first = msg::decode_block(reply.blocks.front().bytes);
  return first && first->first > from ? std::optional(first->first) : std::nullopt;
}

void Topics::learn(const msg::Event& event) {
  if (const auto* added = std::get_if<msg::ItemsAdded>(&event.what)) {
    for (const auto& item : added->items) learn(item.id, item.topic);
  }
}

std::string_view Topics::of(msg::ItemId item) const {
  const auto found = topics_.find(item);
  return found == topics_.end() ? std::string_view() : found->second;
}

std::vector<msg::ItemId> items_of(const msg::Event& event) { return std::visit(ItemsOf{}, event.what); }

std::shared_ptr<const FeedEvent> rendered(const SeqEvent& event, const Topics& topics) {
  auto feed = std::make_shared<FeedEvent>();
  feed->seq = event.seq;
  feed->type = std::visit([](const auto& what) { return what.kType; }, event.event.what);
  feed->items = items_of(event.event);
  for (const auto item : feed->items) {
    if (const auto topic = topics.of(item); !topic.empty()) feed->topics.emplace_back(topic);
  }
  if (const auto* order = std::get_if<msg::OrderPlaced>(&event.event.what)) feed->customer = order->customer;
  feed->text =
      fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.seq, feed->type, event_json(event.seq, event.event));
  return feed;
}

bool Filter::passes(const FeedEvent& event) const {
  if (!types.empty() && !one_of(types, std::string(event.type))) return false;
  if (!items.empty() && !any_of(items, event.items, std::equal_to<>())) return false;
  if (!topics.empty() && !any_of(topics, event.topics, same_word)) return false;
  return customers.empty() || one_of(customers, event.customer);
}

void Feed::begin(msg::Seq next) {
  window_.clear();
  bytes_ = 0;
  next_ = next;
}

void Feed::publish(const FeedBatch& batch) {
  for (const auto& event : batch) {
    if (event->seq != next_) continue;
    bytes_ += event->text.size() + kEventOverheadBytes;
    window_.push_back(event);
    next_ = next_.next();
  }
  while (bytes_ > bytes_max_) {
    bytes_ -= window_.front()->text.size() + kEventOverheadBytes;
    window_.pop_front();
  }
}

msg::Seq Feed::read(msg::Seq from, const Filter& filter, std::size_t bytes_max, std::string& out) const {
  if (!holds(from)) return from;
  for (; from < next_ && out.size() < bytes_max; from = from.next()) {
    const auto& event = *window_[from.value() - window_.front()->seq.value()];
    if (filter.passes(event)) out += event.text;
  }
  return from;
}

}  // namespace bridge
