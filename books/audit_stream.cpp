#include "books/audit_stream.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/time.h"
#include "msg/effects.h"
#include "msg/well_formed.h"
#include "tasks/terms.h"
#include "text/fold.h"

namespace books {
namespace {

bool is_movement(base::Quantity delta) { return delta.value() >= -msg::kStockMax && delta.value() <= msg::kStockMax; }

}  // namespace

std::string StreamAudit::text_of(base::Cents amount) const { return tasks::priced(amount, currency_); }

std::string StreamAudit::text_of(const msg::Item& item) const {
  std::string text =
      fmt::format("stock {}, held {}, price {}, title '{}', topic '{}'{}{}", item.stock, msg::held_of(item),
                  text_of(item.price), item.title, item.topic, msg::is_retired(item) ? ", retired" : "",
                  item.terms ? ", " + tasks::text_of(*item.terms) : "");
  if (item.low) text += fmt::format(", low at {}", *item.low);
  if (item.description) text += fmt::format(", description '{}'", *item.description);
  if (item.topics) text += fmt::format(", more topics '{}'", fmt::join(*item.topics, "', '"));
  for (const auto& [name, value] : item.attributes.value_or(msg::Attributes()))
    text += fmt::format(", {} '{}'", name, value);
  if (!item.places) return text;
  for (const auto& each : *item.places) text += fmt::format(", {} at '{}'", each.pieces, each.place);
  return text;
}

std::uint64_t StreamAudit::faults() const {
  std::uint64_t all = 0;
  for (const auto* faults : {&chain_, &time_, &writers_, &item_faults_, &fields_, &stock_, &place_faults_, &orders_,
                             &hold_faults_, &subscription_faults_, &key_faults_, &access_, &catalog_}) {
    all += faults->count;
  }
  return all;
}

void StreamAudit::block(base::BytesView bytes, const Sound& sound) {
  if (!readable_) return;
  const auto block = msg::decode_block(bytes);
  if (!block) return cannot_go_on(fmt::format("block {} cannot be read: {}", no_.next(), block.error().message));
  if (block->first < next_ || block->count == 0 || block->first.value() > msg::kItemIdMax) {
    return cannot_go_on(
        fmt::format("a block of {} events from seq {} came, but seq {} was due", block->count, block->first, next_));
  }
  follow(*block);
  const auto events = msg::decode_events(block->events.bytes, block->count);
  if (!events) return cannot_go_on(fmt::format("block {}: {}", block->no, events.error().message));
  next_ = block->first;
  for (const auto& event : *events) {
    seq_ = next_;
    next_ = next_.next();
    take(event);
    if (sound && faults() == 0) sound(event, seq_);
  }
  close(*block);
}

void StreamAudit::cannot_go_on(const std::string& why) {
  readable_ = false;
  chain_.add(why);
}

void StreamAudit::follow(const msg::Block& block) {
  if (block.first != next_)
    chain_.add(fmt::format("block {} begins with seq {}, but seq {} was due", block.no, block.first, next_));
  if (block.no != no_.next()) chain_.add(fmt::format("block {} came, but block {} was due", block.no, no_.next()));
  if (block.prev.bytes != hash_)
    chain_.add(fmt::format("block {} does not name the hash of the block before it", block.no));
  if (block.term < term_)
    chain_.add(fmt::format("block {} is of term {}, the block before it of term {}", block.no, block.term, term_));
  if (block.at < block_at_) time_.add(fmt::format("block {} is older than the block before it", block.no));
  no_ = block.no;
  hash_ = block.hash.bytes;
  term_ = block.term;
  block_at_ = block.at;
}

void StreamAudit::close(const msg::Block& block) {
  if (block.epoch != epoch_) {
    writers_.add(
        fmt::format("block {} names epoch {}, but the last appointment was seq {}", block.no, block.epoch, epoch_));
  }
  if (block.epoch == block_epoch_ && block.producer < producer_) {
    writers_.add(
        fmt::format("block {} names producer number {}, the block before it {}", block.no, block.producer, producer_));
  }
  block_epoch_ = block.epoch;
  producer_ = block.producer;
}

void StreamAudit::take(const msg::Event& event) {
  const auto before = faults();
  if (event.at < event_at_) time_.add(fmt::format("seq {} is older than the event before it", seq_));
  if (event.at > base::kWallMax) time_.add(fmt::format("seq {} is of a time after the year 9999", seq_));
  event_at_ = event.at;
  if (const auto* key = msg::key_of(event)) decided(*key);
  if (event.by) acted(event);
  if (msg::is_decided(event)) in_time(event);
  if (msg::is_decided(event)) dropped_in_time(event);
  levels_in_time(event);
  std::visit([&](const auto& what) { apply(what); }, event.what);
  note_levels(event);
  if (faults() == before && msg::is_decided(event)) {
    if (const auto fault = msg::fault_of_decided(event)) {
      fields_.add(fmt::format("seq {}, {}: {}", seq_, msg::type_of(event), *fault));
    }
  }
  compare_awaited();
}

void StreamAudit::decided(const std::string& key) {
  if (!epoch_) writers_.add(fmt::format("seq {} was decided before a writer was appointed", seq_));
  if (key.empty()) return key_faults_.add(fmt::format("seq {} has no key", seq_));
  if (!rows_) return;
  if (const auto first = rows_->add_key(key, seq_)) {
    key_faults_.add(fmt::format("key {} took effect with seq {} and again with seq {}", key, *first, seq_));
  } else {
    ++keys_;
  }
}

void StreamAudit::apply(const msg::StoreCreated& created) {
  if (seq_ != base::Seq(1)) return chain_.add(fmt::format("seq {} creates the store again", seq_));
  currency_ = created.currency;
}

void StreamAudit::apply(const msg::WriterAppointed&) { epoch_ = base::epoch_of(seq_); }

void StreamAudit::apply(const msg::ItemsAdded& added) {
  if (added.items.empty()) item_faults_.add(fmt::format("seq {} adds no items", seq_));
  for (const auto& item : added.items) add(item);
}

void StreamAudit::add(const msg::ItemAdded& added) {
  if (!added.id || added.id.value() > msg::kItemIdMax) {
    return item_faults_.add(fmt::format("seq {} adds item {}, which is not a valid item id", seq_, added.id));
  }
  if (!is_stock(added.stock)) {
    return stock_.add(fmt::format("seq {}: item {} cannot begin with {} pieces", seq_, added.id, added.stock));
  }
  if (!is_price(added.price))
    item_faults_.add(fmt::format("seq {}: item {} cannot cost {}", seq_, added.id, text_of(added.price)));
  msg::Item item{added.id, added.title, added.topic, added.price, added.stock, seq_};
  take_details(item, added);
  if (!items_.emplace(added.id, Entry{item, seq_}).second) {
    return item_faults_.add(fmt::format("seq {} adds item {}, which is there already", seq_, added.id));
  }
  pieces_.initial += added.stock.value();
}

void StreamAudit::apply(const msg::PriceChanged& changed) {
  auto* entry = find(changed.item);
  if (!entry) return;
  if (!is_price(changed.price)) {
    item_faults_.add(fmt::format("seq {}: item {} cannot be priced at {}", seq_, changed.item, text_of(changed.price)));
  }
  if (changed.was != entry->item.price) {
    item_faults_.add(fmt::format("seq {} says that item {} cost {}, but it cost {}", seq_, changed.item,
                                 text_of(changed.was), text_of(entry->item.price)));
  }
  entry->item.price = changed.price;
}

// Of an event that adds or edits an item.
template <class What>
void StreamAudit::take_details(msg::Item& item, const What& what) {
  const auto take = [&](auto& mine, const auto& told, const char* name, const auto& fault_of) {
    if (!told) return;
    if (const auto fault = fault_of(*told)) {
      return item_faults_.add(fmt::format("seq {}: item {} cannot have this {}: {}", seq_, item.id, name, *fault));
    }
    mine = told->empty() ? std::nullopt : told;
  };
  take(item.description, what.description, "description", [](const auto& t) { return msg::fault_of_description(t); });
  take(item.topics, what.topics, "list of topics", [](const auto& topics) { return msg::fault_of(topics); });
  take(item.attributes, what.attributes, "set of attributes", [](const auto& all) { return msg::fault_of(all); });
}

void StreamAudit::apply(const msg::ItemEdited& edited) {
  auto* entry = find(edited.item);
  if (!entry) return;
  auto& item = entry->item;
  if (!msg::changes_something(edited)) {
    item_faults_.add(fmt::format("seq {} edits nothing of item {}", seq_, edited.item));
  }
  if (edited.topic && edited.topic_was != item.topic) {
    item_faults_.add(fmt::format("seq {} says that the topic of item {} was '{}', but it was '{}'", seq_, edited.item,
                                 edited.topic_was.value_or(""), item.topic));
  }
  if (edited.topics && edited.topics_was != item.topics.value_or(msg::Topics())) {
    item_faults_.add(fmt::format("seq {} says that item {} had other topics than it had", seq_, edited.item));
  }
  take_details(item, edited);
  if (edited.title) item.title = *edited.title;
  if (edited.topic) item.topic = *edited.topic;
  if (edited.retired) item.retired = *edited.retired ? std::optional(true) : std::nullopt;
  if (edited.terms) take_terms(item, *edited.terms);
  if (edited.low) item.low = *edited.low == msg::kNoLow ? std::nullopt : edited.low;
  item.edited = seq_;
}

void StreamAudit::apply(const msg::StockMoved& moved) {
  auto* entry = find(moved.item);
  if (!entry) return;
  if (!is_movement(moved.delta)) {
    return stock_.add(fmt::format("seq {}: item {} cannot be moved by {} pieces", seq_, moved.item, moved.delta));
  }
  pieces_.moved += moved.delta.value();
  move(*entry, moved.delta, moved.stock);
  move_places(*entry, moved);
}

void StreamAudit::apply(const msg::OrderPlaced& placed) {
  next_order(placed.no);
  if (placed.lines.empty() || placed.lines.size() > msg::kOrderLinesMax) {
    return orders_.add(fmt::format("order {} cannot have {} lines", placed.no, placed.lines.size()));
  }
  const bool buy = placed.type == msg::OrderType::kBuy;
  if (buy) take_by_rule(placed);
  Asked asked;
  std::int64_t total = 0;
  for (const auto& line : placed.lines) {
    const bool sane =
        line.quantity.value() >= 1 && line.quantity.value() <= msg::kLineQuantityMax && is_price(line.price);
    if (!sane) {
      return orders_.add(fmt::format("order {} cannot have {} pieces of item {} at {}", placed.no, line.quantity,
                                     line.item, text_of(line.price)));
    }
    total += line.quantity.value() * line.price.value();  // at most 1e15 a line
    asked[line.item] += line.quantity.value();
    apply(line, placed.type);
    if (rows_ && buy) {
      rows_->add_pieces(placed.no, line.item, {line.quantity, line.price});
      keep_sources(placed.no, line);
    }
  }
  if (buy) {
    const auto customer = text::folded(placed.customer);
    within_terms(fmt::format("order {}", placed.no), customer, asked, orders_);
    keep_buyer(customer, placed.no, placed.lines);
  }
  if (placed.total.value() != total) {
    orders_.add(fmt::format("order {} has a total of {}, but its lines add up to {}", placed.no, text_of(placed.total),
                            text_of(base::Cents(total))));
  }
}

void StreamAudit::apply(const msg::OrderLine& line, msg::OrderType type) {
  auto* entry = find(line.item);
  if (!entry) return;
  if (line.price != entry->item.price) {
    orders_.add(fmt::format("order {} has item {} at {}, but it cost {}", last_order_, line.item, text_of(line.price),
                            text_of(entry->item.price)));
  }
  const bool buy = type == msg::OrderType::kBuy;
  if (buy && msg::is_retired(entry->item)) {
    orders_.add(fmt::format("order {} buys item {}, which is retired", last_order_, line.item));
  }
  (buy ? pieces_.bought : pieces_.sold) += line.quantity.value();
  move(*entry, buy ? -line.quantity : line.quantity, line.stock);
  if (!buy && line.places) {
    place_faults_.add(
        fmt::format("seq {} takes item {} in at another place than {}", seq_, line.item, msg::kMainPlace));
  }
  move_places(*entry, line, buy ? -1 : 1);
}

void StreamAudit::apply(const msg::OrderCancelled& cancelled) {
  if (!cancelled.no || cancelled.no > last_order_) {
    return orders_.add(fmt::format("seq {} cancels order {}, which was never placed", seq_, cancelled.no));
  }
  if (cancelled.lines.empty() || cancelled.lines.size() > msg::kOrderLinesMax) {
    return orders_.add(
        fmt::format("seq {} cannot cancel {} lines of order {}", seq_, cancelled.lines.size(), cancelled.no));
  }
  if (const auto buy = rows_ ? rows_->add_cancellation(cancelled.no) : std::nullopt) {
    if (buy->customer != text::folded(cancelled.customer)) {
      orders_.add(fmt::format("seq {} cancels order {} for customer '{}', and it is not that customer's", seq_,
                              cancelled.no, cancelled.customer));
    }
    if (buy->cancellations >= msg::kCancellationsMax) {
      orders_.add(fmt::format("seq {} cancels order {}, which has {} cancellations, as many as an order may have", seq_,
                              cancelled.no, buy->cancellations));
    }
  }
  std::int64_t total = 0;
  for (const auto& line : cancelled.lines) {
    const bool sane =
        line.quantity.value() >= 1 && line.quantity.value() <= msg::kCancelledQuantityMax && is_price(line.price);
    if (!sane || total > msg::kTotalMaxCents) {
      return orders_.add(fmt::format("seq {} cannot cancel {} pieces of item {} at {}", seq_, line.quantity, line.item,
                                     text_of(line.price)));
    }
    total += line.quantity.value() * line.price.value();  // at most 1e17 a line
    take_back(cancelled, line);
  }
  if (cancelled.total.value() != total) {
    orders_.add(fmt::format("seq {} cancels pieces for {}, but its lines add up to {}", seq_, text_of(cancelled.total),
                            text_of(base::Cents(total))));
  }
}

void StreamAudit::next_order(base::OrderNo no) {
  if (no != last_order_.next()) {
    orders_.add(fmt::format("seq {} places order {}, but order {} was due", seq_, no, last_order_.next()));
  }
  last_order_ = no;
}

void StreamAudit::take_back(const msg::OrderCancelled& cancelled, const msg::OrderLine& line) {
  auto* entry = find(line.item);
  if (!entry) return;
  if (rows_) {
    const auto left = rows_->pieces(cancelled.no, line.item);
    if (left.quantity < line.quantity) {
      orders_.add(fmt::format("seq {} cancels {} pieces of item {} of order {}, of which {} remained", seq_,
                              line.quantity, line.item, cancelled.no, left.quantity));
    } else {
      if (left.price != line.price) {
        orders_.add(fmt::format("seq {} cancels item {} of order {} at {}, but it was bought at {}", seq_, line.item,
                                cancelled.no, text_of(line.price), text_of(left.price)));
      }
      rows_->add_pieces(cancelled.no, line.item, {-line.quantity, left.price});
      take_back_from(cancelled, line, left.quantity);
    }
  }
  const auto back = cancelled.kind == msg::CancelKind::kScrap ? base::Quantity() : line.quantity;
  pieces_.cancelled += back.value();
  move(*entry, back, line.stock);
  if (cancelled.kind != msg::CancelKind::kScrap) move_places(*entry, line, 1);
}

void StreamAudit::move(Entry& entry, base::Quantity delta, base::Quantity told) {
  auto& item = entry.item;
  const auto left = item.stock + delta;
  if (item.held && *item.held > left) {
    hold_faults_.add(
        fmt::format("seq {} leaves {} pieces of item {}, of which {} are held", seq_, left, item.id, *item.held));
  }
  if (!is_stock(left)) stock_.add(fmt::format("seq {} leaves {} pieces of item {}", seq_, left, item.id));
  if (left != told) {
    stock_.add(fmt::format("seq {} says that {} pieces of item {} are left, but {} are", seq_, told, item.id, left));
  }
  item.stock = is_movement(told) ? told : base::Quantity(std::clamp(left.value(), -msg::kStockMax, msg::kStockMax));
}

StreamAudit::Entry* StreamAudit::find(base::ItemId id) {
  const auto found = items_.find(id);
  if (found == items_.end()) {
    item_faults_.add(fmt::format("seq {} is about item {}, which does not exist", seq_, id));
    return nullptr;
  }
  found->second.item.version = seq_;
  return &found->second;
}

void StreamAudit::shown(const msg::Item& item) {
  ++shown_;
  if (const auto found = items_.find(item.id); found != items_.end()) found->second.shown = true;
  if (item.version < next_) return compare(item);
  awaited_.emplace(item.version, item);
}

base::Seq StreamAudit::awaited() const { return awaited_.empty() ? base::Seq() : awaited_.rbegin()->first; }

void StreamAudit::compare_awaited() {
  while (!awaited_.empty() && awaited_.begin()->first <= seq_) {
    compare(awaited_.begin()->second);
    awaited_.erase(awaited_.begin());
  }
}

void StreamAudit::compare(const msg::Item& shown) {
  const auto found = items_.find(shown.id);
  if (found == items_.end()) {
    return catalog_.add(fmt::format("item {} is shown, but was never added", shown.id));
  }
  const auto& item = found->second.item;
  if (shown.version != item.version) {
    catalog_.add(fmt::format("item {} is shown as of seq {}, but seq {} touched it last", shown.id, shown.version,
                             item.version));
  } else if (!(shown == item)) {
    catalog_.add(fmt::format("item {} is shown with {}; as of seq {} it has {}", shown.id, text_of(shown), item.version,
                             text_of(item)));
  }
}

void StreamAudit::all_shown(base::Seq since) {
  for (const auto& [id, entry] : items_) {
    if (entry.added <= since && !entry.shown) catalog_.add(fmt::format("item {} is not shown", id));
  }
}

std::vector<base::ItemId> StreamAudit::sample(std::size_t count) const {
  const auto step = std::max<std::size_t>(1, (items_.size() + count - 1) / std::max<std::size_t>(1, count));
  std::vector<base::ItemId> ids;
  std::size_t place = 0;
  for (const auto& [id, entry] : items_) {
    if (place++ % step == 0) ids.push_back(id);
  }
  return ids;
}

std::vector<Check> StreamAudit::books() const {
  const auto last = next_.value() - 1;
  const auto sum = pieces_.initial + pieces_.moved - pieces_.bought + pieces_.sold + pieces_.cancelled;
  const auto cancelled = pieces_.cancelled > 0 ? fmt::format(", {} cancelled", pieces_.cancelled) : std::string();
  std::vector<Check> all{
      chain_.check("chain", fmt::format("{} blocks, {} events, each after the other", no_, last)),
      time_.check("time", "never goes back"),
      writers_.check("writers", fmt::format("the last one was appointed with seq {}", epoch_)),
      item_faults_.check("items", fmt::format("{} items", items_.size())),
      stock_.check("stock", fmt::format("{} pieces at first {:+} moved, {} bought, {} taken in{}: {} left, never less "
                                        "than 0; each stock is the sum of its movements",
                                        pieces_.initial, pieces_.moved, pieces_.bought, pieces_.sold, cancelled, sum)),
      orders_.check("orders", fmt::format("{} orders without a gap, with right prices and totals", last_order_)),
      hold_faults_.check("holds", fmt::format("{} holds, {} of them open", last_hold_, holds_.size())),
      subscription_faults_.check("cursors", fmt::format("{} subscriptions", subscriptions_.size())),
      access_.check("access", fmt::format("{} credentials, {} of them revoked", tokens_.size(), revoked_)),
  };
  if (elsewhere_ > 0 || place_faults_.count > 0) {
    all.push_back(place_faults_.check(
        "places", fmt::format("{} besides {}, no item with less than 0 pieces", places_.size(), msg::kMainPlace)));
  }
  if (fields_.count > 0) all.push_back(fields_.check("fields", {}));
  if (rows_) all.push_back(key_faults_.check("keys", fmt::format("{} keys, each with one effect", keys_)));
  return all;
}

std::vector<Check> StreamAudit::checks() {
  for (const auto& [version, item] : awaited_) {
    catalog_.add(fmt::format("item {} is shown as of seq {}, which the stream has not shown", item.id, version));
  }
  awaited_.clear();
  if (!readable_) catalog_.add("not compared, because the stream could not be read");
  auto all = books();
  all.push_back(catalog_.check("catalog", fmt::format("{} items shown as the stream has them", shown_)));
  return all;
}

}  // namespace books
