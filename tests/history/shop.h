// Shop: handles one request after another. It is deliberately naive, and shares no code with the checker or the ledger.
// Its events have the seqs 1, 2, 3, ...; a world maps them to other rising seqs.
#pragma once

#include <algorithm>
#include <map>
#include <sstream>

#include "history/history.h"
#include "msg/codec.h"

namespace history {

class Shop {
 public:
  // Items 1 to 3. The stock of item 3 is only 4 below the limit.
  Shop() {
    for (std::uint64_t id = 1; id <= 3; ++id) {
      ++seq_;
      items_[base::ItemId(id)] = {base::ItemId(id),
                                  title_of(id),
                                  topic_of(id),
                                  base::Cents(100),
                                  base::Quantity(id == 3 ? msg::kStockMax - 4 : 20),
                                  base::Seq(seq_)};
      shelves_[base::ItemId(id)]["main"] = items_[base::ItemId(id)].stock;
    }
  }

  static std::string title_of(std::uint64_t id) {
    static const std::vector<std::string> kTitles{"Red apple", "red APPLE", "Green pear", "Pear tree"};
    return kTitles[id % kTitles.size()];
  }
  static std::string topic_of(std::uint64_t id) {
    static const std::vector<std::string> kTopics{"Fruit", "fruit", "Garden"};
    return kTopics[id % kTopics.size()];
  }
  static bool same(const std::string& a, const std::string& b) { return lower(a) == lower(b); }
  static bool finds(const msg::Search& search, const msg::Item& item) {
    auto topics = item.topics.value_or(msg::Topics());
    topics.push_back(item.topic);
    const auto is_it = [&](const std::string& topic) { return same(*search.topic, topic); };
    if (search.topic && std::none_of(topics.begin(), topics.end(), is_it)) return false;
    if (msg::is_retired(item) && !search.retired.value_or(false)) return false;
    std::istringstream words(lower(search.text.value_or("")));
    for (std::string word; words >> word;) {
      if ((" " + lower(item.title)).find(" " + word) == std::string::npos) return false;
    }
    return true;
  }

  const std::map<base::ItemId, msg::Item>& items() const { return items_; }
  const std::vector<msg::Order>& orders() const { return orders_; }
  bool is_used(const std::string& key) const { return keys_.count(key) > 0; }
  std::uint64_t seq() const { return seq_; }
  // All items that a search finds, and all orders of a list, as if there were no limit.
  std::vector<msg::Item> all(const msg::Search& search) const {
    std::vector<msg::Item> found;
    for (const auto& [id, item] : items_) {
      if (id > search.after.value_or(base::ItemId()) && finds(search, item)) found.push_back(item);
    }
    return found;
  }
  std::vector<msg::Order> all(const msg::ListOrders& list) const {
    std::vector<msg::Order> found;
    for (const auto& order : orders_) {
      const bool is_theirs = !list.customer || same(order.customer, *list.customer);
      if (is_theirs && order.no > list.after.value_or(base::OrderNo())) found.push_back(order);
    }
    return found;
  }

  // The time of all events from here on. Holds that are over by then end first, in the order of their ends.
  void at(std::int64_t now) {
    now_ = now;
    for (;;) {
      msg::Hold* first = nullptr;
      for (auto& hold : holds_) {
        const bool over = hold.state == msg::HoldState::kOpen && hold.expires <= now;
        if (over && (!first || hold.expires < first->expires)) first = &hold;
      }
      if (!first) return;
      ++seq_;
      end(*first, msg::HoldState::kExpired);
    }
  }
  const std::vector<msg::Hold>& holds() const { return holds_; }

  Answer operator()(const msg::Lookup& lookup) const {
    for (const auto& [id, item] : items_) {
      const bool has_title = lookup.title && same(*lookup.title, item.title) && !msg::is_retired(item);
      if (lookup.item ? *lookup.item == id : has_title) return msg::ItemReply{item, {}, {}};
    }
    return msg::Refusal{.code = msg::Code::kUnknownItem, .item = lookup.item};
  }
  Answer operator()(const msg::Search& search) const {
    msg::ItemsReply reply{all(search), {}, {}};
    if (cut(reply.items, search.limit)) reply.next = reply.items.back().id;
    return reply;
  }
  Answer operator()(const msg::PlaceOrder& place) {
    if (const auto before = used(place.key, place)) return *before;
    std::map<base::ItemId, base::Quantity> left;
    std::map<std::pair<base::ItemId, std::string>, base::Quantity> named;  // of the places that lines name
    for (const auto& line : place.lines) {
      if (line.place) named[{line.item, *line.place}] += line.quantity;
      if (items_.count(line.item) == 0) return refused(msg::Code::kUnknownItem, line.item);
      const auto& item = items_.at(line.item);
      if (place.type == msg::OrderType::kBuy) {
        if (const auto refusal = not_for_sale(item)) return *refusal;
      }
      if (line.price && *line.price != item.price) {
        auto refusal = refused(msg::Code::kPriceChanged, line.item);
        refusal.price = item.price;
        return refusal;
      }
      const auto moved = place.type == msg::OrderType::kBuy ? -line.quantity : line.quantity;
      left.emplace(line.item, item.stock).first->second += moved;
    }
    for (const auto& [id, stock] : left) {
      if (stock < msg::held_of(items_.at(id))) return sold_out(id);
      if (stock.value() > msg::kStockMax) return refused(msg::Code::kLimit, id);
    }
    if (place.type == msg::OrderType::kBuy) {
      for (const auto& [id, stock] : left) {
        const auto asked = items_.at(id).stock - stock;
        if (const auto refusal = over_terms(items_.at(id), asked, place.customer.value_or(""))) return *refusal;
      }
    }
    for (const auto& [from, pieces] : named) {
      const auto there = shelf_of(items_.at(from.first))[from.second];
      if (pieces > there) return sold_out(from.first, there);
    }
    ++seq_;
    msg::Order order{base::OrderNo(orders_.size() + 1),
                     base::Seq(seq_),
                     now_,
                     place.type,
                     place.key,
                     place.customer.value_or(""),
                     {},
                     {}};
    for (const auto& line : place.lines) {
      auto& item = items_.at(line.item);
      item.stock += place.type == msg::OrderType::kBuy ? -line.quantity : line.quantity;
      item.version = base::Seq(seq_);
      order.lines.push_back({line.item, line.quantity, item.price, item.stock});
      order.total += base::Cents(item.price.value() * line.quantity.value());
    }
    for (const bool names : {true, false}) {
      for (std::size_t i = 0; i < place.lines.size() && place.type == msg::OrderType::kBuy; ++i) {
        if (place.lines[i].place.has_value() == names) order.lines[i].places = take(place.lines[i], shelves_);
      }
    }
    for (const auto& line : order.lines) show_places(line.item);
    orders_.push_back(order);
    return keep(place.key, place, msg::OrderReply{order}, order.no);
  }
  Answer operator()(const msg::ChangePrice& change) {
    if (const auto before = used(change.key, change)) return *before;
    if (items_.count(change.item) == 0) return refused(msg::Code::kUnknownItem, change.item);
    if (change.version && *change.version != items_.at(change.item).version) return moved_on(change.item);
    items_.at(change.item).price = change.price;
    return touched(change.key, change, change.item);
  }
  Answer operator()(const msg::Restock& restock) {
    if (const auto before = used(restock.key, restock)) return *before;
    if (items_.count(restock.item) == 0) return refused(msg::Code::kUnknownItem, restock.item);
    if (restock.version && *restock.version != items_.at(restock.item).version) return moved_on(restock.item);
    auto& stock = items_.at(restock.item).stock;
    const auto place = restock.place.value_or("main");
    const auto there = std::min(shelves_[restock.item][place], msg::available_of(items_.at(restock.item)));
    if (there + restock.delta < base::Quantity()) return sold_out(restock.item, there);
    if ((stock + restock.delta).value() > msg::kStockMax) return refused(msg::Code::kLimit, restock.item);
    if (is_unknown(place, restock.opens)) return refused(msg::Code::kUnknownPlace, restock.item);
    stock += restock.delta;
    shelves_[restock.item][place] += restock.delta;
    show_places(restock.item);
    return touched(restock.key, restock, restock.item);
  }
  Answer operator()(const msg::CountStock& count) {
    if (const auto before = used(count.key, count)) return *before;
    if (items_.count(count.item) == 0) return refused(msg::Code::kUnknownItem, count.item);
    if (count.version && *count.version != items_.at(count.item).version) return moved_on(count.item);
    const auto place = count.place.value_or("main");
    const auto stock = items_.at(count.item).stock - shelves_[count.item][place] + count.stock;
    if (stock < msg::held_of(items_.at(count.item))) return sold_out(count.item);
    if (stock.value() > msg::kStockMax) return refused(msg::Code::kLimit, count.item);
    if (is_unknown(place, count.opens)) return refused(msg::Code::kUnknownPlace, count.item);
    items_.at(count.item).stock = stock;
    shelves_[count.item][place] = count.stock;
    show_places(count.item);
    return touched(count.key, count, count.item);
  }
  Answer operator()(const msg::Transfer& transfer) {
    if (const auto before = used(transfer.key, transfer)) return *before;
    if (items_.count(transfer.item) == 0) return refused(msg::Code::kUnknownItem, transfer.item);
    if (transfer.version && *transfer.version != items_.at(transfer.item).version) return moved_on(transfer.item);
    auto& there = shelves_[transfer.item][transfer.from.value_or("main")];
    if (transfer.quantity > there) return sold_out(transfer.item, there);
    const auto to = transfer.to.value_or("main");
    if (is_unknown(to, transfer.opens)) return refused(msg::Code::kUnknownPlace, transfer.item);
    there -= transfer.quantity;
    shelves_[transfer.item][to] += transfer.quantity;
    show_places(transfer.item);
    return touched(transfer.key, transfer, transfer.item);
  }
  Answer operator()(const msg::EditItem& edit) {
    if (const auto before = used(edit.key, edit)) return *before;
    if (items_.count(edit.item) == 0) return refused(msg::Code::kUnknownItem, edit.item);
    auto& item = items_.at(edit.item);
    if (edit.version && *edit.version != item.version) return moved_on(edit.item);
    if (edit.title) item.title = *edit.title;
    if (edit.topic) item.topic = *edit.topic;
    if (edit.topics) item.topics = edit.topics->empty() ? std::nullopt : edit.topics;
    if (edit.description) item.description = edit.description->empty() ? std::nullopt : edit.description;
    auto attributes = item.attributes.value_or(msg::Attributes());
    for (const auto& [name, value] : edit.attributes.value_or(msg::AttributeChanges())) {
      attributes.erase(name);
      if (value) attributes[name] = *value;
    }
    item.attributes = attributes.empty() ? std::nullopt : std::optional(attributes);
    if (edit.retired) item.retired = *edit.retired ? std::optional(true) : std::nullopt;
    if (edit.terms) item.terms = *edit.terms == msg::Terms{} ? std::nullopt : edit.terms;
    item.edited = base::Seq(seq_ + 1);
    return touched(edit.key, edit, edit.item);
  }
  Answer operator()(const msg::AddItems& add) {
    if (const auto before = used(add.key, add)) return *before;
    for (const auto& item : add.items) {
      if (items_.count(*item.id) > 0) return refused(msg::Code::kItemExists, *item.id);
    }
    ++seq_;
    msg::ItemsReply reply;
    for (const auto& item : add.items) {
      items_[*item.id] = {*item.id, item.title, item.topic, item.price, item.stock, base::Seq(seq_)};
      shelves_[*item.id]["main"] = item.stock;
      reply.items.push_back(items_[*item.id]);
    }
    reply.at = now_;
    return keep(add.key, add, reply);
  }
  Answer operator()(const msg::Cancel& cancel) {
    if (const auto before = used(cancel.key, cancel)) return *before;
    if (!cancel.no || cancel.no.value() > orders_.size()) return msg::Refusal{.code = msg::Code::kUnknownOrder};
    auto& order = orders_[cancel.no.value() - 1];
    auto left = left_of(order);
    if (std::none_of(left.begin(), left.end(), [](const auto& each) { return each.second.value() > 0; })) {
      return msg::Refusal{.code = msg::Code::kNothingRemains};
    }
    std::vector<msg::CancelLine> lines;
    for (const auto& [id, pieces] : left) {
      if (!cancel.lines && pieces.value() > 0) lines.push_back({id, pieces});
    }
    if (cancel.lines) lines = *cancel.lines;
    const bool goes_back = cancel.kind != msg::CancelKind::kScrap;
    for (const auto& line : lines) {
      if (line.quantity > left[line.item]) return refused(msg::Code::kMoreThanRemains, line.item);
      const auto stock = items_.at(line.item).stock + line.quantity;
      if (goes_back && stock.value() > msg::kStockMax) return refused(msg::Code::kLimit, line.item);
    }
    ++seq_;
    msg::Cancellation taken{
        cancel.no, base::Seq(seq_), now_, cancel.kind, cancel.key, {}, {}, cancel.reason.value_or(""), {}};
    for (const auto& line : lines) {
      auto& item = items_.at(line.item);
      if (goes_back) item.stock += line.quantity;
      item.version = base::Seq(seq_);
      const auto bought = std::find_if(order.lines.begin(), order.lines.end(),
                                       [&](const msg::OrderLine& each) { return each.item == line.item; });
      taken.lines.push_back({line.item, line.quantity, bought->price, item.stock});
      taken.total += base::Cents(bought->price.value() * line.quantity.value());
      Shelves from{{line.item, remains_of(order, line.item)}};
      auto& places = taken.lines.back().places = take({line.item, line.quantity, {}}, from);
      if (!goes_back) continue;
      auto& shelf = shelves_[line.item];
      shelf["main"] += line.quantity;
      for (const auto& [place, pieces] : places.value_or(msg::Places())) {
        shelf[place] += pieces;
        shelf["main"] -= pieces;
      }
      show_places(line.item);
    }
    if (!order.cancellations) order.cancellations.emplace();
    order.cancellations->push_back(taken);
    left = left_of(order);
    const bool some = std::any_of(left.begin(), left.end(), [](const auto& each) { return each.second.value() > 0; });
    const bool back = std::any_of(order.cancellations->begin(), order.cancellations->end(),
                                  [](const auto& each) { return each.kind != msg::CancelKind::kCancel; });
    order.state = some   ? msg::OrderState::kPartlyCancelled
                  : back ? msg::OrderState::kReturned
                         : msg::OrderState::kCancelled;
    return keep(cancel.key, cancel, msg::OrderReply{order});
  }
  Answer operator()(const msg::GetOrder& get) const {
    if (!get.no || get.no.value() > orders_.size()) return msg::Refusal{.code = msg::Code::kUnknownOrder};
    return msg::OrderReply{orders_[get.no.value() - 1]};
  }
  Answer operator()(const msg::ListOrders& list) const {
    msg::OrdersReply reply{all(list), {}};
    if (cut(reply.orders, list.limit)) reply.next = reply.orders.back().no;
    return reply;
  }
  Answer operator()(const msg::Outcome& outcome) {
    const auto known = keys_.find(outcome.key);
    if (known == keys_.end()) {
      keys_[outcome.key] = {msg::Outcome{}, base::Seq(++seq_), {}, {}};
      return msg::OutcomeReply{msg::OutcomeKind::kVoid, base::Seq(seq_), {}};
    }
    const auto& [request, seq, no, answer] = known->second;
    if (no) return msg::OutcomeReply{msg::OutcomeKind::kOrder, seq, as_placed(orders_[no.value() - 1])};
    const bool is_void = std::holds_alternative<msg::Outcome>(request);
    msg::OutcomeReply reply{is_void ? msg::OutcomeKind::kVoid : msg::OutcomeKind::kChange, seq, {}};
    if (const auto* held = std::get_if<msg::HoldReply>(&answer)) reply.hold = holds_[held->hold.no.value() - 1];
    return reply;
  }
  Answer operator()(const msg::PlaceHold& place) {
    if (const auto before = used(place.key, place)) return as_now(*before);
    for (const auto& line : place.lines) {
      if (items_.count(line.item) == 0) return refused(msg::Code::kUnknownItem, line.item);
      const auto& item = items_.at(line.item);
      if (const auto refusal = not_for_sale(item)) return *refusal;
      if (line.price && *line.price != item.price) {
        auto refusal = refused(msg::Code::kPriceChanged, line.item);
        refusal.price = item.price;
        return refusal;
      }
      if (line.quantity > msg::available_of(item)) return sold_out(line.item);
    }
    for (const auto& line : place.lines) {
      const auto refusal = over_terms(items_.at(line.item), line.quantity, place.customer.value_or(""));
      if (refusal) return *refusal;
    }
    ++seq_;
    msg::Hold hold{base::HoldNo(holds_.size() + 1),
                   base::Seq(seq_),
                   base::Seq(seq_),
                   now_,
                   now_ + place.ttl,
                   msg::HoldState::kOpen,
                   place.key,
                   place.customer.value_or(""),
                   {},
                   {},
                   {}};
    for (const auto& line : place.lines) {
      auto& item = items_.at(line.item);
      hold_some(item, line.quantity);
      item.version = base::Seq(seq_);
      hold.lines.push_back({line.item, line.quantity, item.price, msg::held_of(item)});
    }
    holds_.push_back(hold);
    return keep(place.key, place, msg::HoldReply{hold});
  }
  Answer operator()(const msg::ConfirmHold& confirm) {
    if (const auto before = used(confirm.key, confirm)) return *before;
    if (const auto refusal = not_open(confirm.hold)) return *refusal;
    auto& hold = holds_[confirm.hold.value() - 1];
    std::vector<msg::ConfirmLine> lines;
    for (const auto& line : hold.lines) lines.push_back({line.item, line.quantity});
    if (confirm.lines) lines = *confirm.lines;
    msg::Order order{base::OrderNo(orders_.size() + 1),
                     base::Seq(seq_ + 1),
                     now_,
                     msg::OrderType::kBuy,
                     confirm.key,
                     hold.customer,
                     {},
                     {}};
    for (const auto& line : lines) {
      const auto held = std::find_if(hold.lines.begin(), hold.lines.end(),
                                     [&](const msg::HoldLine& each) { return each.item == line.item; });
      if (held == hold.lines.end() || line.quantity > held->quantity) {
        return refused(msg::Code::kMoreThanRemains, line.item);
      }
      order.lines.push_back({line.item, line.quantity, held->price, items_.at(line.item).stock - line.quantity});
      order.total += base::Cents(held->price.value() * line.quantity.value());
    }
    ++seq_;
    for (auto& line : order.lines) {
      items_.at(line.item).stock = line.stock;
      line.places = take({line.item, line.quantity, {}}, shelves_);
      show_places(line.item);
    }
    hold.order = order.no;
    end(hold, msg::HoldState::kConfirmed);
    orders_.push_back(order);
    return keep(confirm.key, confirm, msg::OrderReply{order}, order.no);
  }
  Answer operator()(const msg::ExtendHold& extend) {
    if (const auto before = used(extend.key, extend)) return as_now(*before);
    if (const auto refusal = not_open(extend.hold)) return *refusal;
    auto& hold = holds_[extend.hold.value() - 1];
    hold.expires = std::max(hold.expires, now_ + extend.ttl);
    hold.version = base::Seq(++seq_);
    return keep(extend.key, extend, msg::HoldReply{hold});
  }
  Answer operator()(const msg::ReleaseHold& release) {
    if (const auto before = used(release.key, release)) return as_now(*before);
    if (const auto refusal = not_open(release.hold)) return *refusal;
    auto& hold = holds_[release.hold.value() - 1];
    ++seq_;
    end(hold, msg::HoldState::kReleased);
    return keep(release.key, release, msg::HoldReply{hold});
  }
  Answer operator()(const msg::GetHold& get) const {
    if (get.hold.value() > holds_.size()) return msg::Refusal{.code = msg::Code::kUnknownHold};
    return msg::HoldReply{holds_[get.hold.value() - 1]};
  }
  Answer operator()(const msg::ListHolds& list) const {
    msg::HoldsReply reply;
    for (const auto& hold : holds_) {
      const bool is_theirs = !list.customer || same(hold.customer, *list.customer);
      const bool is_open = hold.state == msg::HoldState::kOpen;
      if (is_open && is_theirs && hold.no > list.after.value_or(base::HoldNo())) reply.holds.push_back(hold);
    }
    if (cut(reply.holds, list.limit)) reply.next = reply.holds.back().no;
    return reply;
  }
  Answer operator()(const msg::Events&) const { return msg::EventsReply{{}, base::Seq(seq_)}; }

 private:
  struct Used {
    Request request;
    base::Seq seq;
    base::OrderNo no;
    Answer answer;  // of a repeated request
  };

  using Shelf = std::map<std::string, base::Quantity>;  // by place, `main` too
  using Shelves = std::map<base::ItemId, Shelf>;

  Shelf shelf_of(const msg::Item& item) const { return shelves_.at(item.id); }
  bool is_unknown(const std::string& place, const std::optional<bool>& opens) const {
    return place != "main" && !opens.value_or(false) &&
           std::none_of(items_.begin(), items_.end(), [&](const auto& each) {
             const auto shelf = shelf_of(each.second);
             return shelf.count(place) > 0 && shelf.at(place).value() > 0;
           });
  }
  // Takes the pieces of a line from its place, or one after the other by the rule. Returns those that are not of main.
  static std::optional<msg::Places> take(const msg::DemandLine& line, Shelves& shelves) {
    auto& shelf = shelves[line.item];
    Shelf from;
    for (auto pieces = line.quantity; pieces.value() > 0; pieces -= base::Quantity(1)) {
      auto at = line.place.value_or("main");
      for (auto other = shelf.begin(); shelf[at].value() == 0 && other != shelf.end(); ++other) {
        if (other->second.value() > 0) at = other->first;
      }
      shelf[at] -= base::Quantity(1);
      from[at] += base::Quantity(1);
    }
    return listed(from);
  }
  static std::optional<msg::Places> listed(const Shelf& shelf) {
    msg::Places places;
    for (const auto& [place, pieces] : shelf) {
      if (place != "main" && pieces.value() > 0) places.push_back({place, pieces});
    }
    return places.empty() ? std::nullopt : std::optional(places);
  }
  void show_places(base::ItemId item) {
    auto& shelf = shelves_[item];
    auto elsewhere = base::Quantity();
    for (const auto& [place, pieces] : shelf) elsewhere += place == "main" ? base::Quantity() : pieces;
    shelf["main"] = items_.at(item).stock - elsewhere;
    items_.at(item).places = listed(shelf);
  }
  // The pieces of an item that remain of an order, at the places that they came from.
  static Shelf remains_of(const msg::Order& order, base::ItemId item) {
    Shelf left;
    const auto add = [&](const msg::OrderLine& line, std::int64_t sign) {
      if (line.item != item) return;
      left["main"] += base::Quantity(sign * line.quantity.value());
      for (const auto& [place, pieces] : line.places.value_or(msg::Places())) {
        left[place] += base::Quantity(sign * pieces.value());
        left["main"] -= base::Quantity(sign * pieces.value());
      }
    };
    for (const auto& line : order.lines) add(line, 1);
    if (!order.cancellations) return left;
    for (const auto& each : *order.cancellations) {
      for (const auto& line : each.lines) add(line, -1);
    }
    return left;
  }

  static void hold_some(msg::Item& item, base::Quantity pieces) {
    item.held = msg::held_of(item) + pieces;
    if (item.held->value() == 0) item.held.reset();
  }
  // Ends the hold with the event that has just got its seq.
  void end(msg::Hold& hold, msg::HoldState state) {
    for (const auto& line : hold.lines) {
      auto& item = items_.at(line.item);
      hold_some(item, -line.quantity);
      item.version = base::Seq(seq_);
    }
    hold.state = state;
    hold.version = base::Seq(seq_);
  }
  std::optional<msg::Refusal> not_open(base::HoldNo no) const {
    if (no.value() > holds_.size()) return msg::Refusal{.code = msg::Code::kUnknownHold};
    if (holds_[no.value() - 1].state == msg::HoldState::kOpen) return std::nullopt;
    return msg::Refusal{.code = msg::Code::kHoldOver};
  }
  Answer as_now(const Answer& answer) const {
    const auto* reply = std::get_if<msg::HoldReply>(&answer);
    return reply ? Answer(msg::HoldReply{holds_[reply->hold.no.value() - 1]}) : answer;
  }
  static msg::Order as_placed(msg::Order order) {
    order.cancellations.reset();
    order.state.reset();
    return order;
  }
  static std::map<base::ItemId, base::Quantity> left_of(const msg::Order& order) {
    std::map<base::ItemId, base::Quantity> left;
    if (order.type != msg::OrderType::kBuy) return left;
    for (const auto& line : order.lines) left[line.item] += line.quantity;
    if (!order.cancellations) return left;
    for (const auto& each : *order.cancellations) {
      for (const auto& line : each.lines) left[line.item] -= line.quantity;
    }
    return left;
  }
  static std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  }
  template <class Row>
  static bool cut(std::vector<Row>& rows, const std::optional<std::uint32_t>& limit) {
    const bool more = rows.size() > limit.value_or(msg::kPageDefault);
    if (more) rows.resize(limit.value_or(msg::kPageDefault));
    return more;
  }
  static msg::Refusal refused(msg::Code code, base::ItemId item) { return {.code = code, .item = item}; }
  msg::Refusal sold_out(base::ItemId item) const {
    auto refusal = refused(msg::Code::kOutOfStock, item);
    refusal.stock = msg::available_of(items_.at(item));
    return refusal;
  }
  msg::Refusal sold_out(base::ItemId item, base::Quantity there) const {
    auto refusal = refused(msg::Code::kOutOfStock, item);
    refusal.stock = there;
    return refusal;
  }
  std::optional<msg::Refusal> not_for_sale(const msg::Item& item) const {
    auto refusal = refused(msg::Code::kNotForSale, item.id);
    if (msg::is_retired(item)) return refusal;
    const auto terms = item.terms.value_or(msg::Terms{});
    if (terms.from && now_ < *terms.from) {
      refusal.from = terms.from;
      return refusal;
    }
    if (!terms.until || now_ < *terms.until) return std::nullopt;
    refusal.until = terms.until;
    return refusal;
  }
  std::optional<msg::Refusal> over_terms(const msg::Item& item, base::Quantity asked,
                                         const std::string& customer) const {
    const auto terms = item.terms.value_or(msg::Terms{});
    auto refusal = refused(msg::Code::kLimit, item.id);
    if (terms.per_order && asked > *terms.per_order) {
      refusal.allowed = terms.per_order;
      return refusal;
    }
    if (!terms.per_customer) return std::nullopt;
    const auto left =
        customer.empty() ? base::Quantity() : *terms.per_customer - had_by(customer, item.id, *terms.window);
    if (asked <= left) return std::nullopt;
    refusal.allowed = std::max(left, base::Quantity());
    return refusal;
  }
  // The pieces that the customer has bought since the window began, and holds.
  base::Quantity had_by(const std::string& customer, base::ItemId item, std::int64_t window) const {
    base::Quantity all;
    for (const auto& order : orders_) {
      if (!same(order.customer, customer) || order.at <= now_ - window) continue;
      const auto left = left_of(order);
      if (left.count(item) > 0) all += left.at(item);
    }
    for (const auto& hold : holds_) {
      if (!same(hold.customer, customer) || hold.state != msg::HoldState::kOpen) continue;
      for (const auto& line : hold.lines) all += line.item == item ? line.quantity : base::Quantity();
    }
    return all;
  }
  msg::Refusal moved_on(base::ItemId item) const {
    auto refusal = refused(msg::Code::kVersionChanged, item);
    refusal.version = items_.at(item).version;
    return refusal;
  }
  template <class R>
  Answer touched(const std::string& key, const R& request, base::ItemId item) {
    items_.at(item).version = base::Seq(++seq_);
    return keep(key, request, msg::ItemReply{items_.at(item), now_, {}});
  }
  template <class R>
  Answer keep(const std::string& key, const R& request, Answer answer, base::OrderNo no = {}) {
    keys_[key] = {request, base::Seq(seq_), no, answer};
    return answer;
  }
  template <class R>
  std::optional<Answer> used(const std::string& key, const R& request) const {
    const auto known = keys_.find(key);
    if (known == keys_.end()) return std::nullopt;
    if (std::holds_alternative<msg::Outcome>(known->second.request)) {
      return msg::Refusal{.code = msg::Code::kKeyVoided};
    }
    const auto* same = std::get_if<R>(&known->second.request);
    if (!same || msg::encoded(*same) != msg::encoded(request)) return msg::Refusal{.code = msg::Code::kKeyReused};
    return known->second.answer;
  }

  std::uint64_t seq_ = 0;
  std::int64_t now_ = 0;
  std::vector<msg::Hold> holds_;
  std::map<base::ItemId, msg::Item> items_;
  Shelves shelves_;  // the pieces of each item
  std::vector<msg::Order> orders_;
  std::map<std::string, Used> keys_;
};

// Visits every seq in an answer, in a fixed order.
template <class Visit>
void each_seq(Answer& answer, Visit visit) {
  const auto visit_item = [&](msg::Item& item) {
    visit(item.version);
    if (item.edited) visit(*item.edited);
  };
  if (auto* item = std::get_if<msg::ItemReply>(&answer)) visit_item(item->item);
  if (auto* items = std::get_if<msg::ItemsReply>(&answer)) {
    for (auto& item : items->items) visit_item(item);
  }
  const auto visit_order = [&](msg::Order& order) {
    visit(order.seq);
    if (!order.cancellations) return;
    for (auto& each : *order.cancellations) visit(each.seq);
  };
  const auto visit_hold = [&](msg::Hold& hold) {
    visit(hold.seq);
    visit(hold.version);
  };
  if (auto* order = std::get_if<msg::OrderReply>(&answer)) visit_order(order->order);
  if (auto* orders = std::get_if<msg::OrdersReply>(&answer)) {
    for (auto& order : orders->orders) visit_order(order);
  }
  if (auto* outcome = std::get_if<msg::OutcomeReply>(&answer)) {
    visit(outcome->seq);
    if (outcome->order) visit(outcome->order->seq);
    if (outcome->hold) visit_hold(*outcome->hold);
  }
  if (auto* hold = std::get_if<msg::HoldReply>(&answer)) visit_hold(hold->hold);
  if (auto* holds = std::get_if<msg::HoldsReply>(&answer)) {
    for (auto& hold : holds->holds) visit_hold(hold);
  }
  if (auto* events = std::get_if<msg::EventsReply>(&answer)) visit(events->mark);
  if (auto* refusal = std::get_if<msg::Refusal>(&answer); refusal && refusal->version) visit(*refusal->version);
}

}  // namespace history
