#include "tasks/goods.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"

namespace tasks {
namespace {

constexpr unsigned kTriesMax = 100;
constexpr std::uint64_t kRecordedAs = 1'000'000;  // the client in a record; the clients of the load are below it

std::vector<msg::Item> items_of(const msg::ItemReply& reply) { return {reply.item}; }
std::vector<msg::Item> items_of(const msg::ItemsReply& reply) { return reply.items; }

std::optional<std::string> number_in(const msg::Item& item) {
  const std::string title = BenchGoods::kTitle;
  if (item.topic != BenchGoods::kTopic || item.title.compare(0, title.size(), title) != 0) return std::nullopt;
  return item.title.substr(title.size());
}

}  // namespace

template <class Request>
std::optional<msg::Refusal> BenchGoods::write(const std::vector<Request>& requests, std::vector<msg::Item>& changed) {
  std::optional<msg::Refusal> refusal;
  std::size_t under_way = requests.size();
  const auto invoked = base::now().mono;
  for (const auto& request : requests) {
    store_.submit(request, {}, [&](const client::Answer& answer) {
      --under_way;
      if (recorder_) {
        recorder_->add(kRecordedAs + under_way, invoked, base::now().mono, Request::kType, msg::encoded(request),
                       answer);
      }
      const auto reply = client::reply_of<typename Request::Reply>(answer);
      if (reply.refusal && (!refusal || msg::is_business(refusal->code))) refusal = reply.refusal;
      if (!reply.ok()) return;
      for (auto& item : items_of(*reply)) changed.push_back(item);
    });
  }
  store_.run_until([&] { return under_way == 0; });
  return refusal;
}

// Two runs that began at once may both have added an item with the same title. Each number is used once.
std::optional<msg::Refusal> BenchGoods::find(std::size_t count) {
  std::vector<std::string> missing;
  for (std::size_t i = 1; i <= count; ++i) missing.push_back(std::to_string(i));
  msg::Search search{.topic = kTopic, .limit = msg::kPageMax};
  do {
    const auto page = store_.call(search);
    if (page.refusal) return page.refusal;
    for (const auto& item : page->items) {
      const auto number = number_in(item);
      const auto place = number ? std::find(missing.begin(), missing.end(), *number) : missing.end();
      if (place == missing.end()) continue;
      missing.erase(place);
      items_.push_back(item);
    }
    search.after = page->next;
  } while (search.after && !missing.empty());
  if (missing.empty()) return std::nullopt;
  msg::AddItems add{base::new_key(), {}};
  for (const auto& number : missing) add.items.push_back({{}, kTitle + number, kTopic, base::Cents(1), {}});
  return write<msg::AddItems>({add}, items_);
}

std::optional<msg::Refusal> BenchGoods::restock(const std::vector<msg::Item>& items, bool back,
                                                std::vector<msg::Item>& changed) {
  std::vector<msg::Restock> requests;
  for (const auto& item : items) {
    const auto room = back ? msg::available_of(item) : base::Quantity(msg::kStockMax) - item.stock;
    const auto pieces = std::min(pieces_, room);
    if (pieces.value() > 0) requests.push_back({base::new_key(), item.id, back ? -pieces : pieces, "bench", {}});
  }
  return write(requests, changed);
}

std::optional<msg::Refusal> BenchGoods::bring(std::size_t count, base::Quantity pieces) {
  if (auto refusal = find(count)) return refusal;
  pieces_ = pieces;
  std::vector<msg::Item> changed;
  return restock(items_, false, changed);
}

// If another run takes its pieces back between our look-up and our restock, there may be fewer pieces than we want to
// take, and the restock is refused. Then we look again.
std::optional<msg::Refusal> BenchGoods::take_back() {
  auto left = items_;
  for (unsigned tries = 1;; ++tries) {
    for (auto& item : left) {
      const auto now = store_.call(msg::Lookup{item.id, {}}, {.fresh = true});
      if (now.refusal) return now.refusal;
      item = now->item;
    }
    std::vector<msg::Item> changed;
    const auto refusal = restock(left, true, changed);
    if (!refusal || refusal->code != msg::Code::kOutOfStock || tries == kTriesMax) return refusal;
    std::erase_if(left, [&](const auto& item) {
      return std::any_of(changed.begin(), changed.end(), [&](const auto& done) { return done.id == item.id; });
    });
  }
}

}  // namespace tasks
