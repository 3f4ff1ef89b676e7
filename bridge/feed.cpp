#include "bridge/feed.h"

#include <algorithm>

#include "bridge/exchange.h"
#include "bridge/http.h"
#include "bridge/json.h"
#include "msg/effects.h"
#include "text/fold.h"

namespace bridge {
namespace {

// An event of the window takes the bytes of its text and about this many more.
constexpr std::size_t kEventOverheadBytes = 256;

bool is_inner(std::string_view field) { return field == "req" || field == "incarnation"; }

template <class T>
bool one_of(const std::vector<T>& wanted, const T& value) {
  return std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

template <class T>
bool any_of(const std::vector<T>& wanted, const std::vector<T>& there) {
  return std::find_first_of(there.begin(), there.end(), wanted.begin(), wanted.end()) != there.end();
}

}  // namespace

std::string event_json(msg::Seq seq, const msg::Event& event) {
  std::string out = fmt::format("{{\"seq\":{},\"at\":{},\"type\":", seq, event.at);
  std::visit(
      [&](const auto& what) {
        write_json(std::string_view(what.kType), out);
        msg::for_each_field(what, [&](std::string_view name, const auto& member) {
          using Member = std::decay_t<decltype(member)>;
          const auto write = [&](const auto& value) {
            if (is_inner(name)) return;
            out += ',';
            write_json(name == "type" ? std::string_view("order_type") : name, out);
            out += ':';
            write_json(value, out);
          };
          if constexpr (!msg::kIsOptional<Member>) {
            write(member);
          } else if constexpr (!std::is_same_v<Member, std::optional<msg::Blob>>) {
            if (member) write(*member);
          }
        });
      },
      event.what);
  return out + "}";
}

std::optional<EventId> event_id_of(std::string_view text) {
  const auto dash = text.find('-');
  const auto seq = decimal(text.substr(0, dash));
  if (!seq || *seq >= UINT64_MAX / 2) return std::nullopt;
  if (dash == std::string_view::npos) return EventId{msg::Seq(*seq), {}};
  const auto tag = text.substr(dash + 1);
  if (tag.size() != kShortHashDigits || tag.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return std::nullopt;
  }
  return EventId{msg::Seq(*seq), std::string(tag)};
}

base::Result<EventPage> page_of(const msg::EventsReply& reply, msg::Seq from) {
  EventPage page;
  for (const auto& bytes : reply.blocks) {
    const auto block = msg::decode_block(bytes.bytes);
    if (!block) return base::fail(block.error().message);
    if (!page.first) {
      page.first = block->first;
      page.prev = block->prev.bytes;
      page.first_hash = block->hash.bytes;
      if (block->first > from) page.begins = block->first;
      from = std::max(from, block->first);
    }
    page.last_hash = block->hash.bytes;
    auto events = msg::decode_events(block->events.bytes, block->count);
    if (!events) return base::fail(events.error().message);
    auto seq = block->first;
    for (auto& event : *events) {
      if (seq == from) {
        page.events.push_back({{seq, short_hash(block->hash.bytes)}, std::move(event)});
        from = from.next();
      }
      seq = seq.next();
    }
  }
  return page;
}

std::optional<msg::Seq> trimmed_to(const msg::EventsReply& reply, msg::Seq from) {
  if (reply.blocks.empty()) return std::nullopt;
  const auto first = msg::decode_block(reply.blocks.front().bytes);
  return first && first->first > from ? std::optional(first->first) : std::nullopt;
}

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

std::shared_ptr<const FeedEvent> rendered(const SeqEvent& event, const Topics& topics) {
  auto feed = std::make_shared<FeedEvent>();
  feed->id = event.id;
  feed->type = msg::type_of(event.event);
  feed->items = items_of(event.event);
  for (const auto item : feed->items) {
    if (const auto topic = topics.of(item); !topic.empty()) feed->topics.push_back(text::folded(topic));
  }
  if (const auto* customer = msg::customer_of(event.event)) feed->customer = text::folded(*customer);
  feed->text = fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.id.text(), feed->type,
                           event_json(event.id.seq, event.event));
  return feed;
}

bool Filter::passes(const FeedEvent& event) const {
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
