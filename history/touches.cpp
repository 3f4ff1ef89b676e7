#include "history/touches.h"

#include <algorithm>

namespace history {
namespace {

using What = Touch::What;
using How = Touch::How;

Touch* find(Bares& touches, msg::ItemId item) {
  const auto found = std::find_if(touches.begin(), touches.end(), [&](const Bare& bare) { return bare.item == item; });
  return found == touches.end() ? nullptr : &found->touch;
}

base::Quantity moved(msg::OrderType type, base::Quantity quantity) {
  return type == msg::OrderType::kBuy ? -quantity : quantity;
}

Touch& moved_in(Bares& touches, msg::ItemId item) {
  auto* touch = find(touches, item);
  return touch ? *touch : touches.emplace_back(Bare{item, {.what = What::kMove}}).touch;
}

bool names_place(const msg::PlaceOrder& request) {
  return std::any_of(request.lines.begin(), request.lines.end(), [](const auto& line) { return line.place; });
}

bool tells_places(const msg::Order& order) {
  return std::any_of(order.lines.begin(), order.lines.end(), [](const auto& line) { return line.places; });
}

}  // namespace

Bares touches_of_end(const msg::Hold& hold) {
  Bares all;
  for (const auto& line : hold.lines) all.push_back({line.item, {.what = What::kMove, .holds = -line.quantity}});
  return all;
}

Touches::Touches(const Operations& operations, const Keys& keys, const Told& told, const Edits& edits,
                 const Holds& holds)
    : operations_(operations), keys_(keys), told_(told), holds_(holds) {
  for (const auto& [id, faces] : edits.faces()) by_title_[faces.front().title].push_back(id);
}

Bares Touches::of_effect(const Effect& effect) const {
  if (effect.kind == Effect::Kind::kVoid) return {};
  if (effect.order) return ordered(effect);
  if (effect.cancellation) return touches_of(*effect.cancellation);
  const auto& operation = operations_[effect.asked];
  if (const auto* place = std::get_if<msg::PlaceOrder>(&operation.request)) return touches_of(*place);
  if (const auto* add = std::get_if<msg::AddItems>(&operation.request)) return added(*add, effect);
  if (const auto* cancel = std::get_if<msg::Cancel>(&operation.request)) return cancelled(*cancel);
  if (const auto* hold = std::get_if<msg::PlaceHold>(&operation.request)) return held(*hold, effect);
  if (const auto* confirm = std::get_if<msg::ConfirmHold>(&operation.request)) return confirmed(*confirm);
  if (const auto* release = std::get_if<msg::ReleaseHold>(&operation.request)) {
    Bares all;
    if (effect.kind == Effect::Kind::kChange && holds_.is_exact(release->hold)) end_hold(release->hold, all);
    return all;  // the pieces of another hold are loose
  }
  const auto item = item_of(operation, {});
  if (!item) return {};
  Touch touch{.what = What::kMove, .expected = expected_version(operation.request).value_or(base::Seq())};
  const auto* reply = std::get_if<msg::ItemReply>(&operation.answer);
  if (reply && reply->at) {
    touch.price = reply->item.price;
    touch.stock = reply->item.stock;
    touch.held = msg::held_of(reply->item);
    touch.shelf = shelves_->number(reply->item.places);
  }
  if (const auto* price = std::get_if<msg::ChangePrice>(&operation.request)) {
    touch.what = What::kPrice;
    touch.price = price->price;
  }
  if (const auto* restock = std::get_if<msg::Restock>(&operation.request)) touch.amount = restock->delta;
  if (const auto* count = std::get_if<msg::CountStock>(&operation.request)) {
    touch.what = What::kCount;
    touch.amount = count->stock;
    touch.move = place(place_of(operation.request));
  } else {
    move(operation.request, touch);
  }
  return {{*item, touch}};  // what edits change is judged by edits.h
}

// The pieces that a restock or a transfer moves at places other than `main`.
void Touches::move(const Request& request, Touch& touch) const {
  Shelf moved;
  if (const auto* restock = std::get_if<msg::Restock>(&request)) add_pieces(moved, place_of(request), restock->delta);
  if (const auto* transfer = std::get_if<msg::Transfer>(&request)) {
    add_pieces(moved, transfer->from.value_or(std::string(msg::kMainPlace)), -transfer->quantity);
    add_pieces(moved, place_of(request), transfer->quantity);
  }
  if (moved.empty()) return;
  touch.how = How::kShift;
  touch.move = shelves_->number(moved);
}

ShelfNo Touches::place(const std::string& name) const {
  Shelf one;
  add_pieces(one, name, base::Quantity(1));
  return shelves_->number(one);
}

Bares Touches::touches_of(const msg::Order& order, bool has_item_prices) const {
  Bares all;
  for (const auto& line : order.lines) {
    auto* touch = &moved_in(all, line.item);
    if (has_item_prices) touch->price = line.price;
    touch->amount += moved(order.type, line.quantity);
    touch->stock = line.stock;
    if (order.type == msg::OrderType::kBuy) touch->how = How::kTake;
  }
  return all;
}

// The price of a line is that of the order, so it says nothing about the item.
Bares Touches::touches_of(const msg::Cancellation& cancellation) const {
  Bares all;
  for (const auto& line : cancellation.lines) {
    auto* touch = &moved_in(all, line.item);
    touch->stock = line.stock;
    if (cancellation.kind == msg::CancelKind::kScrap) continue;
    touch->amount += line.quantity;
    if (!line.places) continue;
    touch->how = How::kShift;
    touch->move = shelves_->number(line.places);
  }
  return all;
}

Bares Touches::touches_of(const msg::PlaceOrder& request) const {
  Bares all;
  for (const auto& line : request.lines) {
    auto* touch = &moved_in(all, line.item);
    touch->amount += moved(request.type, line.quantity);
    if (line.price) touch->price = line.price;
  }
  if (request.type != msg::OrderType::kBuy) return all;
  for (auto& [item, touch] : all) take(request, item, touch);
  return all;
}

// The pieces of a buy that no answer shows.
void Touches::take(const msg::PlaceOrder& request, msg::ItemId item, Touch& touch) const {
  touch.how = How::kTake;
  touch.move = kUnknownShelf;
  if (!names_place(request)) return;
  std::vector<Taken> lines;
  for (const auto& line : request.lines) {
    if (line.item == item) lines.push_back({line.quantity, line.place});
  }
  touch.how = How::kLines;
  touch.move = shelves_->number(lines);
}

// The pieces of an order that an answer shows. If nobody knows which of several requests placed it, the rule is
// unknown.
void Touches::take(const Effect& effect, Bares& all) const {
  const auto& order = *effect.order;
  const auto* asked = std::get_if<msg::PlaceOrder>(&operations_[effect.asked].request);
  const bool names = asked && names_place(*asked);
  if (order.type != msg::OrderType::kBuy || (!names && !effect.is_of_several && !tells_places(order))) return;
  for (auto& [item, touch] : all) {
    std::vector<Taken> lines;
    Shelf told;
    for (std::size_t i = 0; i < order.lines.size(); ++i) {
      const auto& line = order.lines[i];
      if (line.item != item) continue;
      lines.push_back({line.quantity, names ? asked->lines[i].place : std::nullopt, shelves_->number(line.places)});
      for (const auto& [place, pieces] : shelf_of(line.places)) add_pieces(told, place, -pieces);
    }
    touch.how = effect.is_of_several ? How::kShift : How::kLines;
    touch.move = effect.is_of_several ? shelves_->number(told) : shelves_->number(lines);
  }
}

// The price of a hold is that of the moment when it was placed, so its order says nothing about the item's.
Bares Touches::ordered(const Effect& effect) const {
  const auto* confirm = std::get_if<msg::ConfirmHold>(&operations_[effect.asked].request);
  auto all = touches_of(*effect.order, !confirm && !effect.is_unclear);
  take(effect, all);
  if (effect.is_unclear) {
    for (auto& bare : all) bare.touch.is_loose = true;
  } else if (confirm) {
    end_hold(confirm->hold, all);
  }
  return all;
}

Bares Touches::held(const msg::PlaceHold& request, const Effect& effect) const {
  Bares all;
  if (!effect.hold) {
    for (const auto& line : request.lines) {
      all.push_back({line.item, {.what = What::kMove, .price = line.price, .holds = line.quantity, .is_loose = true}});
    }
    return all;
  }
  const bool is_loose = !holds_.is_exact(effect.hold->no);
  for (const auto& line : effect.hold->lines) {
    all.push_back(
        {line.item,
         {.what = What::kMove, .price = line.price, .held = line.held, .holds = line.quantity, .is_loose = is_loose}});
  }
  return all;
}

// A confirmation that no answer shows. If the hold is exact, its end is told, and this is not it, unless nobody saw the
// order that the hold became.
Bares Touches::confirmed(const msg::ConfirmHold& request) const {
  Bares all;
  const auto became = holds_.became(request.hold);
  if (holds_.is_exact(request.hold) && (!became || keys_.order(became))) return all;
  const auto take = [&](const auto& line) {
    auto& touch = moved_in(all, line.item);
    touch.amount = -line.quantity;
    touch.how = How::kTake;
    touch.move = kUnknownShelf;
  };
  if (request.lines) {
    for (const auto& line : *request.lines) take(line);
  } else if (const auto* hold = holds_.find(request.hold)) {
    for (const auto& line : hold->lines) take(line);
  } else {
    return sold_of_some_hold();
  }
  end_hold(request.hold, all);
  return all;
}

// A hold that no answer shows was confirmed as a whole. It may be any of those whose number nobody was told.
Bares Touches::sold_of_some_hold() const {
  Bares all;
  for (const auto& effect : keys_.effects()) {
    if (effect.kind == Effect::Kind::kVoid || effect.hold) continue;
    const auto* place = std::get_if<msg::PlaceHold>(&operations_[effect.asked].request);
    if (!place) continue;
    for (const auto& line : place->lines) {
      if (!find(all, line.item))
        all.push_back({line.item, {.what = What::kChange, .how = How::kLose, .is_loose = true}});
    }
  }
  return all;
}

void Touches::end_hold(base::HoldNo no, Bares& all) const {
  const auto* hold = holds_.find(no);
  if (!hold) {
    for (auto& bare : all) bare.touch.holds = bare.touch.amount;
  } else {
    for (const auto& line : hold->lines) moved_in(all, line.item).holds -= line.quantity;
  }
  const bool is_loose = !holds_.is_exact(no);
  for (auto& bare : all) bare.touch.is_loose = is_loose;
}

// A cancellation that no answer shows. If its request names no lines, it took back some pieces of each item.
Bares Touches::cancelled(const msg::Cancel& request) const {
  Bares all;
  if (request.lines) {
    for (const auto& line : *request.lines) {
      const bool is_scrapped = request.kind == msg::CancelKind::kScrap;
      auto& touch = all.emplace_back(Bare{line.item, {.what = What::kMove}}).touch;
      touch.amount = is_scrapped ? base::Quantity() : line.quantity;
      if (!is_scrapped) go_back(request, line.item, touch);
    }
  } else if (const auto* order = keys_.order(request.no)) {
    for (const auto& line : order->lines) {
      if (find(all, line.item)) continue;
      go_back(request, line.item, all.emplace_back(Bare{line.item, {.what = What::kChange}}).touch);
    }
  }
  return all;
}

// It is certain only of an order that took all its pieces from `main` that they go back there.
void Touches::go_back(const msg::Cancel& request, msg::ItemId item, Touch& touch) const {
  const auto* order = keys_.order(request.no);
  const bool is_of_main = order && std::none_of(order->lines.begin(), order->lines.end(),
                                                [&](const auto& line) { return line.item == item && line.places; });
  if (!is_of_main) touch.how = How::kLose;
}

// The ids that the store chose are in the answer. Without an answer, an item with that title is taken. An item that
// nobody ever saw does not matter.
Bares Touches::added(const msg::AddItems& request, const Effect& effect) const {
  const auto* reply = std::get_if<msg::ItemsReply>(&operations_[effect.asked].answer);
  Bares all;
  for (std::size_t i = 0; i < request.items.size(); ++i) {
    const auto& item = request.items[i];
    auto id = item.id;
    if (reply && i < reply->items.size()) id = reply->items[i].id;
    if (!id) id = added_as(item.title, effect.seq);
    if (id && !find(all, *id)) {
      all.push_back({*id, {.what = What::kAdd, .price = item.price, .stock = item.stock, .shelf = kAllAtMain}});
    }
  }
  return all;
}

// Returns the first item with this title that nobody saw before the addition.
std::optional<msg::ItemId> Touches::added_as(const std::string& title, base::Seq seq) const {
  const auto titled = by_title_.find(title);
  if (titled == by_title_.end()) return std::nullopt;
  for (const auto id : titled->second) {
    const auto there = told_.there_since(id);
    if (!there || there->seq >= seq) return id;
  }
  return std::nullopt;
}

Bares Touches::of_answer(const Operation& operation) const {
  Bares all;
  if (tells_what_a_change_left(operation)) return all;  // the effect's touches tell it
  for (const auto* item : items_shown(operation)) {
    all.push_back({item->id,
                   {.version = item->version,
                    .price = item->price,
                    .stock = item->stock,
                    .held = msg::held_of(*item),
                    .shelf = shelves_->number(item->places)}});
  }
  if (const auto* refusal = refusal_of(operation)) refused(operation, *refusal, all);
  return all;
}

void Touches::refused(const Operation& operation, const msg::Refusal& refusal, Bares& all) const {
  const auto item = item_of(operation, refusal);
  if (!item) return;
  Touch touch;
  switch (refusal.code) {
    case msg::Code::kUnknownItem:
      touch.what = What::kAbsent;
      break;
    case msg::Code::kItemExists:
      touch.what = What::kExists;
      break;
    case msg::Code::kPriceChanged:
      touch.what = What::kCosts;
      touch.price = refusal.price;
      break;
    case msg::Code::kVersionChanged:
      touch.what = What::kIsOf;
      touch.version = refusal.version.value_or(base::Seq());
      touch.expected = expected_version(operation.request).value_or(base::Seq());
      break;
    case msg::Code::kOutOfStock:
      sold_out(operation.request, *item, touch);
      touch.stock = refusal.stock;
      break;
    case msg::Code::kLimit:
      if (refusal.allowed) return;  // by terms of sale (edits.h)
      touch.what = What::kTooMany;
      touch.amount = moved_by(operation.request, *item);
      move(operation.request, touch);
      if (const auto* cancel = std::get_if<msg::Cancel>(&operation.request)) go_back(*cancel, *item, touch);
      if (!touch.amount.value() && touch.how == How::kStay) return;  // a count, or a cancellation of all that remains
      break;
    case msg::Code::kUnknownPlace:
      touch.what = What::kNotThere;
      touch.move = place(place_of(operation.request));
      break;
    case msg::Code::kNotForSale:
    case msg::Code::kUnknownOrder:
    case msg::Code::kMoreThanRemains:
    case msg::Code::kNothingRemains:
    case msg::Code::kUnknownHold:
    case msg::Code::kHoldOver:
    case msg::Code::kUnknownSubscription:
    case msg::Code::kKeyReused:
    case msg::Code::kKeyVoided:
    case msg::Code::kMalformed:
    case msg::Code::kInvalid:
    case msg::Code::kUnknownType:
    case msg::Code::kUnsupportedVersion:
    case msg::Code::kForbidden:
    case msg::Code::kUnauthenticated:
    case msg::Code::kUnknownCredential:
    case msg::Code::kBusy:
    case msg::Code::kUnavailable:
    case msg::Code::kNotWriter:
    case msg::Code::kFenced:
    case msg::Code::kSkipped:
    case msg::Code::kUnknown:
      return;
  }
  all.push_back({*item, touch});
}

void Touches::sold_out(const Request& request, msg::ItemId item, Touch& touch) const {
  touch.what = What::kSoldOut;
  touch.amount = -moved_by(request, item);
  if (const auto* order = std::get_if<msg::PlaceOrder>(&request)) take(*order, item, touch);
  if (const auto* count = std::get_if<msg::CountStock>(&request)) {
    touch.what = What::kKept;
    touch.amount = count->stock;
    touch.move = place(place_of(request));
  }
  if (std::holds_alternative<msg::Restock>(request)) {
    touch.what = What::kFewer;
    touch.move = place(place_of(request));
  }
  if (const auto* transfer = std::get_if<msg::Transfer>(&request)) {
    touch.what = What::kFewThere;
    touch.amount = transfer->quantity;
    touch.move = place(transfer->from.value_or(std::string(msg::kMainPlace)));
  }
}

}  // namespace history
