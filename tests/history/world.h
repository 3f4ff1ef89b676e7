// World: a shop that answers one request after the other, and clients that ask it all at the same time.
//
// The times of every request are drawn first: invoked, the moment at which the shop answers, returned. The shop answers
// in the order of these moments, so that the history has an order by construction. Some writes get no answer: they
// happen at their moment, much later, or never. Keys are repeated, by their client and by others.
#pragma once

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "history/history.h"

namespace history {

// Deliberately naive, and nothing of it is the checker's or the ledger's.
class Shop {
 public:
  explicit Shop(base::Random& random) : random_(random) {
    for (std::uint64_t id = 1; id <= 3; ++id) put(id, 20);
  }

  Answer operator()(const msg::Lookup& lookup) const { return shown(*lookup.item); }
  Answer operator()(const msg::Search& search) const {
    msg::ItemsReply reply;
    for (const auto& [id, item] : items_) {
      if (reply.items.size() == *search.limit) {
        reply.next = reply.items.back().id;
        break;
      }
      reply.items.push_back(item);
    }
    return reply;
  }
  Answer operator()(const msg::PlaceOrder& place) {
    if (const auto before = used(place.key, place)) return *before;
    std::map<base::ItemId, base::Quantity> left;
    for (const auto& line : place.lines) {
      if (items_.count(line.item) == 0) return refused(msg::Code::kUnknownItem, line.item);
      const auto& item = items_.at(line.item);
      if (line.price && *line.price != item.price) {
        auto refusal = refused(msg::Code::kPriceChanged, line.item);
        refusal.price = item.price;
        return refusal;
      }
      const auto moved = place.type == msg::OrderType::kBuy ? -line.quantity : line.quantity;
      left.emplace(line.item, item.stock).first->second += moved;
    }
    for (const auto& [id, stock] : left) {
      if (stock.value() < 0) return sold_out(id);
    }
    msg::Order order{base::OrderNo(orders_.size() + 1), next(), 0, place.type, place.key, "", {}, {}};
    for (const auto& line : place.lines) {
      auto& item = items_.at(line.item);
      item.stock += place.type == msg::OrderType::kBuy ? -line.quantity : line.quantity;
      item.version = seq_;
      order.lines.push_back({line.item, line.quantity, item.price, item.stock});
      order.total += base::Cents(item.price.value() * line.quantity.value());
    }
    orders_.push_back(order);
    keys_[place.key] = {place, seq_, order.no, msg::OrderReply{order}};
    return msg::OrderReply{order};
  }
  Answer operator()(const msg::ChangePrice& change) {
    if (const auto before = used(change.key, change)) return *before;
    if (items_.count(change.item) == 0) return refused(msg::Code::kUnknownItem, change.item);
    items_.at(change.item).price = change.price;
    return touched(change.key, change, change.item);
  }
  Answer operator()(const msg::Restock& restock) {
    if (const auto before = used(restock.key, restock)) return *before;
    if (items_.count(restock.item) == 0) return refused(msg::Code::kUnknownItem, restock.item);
    auto& stock = items_.at(restock.item).stock;
    if ((stock + restock.delta).value() < 0) return sold_out(restock.item);
    stock += restock.delta;
    return touched(restock.key, restock, restock.item);
  }
  Answer operator()(const msg::AddItems& add) {
    if (const auto before = used(add.key, add)) return *before;
    for (const auto& item : add.items) {
      if (items_.count(*item.id) > 0) return refused(msg::Code::kItemExists, *item.id);
    }
    next();
    msg::ItemsReply reply;
    for (const auto& item : add.items) {
      items_[*item.id] = {*item.id, item.title, item.topic, item.price, item.stock, seq_};
      reply.items.push_back(items_[*item.id]);
    }
    reply.at = 0;
    keys_[add.key] = {add, seq_, {}, reply};
    return reply;
  }
  Answer operator()(const msg::GetOrder& get) const {
    if (get.no.value() > orders_.size()) return msg::Refusal{.code = msg::Code::kUnknownOrder};
    return msg::OrderReply{orders_[get.no.value() - 1]};
  }
  Answer operator()(const msg::ListOrders& list) const {
    msg::OrdersReply reply;
    for (auto no = list.after->value(); no < orders_.size(); ++no) {
      if (reply.orders.size() == *list.limit) {
        reply.next = reply.orders.back().no;
        break;
      }
      reply.orders.push_back(orders_[no]);
    }
    return reply;
  }
  Answer operator()(const msg::Outcome& outcome) {
    const auto known = keys_.find(outcome.key);
    if (known == keys_.end()) {
      keys_[outcome.key] = {msg::Outcome{}, next(), {}, {}};
      return msg::OutcomeReply{msg::OutcomeKind::kVoid, seq_, {}};
    }
    const auto& [request, seq, no, answer] = known->second;
    if (no) return msg::OutcomeReply{msg::OutcomeKind::kOrder, seq, orders_[no.value() - 1]};
    const bool is_void = std::holds_alternative<msg::Outcome>(request);
    return msg::OutcomeReply{is_void ? msg::OutcomeKind::kVoid : msg::OutcomeKind::kChange, seq, {}};
  }

 private:
  struct Used {
    Request request;
    base::Seq seq;
    base::OrderNo no;
    Answer answer;
  };

  base::Seq next() { return seq_ = seq_.next(1 + random_.below(2)); }  // other events are between
  void put(std::uint64_t id, std::int64_t stock) {
    items_[base::ItemId(id)] = {base::ItemId(id), "Item", "t", base::Cents(100), base::Quantity(stock), next()};
  }
  static msg::Refusal refused(msg::Code code, base::ItemId item) { return {.code = code, .item = item}; }
  msg::Refusal sold_out(base::ItemId item) const {
    auto refusal = refused(msg::Code::kOutOfStock, item);
    refusal.stock = items_.at(item).stock;
    return refusal;
  }
  Answer shown(base::ItemId item) const {
    if (items_.count(item) == 0) return refused(msg::Code::kUnknownItem, item);
    return msg::ItemReply{items_.at(item)};
  }
  template <class R>
  Answer touched(const std::string& key, const R& request, base::ItemId item) {
    items_.at(item).version = next();
    msg::ItemReply reply{items_.at(item)};
    reply.at = 0;
    keys_[key] = {request, seq_, {}, reply};
    return reply;
  }
  template <class R>
  std::optional<Answer> used(const std::string& key, const R& request) const {
    const auto known = keys_.find(key);
    if (known == keys_.end()) return std::nullopt;
    if (std::holds_alternative<msg::Outcome>(known->second.request)) {
      return msg::Refusal{.code = msg::Code::kKeyVoided};
    }
    if (!std::holds_alternative<R>(known->second.request)) return msg::Refusal{.code = msg::Code::kKeyReused};
    // A key of long ago: what it left is not known any more, so the items are shown as they are now.
    if (known->second.no || !random_.chance(0.2)) return known->second.answer;
    if constexpr (requires { request.item; }) return shown(request.item);
    msg::ItemsReply reply;
    if constexpr (std::is_same_v<R, msg::AddItems>) {
      for (const auto& item : request.items) reply.items.push_back(items_.at(*item.id));
    }
    return reply;
  }

  base::Random& random_;
  base::Seq seq_;
  std::map<base::ItemId, msg::Item> items_;
  std::vector<msg::Order> orders_;
  std::map<std::string, Used> keys_;
};

class World {
 public:
  explicit World(std::uint64_t seed, std::size_t operations = 300, unsigned clients = 6) : random_(seed) {
    std::vector<Time> free(clients, 0);
    for (std::size_t i = 0; i < operations; ++i) {
      const auto client = static_cast<std::size_t>(random_.below(clients));
      free[client] = ask(client, free[client]);
    }
    answer_all();
  }

  Operations history;

 private:
  static constexpr Time kLost = -1;

  Time some(Time most) { return static_cast<Time>(random_.below(static_cast<std::uint64_t>(most))); }

  // Returns when the client is free again.
  Time ask(std::size_t client, Time now) {
    Operation operation{client, now + 1 + some(20), 0, request(), {}};
    auto moment = operation.invoked + some(30);
    operation.returned = moment + some(30);
    const auto end = operation.returned;
    if (!write_key(operation).empty() && random_.chance(0.06)) {
      operation.returned = kNever;
      moment = random_.chance(0.5) ? kLost : moment + some(400);
    }
    moments_.push_back(moment);
    history.push_back(std::move(operation));
    return end;
  }

  std::string key() {
    if (!keys_.empty() && random_.chance(0.1)) return keys_[random_.below(keys_.size())].first;
    return "k" + std::to_string(keys_.size() + 1);
  }

  Request request() {
    const auto dice = random_.below(100);
    if (dice < 25) return msg::Lookup{.item = item()};
    if (dice < 35) return msg::Search{.topic = "t", .limit = 1 + static_cast<std::uint32_t>(random_.below(6))};
    if (dice < 42) return msg::GetOrder{base::OrderNo(1 + random_.below(1 + keys_.size()))};
    if (dice < 45) {
      return msg::ListOrders{.after = base::OrderNo(random_.below(1 + keys_.size())),
                             .limit = 1 + static_cast<std::uint32_t>(random_.below(20))};
    }
    if (dice < 50 && !keys_.empty()) return msg::Outcome{keys_[random_.below(keys_.size())].first};
    return write();
  }

  // A key comes again with the request of the first time.
  Request write() {
    const auto key = this->key();
    const auto known = std::find_if(keys_.begin(), keys_.end(), [&](const auto& used) { return used.first == key; });
    if (known != keys_.end()) return known->second;
    keys_.emplace_back(key, new_write(key));
    return keys_.back().second;
  }

  Request new_write(const std::string& key) {
    const auto dice = random_.below(100);
    if (dice < 10) return msg::ChangePrice{key, item(), base::Cents(90 + some(3))};
    if (dice < 25) return msg::Restock{key, item(), base::Quantity(some(2) == 0 ? -1 - some(4) : 1 + some(9)), {}};
    if (dice < 32) return add(key);
    msg::PlaceOrder place{.key = key, .type = random_.chance(0.2) ? msg::OrderType::kSell : msg::OrderType::kBuy};
    for (auto lines = 1 + random_.below(3); lines > 0; --lines) {
      place.lines.push_back({item(), base::Quantity(1 + some(4)), {}});
      if (random_.chance(0.2)) place.lines.back().price = base::Cents(some(2) == 0 ? 100 : 91);
    }
    return place;
  }

  Request add(const std::string& key) {
    msg::AddItems add{key, {}};
    for (auto count = 1 + random_.below(2); count > 0; --count) {
      add.items.push_back({base::ItemId(++last_item_), "Item", "t", base::Cents(100), base::Quantity(some(9))});
    }
    return add;
  }

  // Also one that may not be there yet.
  base::ItemId item() { return base::ItemId(1 + random_.below(last_item_ + 1)); }

  void answer_all() {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < history.size(); ++i) {
      if (moments_[i] != kLost) order.push_back(i);
    }
    std::sort(order.begin(), order.end(),
              [&](auto a, auto b) { return std::pair(moments_[a], a) < std::pair(moments_[b], b); });
    Shop shop(random_);
    for (const auto i : order) {
      auto answer = std::visit(shop, history[i].request);
      if (history[i].returned != kNever) history[i].answer = std::move(answer);
    }
  }

  base::Random random_;
  std::vector<Time> moments_;
  std::vector<std::pair<std::string, Request>> keys_;
  std::uint64_t last_item_ = 3;
};

}  // namespace history
