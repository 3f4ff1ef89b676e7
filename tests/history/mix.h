// Mix: exchanges one part of a history for another part of it. The result may still be right: an oracle decides. The
// first `kept` operations, which show the initial state, stay as they are.
#pragma once

#include "tests/history/world.h"

namespace history {

class Mixer {
 public:
  Mixer(base::Random& random, Operations& history, std::size_t kept)
      : random_(random), history_(history), kept_(kept) {}

  // Returns the name of the change; empty if this history has no part to change.
  std::string mix() {
    using Change = bool (Mixer::*)();
    static const std::vector<std::pair<const char*, Change>> kChanges{
        {"two answers exchanged", &Mixer::exchange},
        {"the answer of another", &Mixer::take_another},
        {"an item with another's field", &Mixer::item_field},
        {"an order with another's field", &Mixer::order_field},
        {"a refusal with another's field", &Mixer::refusal_field},
        {"a refusal of another kind", &Mixer::other_refusal},
        {"refused after all", &Mixer::refused},
        {"done after all", &Mixer::done},
        {"a row dropped", &Mixer::drop_row},
        {"a row of elsewhere", &Mixer::add_row},
        {"an end of a page lied about", &Mixer::lie_about_end},
        {"another outcome", &Mixer::other_outcome},
        {"another seq in the header", &Mixer::other_seq},
        {"earlier or later", &Mixer::shift},
        {"not answered", &Mixer::forget},
    };
    const auto& [name, change] = kChanges[random_.below(kChanges.size())];
    for (int tries = 0; tries < 20; ++tries) {
      if ((this->*change)()) return name;
    }
    return {};
  }

 private:
  Operation& some() { return history_[kept_ + random_.below(history_.size() - kept_)]; }
  std::uint64_t below(std::size_t most) { return random_.below(most); }
  bool chance() { return random_.chance(0.5); }

  // Returns another answered operation whose request has the same type.
  Operation* like(const Operation& operation) {
    auto& other = some();
    const bool is = &other != &operation && other.request.index() == operation.request.index() && is_definite(other) &&
                    is_definite(operation);
    return is ? &other : nullptr;
  }

  bool exchange() {
    auto& one = some();
    auto* other = like(one);
    if (!other) return false;
    std::swap(one.answer, other->answer);
    std::swap(one.seq, other->seq);
    return true;
  }
  bool take_another() {
    auto& one = some();
    auto* other = like(one);
    if (!other) return false;
    one.answer = other->answer;
    one.seq = other->seq;
    return true;
  }

  msg::Item* some_item() {
    auto& answer = some().answer;
    if (auto* reply = std::get_if<msg::ItemReply>(&answer)) return &reply->item;
    auto* reply = std::get_if<msg::ItemsReply>(&answer);
    return reply && !reply->items.empty() ? &reply->items[below(reply->items.size())] : nullptr;
  }
  bool item_field() {
    auto* item = some_item();
    const auto* other = some_item();
    if (!item || !other || item == other) return false;
    if ((item->places || other->places) && chance()) {
      item->places = other->places;
      return true;
    }
    switch (below(item->edited || other->edited ? 12 : 6)) {
      case 0:
        item->id = other->id;
        break;
      case 1:
        item->title = other->title;
        break;
      case 2:
        item->topic = other->topic;
        break;
      case 3:
        item->price = other->price;
        break;
      case 4:
        item->stock = other->stock;
        break;
      case 5:
        item->version = other->version;
        break;
      case 6:
        item->edited = other->edited;
        break;
      case 7:
        item->retired = other->retired;
        break;
      case 8:
        item->terms = other->terms;
        break;
      case 9:
        item->description = other->description;
        break;
      case 10:
        item->topics = other->topics;
        break;
      case 11:
        item->attributes = other->attributes;
        break;
    }
    return true;
  }

  msg::Order* some_order() {
    auto& answer = some().answer;
    if (auto* reply = std::get_if<msg::OrderReply>(&answer)) return &reply->order;
    if (auto* reply = std::get_if<msg::OutcomeReply>(&answer)) return reply->order ? &*reply->order : nullptr;
    auto* reply = std::get_if<msg::OrdersReply>(&answer);
    return reply && !reply->orders.empty() ? &reply->orders[below(reply->orders.size())] : nullptr;
  }
  bool order_field() {
    auto* order = some_order();
    const auto* other = some_order();
    if (!order || !other || order == other) return false;
    auto& line = order->lines[below(order->lines.size())];
    const auto& other_line = other->lines[below(other->lines.size())];
    if ((line.places || other_line.places) && chance()) {
      line.places = other_line.places;
      return true;
    }
    switch (below(11)) {
      case 0:
        order->no = other->no;
        break;
      case 1:
        order->seq = other->seq;
        break;
      case 2:
        order->type = other->type;
        break;
      case 3:
        order->key = other->key;
        break;
      case 4:
        order->customer = other->customer;
        break;
      case 5:
        order->lines = other->lines;
        break;
      case 6:
        order->total = other->total;
        break;
      case 7:
        line.item = other_line.item;
        break;
      case 8:
        line.quantity = other_line.quantity;
        break;
      case 9:
        line.price = other_line.price;
        break;
      case 10:
        line.stock = other_line.stock;
        break;
    }
    return true;
  }

  msg::Refusal* some_refusal() { return std::get_if<msg::Refusal>(&some().answer); }
  bool refusal_field() {
    auto* refusal = some_refusal();
    if (!refusal) return false;
    const auto* other = some_refusal();
    const auto* item = some_item();
    switch (below(4)) {
      case 0:
        refusal->item = item ? std::optional(item->id) : std::nullopt;
        break;
      case 1:
        refusal->stock = item ? std::optional(item->stock) : std::nullopt;
        break;
      case 2:
        refusal->price = item ? std::optional(item->price) : std::nullopt;
        break;
      case 3:
        if (!other || other == refusal) return false;
        *refusal = *other;
        break;
    }
    return true;
  }
  msg::Code some_business_code() {
    return static_cast<msg::Code>(below(static_cast<std::size_t>(msg::Code::kInvalid) + 1));
  }
  bool other_refusal() {
    auto* refusal = some_refusal();
    if (!refusal) return false;
    const auto code = some_business_code();
    if (code == refusal->code) return false;
    refusal->code = code;
    return true;
  }
  bool refused() {
    auto& operation = some();
    if (!is_definite(operation) || refusal_of(operation)) return false;
    msg::Refusal refusal{.code = some_business_code()};
    if (const auto* place = std::get_if<msg::PlaceOrder>(&operation.request)) refusal.item = place->lines[0].item;
    if (const auto* add = std::get_if<msg::AddItems>(&operation.request)) refusal.item = add->items[0].id;
    if (const auto* change = std::get_if<msg::ChangePrice>(&operation.request)) refusal.item = change->item;
    if (const auto* restock = std::get_if<msg::Restock>(&operation.request)) refusal.item = restock->item;
    if (const auto* count = std::get_if<msg::CountStock>(&operation.request)) refusal.item = count->item;
    if (const auto* transfer = std::get_if<msg::Transfer>(&operation.request)) refusal.item = transfer->item;
    if (const auto* edit = std::get_if<msg::EditItem>(&operation.request)) refusal.item = edit->item;
    if (const auto* lookup = std::get_if<msg::Lookup>(&operation.request)) refusal.item = lookup->item;
    if (refusal.code == msg::Code::kOutOfStock) refusal.stock = base::Quantity(static_cast<std::int64_t>(below(4)));
    if (refusal.code == msg::Code::kVersionChanged) refusal.version = base::Seq(1 + below(20));
    if (refusal.code == msg::Code::kPriceChanged)
      refusal.price = base::Cents(90 + static_cast<std::int64_t>(below(11)));
    operation.answer = refusal;
    return true;
  }
  bool done() {
    auto& operation = some();
    if (!refusal_of(operation)) return false;
    const auto* item = some_item();
    const auto* order = some_order();
    if (std::holds_alternative<msg::AddItems>(operation.request) && item)
      operation.answer = msg::ItemsReply{{*item}, {}, 0};
    else if (std::holds_alternative<msg::PlaceOrder>(operation.request) && order)
      operation.answer = msg::OrderReply{*order};
    else if (std::holds_alternative<msg::GetOrder>(operation.request) && order)
      operation.answer = msg::OrderReply{*order};
    else if (item && !std::holds_alternative<msg::PlaceOrder>(operation.request) &&
             !std::holds_alternative<msg::GetOrder>(operation.request))
      operation.answer =
          msg::ItemReply{*item, write_key(operation).empty() ? std::nullopt : std::optional<std::int64_t>(0), {}};
    else
      return false;
    return true;
  }

  bool drop_row() {
    auto& operation = some();
    if (auto* items = std::get_if<msg::ItemsReply>(&operation.answer); items && !items->items.empty()) {
      items->items.erase(items->items.begin() + static_cast<std::ptrdiff_t>(below(items->items.size())));
      return true;
    }
    auto* orders = std::get_if<msg::OrdersReply>(&operation.answer);
    if (!orders || orders->orders.empty()) return false;
    orders->orders.erase(orders->orders.begin() + static_cast<std::ptrdiff_t>(below(orders->orders.size())));
    return true;
  }
  bool add_row() {
    auto& operation = some();
    if (auto* items = std::get_if<msg::ItemsReply>(&operation.answer)) {
      const auto* item = some_item();
      if (item)
        items->items.insert(items->items.begin() + static_cast<std::ptrdiff_t>(below(items->items.size() + 1)),
                            msg::Item(*item));
      return item;
    }
    auto* orders = std::get_if<msg::OrdersReply>(&operation.answer);
    const auto* order = orders ? some_order() : nullptr;
    if (order)
      orders->orders.insert(orders->orders.begin() + static_cast<std::ptrdiff_t>(below(orders->orders.size() + 1)),
                            msg::Order(*order));
    return order;
  }
  bool lie_about_end() {
    auto& operation = some();
    if (auto* items = std::get_if<msg::ItemsReply>(&operation.answer); items && !items->items.empty()) {
      return change_end(items->next, items->items.back().id);
    }
    auto* orders = std::get_if<msg::OrdersReply>(&operation.answer);
    return orders && !orders->orders.empty() && change_end(orders->next, orders->orders.back().no);
  }
  template <class Id>
  bool change_end(std::optional<Id>& next, Id last) {
    if (next && chance()) {
      next.reset();
    } else if (next) {
      *next = chance() ? next->next() : Id(next->value() - 1);
    } else {
      next = last;
    }
    return true;
  }

  bool other_outcome() {
    auto* reply = std::get_if<msg::OutcomeReply>(&some().answer);
    if (!reply) return false;
    const auto kind = static_cast<msg::OutcomeKind>(below(3));
    if (kind == reply->outcome) return false;
    reply->outcome = kind;
    reply->order.reset();
    if (const auto* order = some_order(); order && kind == msg::OutcomeKind::kOrder) reply->order = *order;
    return true;
  }
  bool other_seq() {
    auto& operation = some();
    const auto seq = some().seq;
    if (!operation.seq || seq == operation.seq) return false;
    operation.seq = seq;
    return true;
  }
  bool shift() {
    auto& operation = some();
    if (operation.returned == kNever) return false;
    const auto by = static_cast<Time>(below(200)) - 100;
    operation.invoked = std::max<Time>(0, operation.invoked + by);
    operation.returned = std::max(operation.invoked, operation.returned + by);
    return true;
  }
  bool forget() {
    auto& operation = some();
    if (!is_definite(operation) || write_key(operation).empty()) return false;
    operation.answer = NoAnswer{};
    operation.returned = kNever;
    return true;
  }

  base::Random& random_;
  Operations& history_;
  std::size_t kept_;
};

inline std::string mix(base::Random& random, Operations& history, std::size_t kept) {
  return Mixer(random, history, kept).mix();
}

}  // namespace history
