#include "load/contents.h"

#include <algorithm>

#include "tasks/orders.h"

namespace load {

void Contents::add(const msg::Item& item) {
  const auto [topic, is_new] = topics_.emplace(item.topic, searches_.size());
  if (is_new) searches_.push_back(msg::encoded(msg::Search{.topic = item.topic, .limit = kSearchLimit}));
  items_.push_back({item.id, msg::encoded(msg::Lookup{.item = item.id}), topic->second});
}

std::optional<msg::Refusal> find_items(client::Client& store, bool hot, Contents& contents) {
  msg::Search search{.limit = hot ? 1 : msg::kPageMax};
  do {
    const auto page = store.call(search);
    if (page.refusal) return page.refusal;
    contents.last_event = page.seq;
    for (const auto& item : page->items) contents.add(item);
    search.after = page->next;
  } while (!hot && search.after && contents.items().size() < Contents::kItemsMax);
  if (!contents.items().empty()) return std::nullopt;
  return msg::Refusal{.code = msg::Code::kUnknownItem, .message = "the store has no items; see: pygmy import --help"};
}

std::optional<msg::Refusal> find_orders(client::Client& store, bool hot, Contents& contents) {
  std::uint64_t last = 0;
  if (auto refusal = tasks::find_last_order(store, last)) return refusal;
  contents.last_order = hot ? std::min<std::uint64_t>(last, 1) : last;
  return std::nullopt;
}

}  // namespace load
