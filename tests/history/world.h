// World: a shop that handles one request after another, and clients that ask it at the same time.
//
// The times of every request are drawn first: when it is invoked, when the shop handles it, when it returns. The shop
// handles requests in the order of these moments, so the history has an order by construction. Some writes get no
// answer: they happen at their moment, much later, or never. The same client or others repeat keys.
#pragma once

#include <set>

#include "base/random.h"
#include "tests/history/seqs.h"
#include "tests/history/shop.h"

namespace history {

class World {
 public:
  struct Size {
    std::size_t operations = 300;
    unsigned clients = 6;
    bool known_at_first = false;  // if true, the first two operations show all items and orders
    bool expects_versions = true;
    bool cancels = true;
    bool holds = false;
    bool edits = false;
    bool places = false;
  };
  explicit World(std::uint64_t seed) : World(seed, Size{}) {}
  World(std::uint64_t seed, const Size& size)
      : random_(seed),
        has_seqs_(random_.chance(0.5)),
        expects_versions_(size.expects_versions),
        cancels_(size.cancels),
        holds_(size.holds),
        edits_(size.edits),
        places_(size.places) {
    if (size.known_at_first) {
      ask_at(0, 0, msg::Search{.limit = msg::kPageMax});
      ask_at(0, 0, msg::ListOrders{});
    }
    std::vector<Time> free(size.clients, 1);
    for (std::size_t i = 0; i < size.operations; ++i) {
      const auto client = static_cast<std::size_t>(random_.below(size.clients));
      free[client] = ask(client, free[client]);
    }
    answer_all();
    give_seqs();
  }

  Operations history;

 private:
  static constexpr Time kLost = -1;

  Time some(Time most) { return static_cast<Time>(random_.below(static_cast<std::uint64_t>(most))); }
  template <class T>
  T one_of(const std::vector<T>& all) {
    return all[random_.below(all.size())];
  }

  void ask_at(std::size_t client, Time moment, Request request) {
    moments_.push_back(moment);
    history.push_back({client, moment, moment, std::move(request), {}});
  }

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

  std::optional<std::string> customer() { return one_of<std::optional<std::string>>({std::nullopt, "ann", "bob"}); }

  std::optional<std::uint32_t> limit(std::uint64_t most) {
    if (random_.chance(0.3)) return std::nullopt;
    return 1 + static_cast<std::uint32_t>(random_.below(most));
  }

  Request request() {
    if (holds_ && random_.chance(0.1)) return read_hold();
    const auto dice = random_.below(100);
    if (dice < 20) return msg::Lookup{.item = item()};
    if (dice < 25) return msg::Lookup{.title = one_of<std::string>({"RED apple", "green pear", "pear tree", "plum"})};
    if (dice < 35) return search();
    if (dice < 42) return msg::GetOrder{base::OrderNo(random_.below(2 + keys_.size()))};
    if (dice < 46) {
      return msg::ListOrders{
          .customer = customer(), .after = base::OrderNo(random_.below(1 + keys_.size())), .limit = limit(20)};
    }
    if (dice < 51 && !keys_.empty()) return msg::Outcome{one_of(keys_).first};
    return write();
  }

  msg::Search search() {
    using Text = std::optional<std::string>;
    msg::Search search{.topic = one_of<Text>({std::nullopt, std::nullopt, "FRUIT", "garden", "none"}),
                       .text = one_of<Text>({std::nullopt, std::nullopt, "apple", "p", "red AP", "pear tree", "plum"}),
                       .limit = limit(6)};
    if (random_.chance(0.3)) search.after = item();
    if (edits_ && !search.topic && !search.text && random_.chance(0.3)) search.retired = true;
    return search;
  }

  // A used key comes again with its first request or, in one of five cases, with another one.
  Request write() {
    const auto key = this->key();
    const auto known = std::find_if(keys_.begin(), keys_.end(), [&](const auto& used) { return used.first == key; });
    if (known != keys_.end()) return random_.chance(0.2) ? new_write(key) : known->second;
    keys_.emplace_back(key, new_write(key));
    return keys_.back().second;
  }

  // Some changes name a version; 0 stands for the right one, which is known when they happen.
  template <class Change>
  Change expecting(Change change) {
    if (expects_versions_ && random_.chance(0.4))
      change.version = random_.chance(0.7) ? base::Seq() : base::Seq(1 + random_.below(40));
    return change;
  }

  base::HoldNo hold() { return base::HoldNo(1 + random_.below(2 + keys_.size() / 4)); }

  Request read_hold() {
    if (random_.chance(0.6)) return msg::GetHold{hold()};
    return msg::ListHolds{.customer = customer(), .after = base::HoldNo(random_.below(3)), .limit = limit(5)};
  }

  Request write_hold(const std::string& key) {
    const auto ttl = static_cast<std::uint32_t>(1 + random_.below(300));
    const auto dice = random_.below(100);
    if (dice < 20) return msg::ReleaseHold{key, hold()};
    if (dice < 35) return msg::ExtendHold{key, hold(), ttl};
    if (dice < 60) {
      msg::ConfirmHold confirm{key, hold(), {}};
      if (random_.chance(0.5)) {
        confirm.lines.emplace().push_back({base::ItemId(1 + random_.below(3)), base::Quantity(1 + some(2))});
      }
      return confirm;
    }
    msg::PlaceHold place{.key = key, .customer = customer(), .ttl = ttl};
    for (std::uint64_t id = 1; id <= 3; ++id) {
      if (random_.chance(0.5)) place.lines.push_back({base::ItemId(id), base::Quantity(1 + some(4)), {}});
    }
    if (place.lines.empty()) place.lines.push_back({base::ItemId(1), base::Quantity(1), {}});
    if (random_.chance(0.2)) place.lines.back().price = base::Cents(100);
    return place;
  }

  msg::Terms terms() {
    switch (random_.below(5)) {
      case 0:
        return {.per_order = base::Quantity(1 + some(3))};
      case 1:
        return {.per_customer = base::Quantity(2 + some(4)), .window = 1 + some(300)};
      case 2:
        return {.from = 1 + some(300)};
      case 3:
        return {.until = 1 + some(3000)};
      default:
        return {};
    }
  }

  msg::EditItem edit(const std::string& key) {
    msg::EditItem edit{.key = key, .item = item()};
    const auto dice = random_.below(100);
    if (dice < 30) edit.title = one_of<std::string>({"Red apple", "Plum", "Pear tree"});
    if (dice >= 20 && dice < 50) edit.topic = one_of<std::string>({"Fruit", "Garden", "None"});
    if (dice >= 50 && dice < 75) edit.retired = random_.chance(0.4);
    if (dice >= 75) edit.terms = terms();
    if (dice % 5 == 0)
      edit.topics = one_of<msg::Topics>({msg::Topics(), msg::Topics{"Fruit"}, msg::Topics{"Garden", "None"}});
    if (dice % 7 == 0) edit.description = one_of<std::string>({"", "Sweet", "Two\nlines"});
    if (dice % 3 == 0)
      edit.attributes = one_of<msg::AttributeChanges>(
          {msg::AttributeChanges{{"a", "1"}}, msg::AttributeChanges{{"a", std::nullopt}, {"b", "2"}}});
    return edit;
  }

  std::string place() { return one_of<std::string>({"main", "annex", "annex", "north", "vault"}); }
  std::optional<std::string> some_place() {
    return places_ && random_.chance(0.6) ? std::optional(place()) : std::nullopt;
  }
  std::optional<bool> opens() { return places_ && random_.chance(0.6) ? std::optional(true) : std::nullopt; }

  msg::Transfer transfer(const std::string& key) {
    msg::Transfer transfer{.key = key,
                           .item = item(),
                           .quantity = base::Quantity(1 + some(6)),
                           .from = place(),
                           .to = place(),
                           .opens = opens()};
    while (transfer.from == transfer.to) transfer.to = place();
    return transfer;
  }

  Request new_write(const std::string& key) {
    if (places_ && random_.chance(0.25)) return expecting(transfer(key));
    if (edits_ && random_.chance(0.2)) return expecting(edit(key));
    if (holds_ && random_.chance(0.5)) return write_hold(key);
    const auto dice = random_.below(100);
    if (dice < 10) return expecting(msg::ChangePrice{key, item(), base::Cents(90 + some(3))});
    if (dice < 13) {
      return expecting(msg::CountStock{key, item(), base::Quantity(some(9)), {}, {}, some_place(), opens()});
    }
    if (dice < 25) {
      return expecting(msg::Restock{
          key, item(), base::Quantity(some(2) == 0 ? -1 - some(4) : 1 + some(9)), {}, {}, some_place(), opens()});
    }
    if (dice < 32) return add(key);
    if (dice < 44 && cancels_) return cancel(key);
    msg::PlaceOrder place{
        .key = key, .type = random_.chance(0.2) ? msg::OrderType::kSell : msg::OrderType::kBuy, .customer = customer()};
    for (auto lines = 1 + random_.below(3); lines > 0; --lines) {
      place.lines.push_back({item(), base::Quantity(1 + some(4)), {}});
      if (random_.chance(0.2)) place.lines.back().price = base::Cents(some(2) == 0 ? 100 : 91);
      if (places_ && place.type == msg::OrderType::kBuy) place.lines.back().place = some_place();
    }
    return place;
  }

  // About as many orders are placed as keys are used; the last ones are cancelled most.
  Request cancel(const std::string& key) {
    const auto back = random_.below(random_.chance(0.7) ? 12 : keys_.size() + 1);
    const auto last = std::max<std::uint64_t>(keys_.size() / 2, 1);
    msg::Cancel cancel{key, base::OrderNo(last > back ? last - back : 1), {}, {}, {}};
    if (random_.chance(0.3)) cancel.kind = random_.chance(0.5) ? msg::CancelKind::kReturn : msg::CancelKind::kScrap;
    if (random_.chance(0.5)) return cancel;
    cancel.lines.emplace();
    for (std::uint64_t id = 1; id <= 3; ++id) {
      if (random_.chance(0.4)) cancel.lines->push_back({base::ItemId(id), base::Quantity(1 + some(3))});
    }
    if (cancel.lines->empty()) cancel.lines->push_back({base::ItemId(1), base::Quantity(1)});
    return cancel;
  }

  Request add(const std::string& key) {
    msg::AddItems add{key, {}};
    for (auto count = 1 + random_.below(2); count > 0; --count) {
      const auto id = last_item_ > 3 && random_.chance(0.2) ? last_item_ : ++last_item_;
      if (!add.items.empty() && add.items.back().id == base::ItemId(id)) continue;
      add.items.push_back(
          {base::ItemId(id), Shop::title_of(id), Shop::topic_of(id), base::Cents(100), base::Quantity(some(9))});
    }
    return add;
  }

  // The id may be that of an item that does not exist yet.
  base::ItemId item() { return base::ItemId(1 + random_.below(last_item_ + 1)); }

  void answer_all() {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < history.size(); ++i) {
      if (moments_[i] != kLost) order.push_back(i);
    }
    std::sort(order.begin(), order.end(),
              [&](auto a, auto b) { return std::pair(moments_[a], a) < std::pair(moments_[b], b); });
    Shop shop;
    std::map<std::string, base::Seq, std::less<>> versions;  // expected, by key
    for (const auto i : order) {
      if (auto* version = expected(history[i].request); version && !*version) {
        const auto item = item_of(history[i], {}).value();
        const auto now = shop.items().count(item) > 0 ? shop.items().at(item).version : base::Seq(1);
        *version = versions.emplace(write_key(history[i]), now).first->second;
      }
      if (holds_) shop.at(moments_[i]);
      auto answer = std::visit(shop, history[i].request);
      if (history[i].returned == kNever) continue;
      history[i].answer = std::move(answer);
      if (has_seqs_) history[i].seq = base::Seq(shop.seq());
    }
    if (holds_) name_lines(shop);
    events_ = shop.seq();
  }

  // A confirmation without an answer names its lines, because no answer may show its hold (history.h).
  void name_lines(const Shop& shop) {
    std::set<std::string, std::less<>> unanswered;
    for (const auto& operation : history) {
      if (!is_definite(operation)) unanswered.emplace(write_key(operation));
    }
    for (auto& operation : history) {
      auto* confirm = std::get_if<msg::ConfirmHold>(&operation.request);
      if (!confirm || confirm->lines || unanswered.count(confirm->key) == 0) continue;
      if (confirm->hold.value() > shop.holds().size()) continue;
      confirm->lines.emplace();
      for (const auto& line : shop.holds()[confirm->hold.value() - 1].lines) {
        confirm->lines->push_back({line.item, line.quantity});
      }
    }
  }

  // The version that the request expects; null if it expects none.
  static base::Seq* expected(Request& request) {
    if (auto* change = std::get_if<msg::ChangePrice>(&request)) return change->version ? &*change->version : nullptr;
    if (auto* restock = std::get_if<msg::Restock>(&request)) return restock->version ? &*restock->version : nullptr;
    if (auto* count = std::get_if<msg::CountStock>(&request)) return count->version ? &*count->version : nullptr;
    if (auto* transfer = std::get_if<msg::Transfer>(&request)) return transfer->version ? &*transfer->version : nullptr;
    if (auto* edit = std::get_if<msg::EditItem>(&request)) return edit->version ? &*edit->version : nullptr;
    return nullptr;
  }

  // Leaves random gaps between the shop's seqs, as if other events were there.
  void give_seqs() {
    std::vector<base::Seq> seqs{base::Seq()};
    while (seqs.size() <= events_) seqs.push_back(seqs.back().next(1 + random_.below(2)));
    for (auto& operation : history) {
      auto* version = expected(operation.request);
      if (version && version->value() < seqs.size()) *version = seqs[version->value()];
      each_seq(operation.answer, [&](base::Seq& seq) { seq = seqs[seq.value()]; });
      operation.seq = seqs[operation.seq.value()];
    }
  }

  base::Random random_;
  bool has_seqs_;
  bool expects_versions_;
  bool cancels_;
  bool holds_;
  bool edits_;
  bool places_;
  std::vector<Time> moments_;
  std::vector<std::pair<std::string, Request>> keys_;
  std::uint64_t last_item_ = 3;
  std::uint64_t events_ = 0;
};

}  // namespace history
