#include "tests/sim/stores.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <utility>

#include "catalog/core.h"
#include "order/pass.h"
#include "text/fold.h"

namespace sim {
namespace {

// A word ends at every ASCII character that is neither a letter nor a digit. In a run all other characters are letters
// that need no more than folding.
std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> found;
  std::string word;
  for (const char c : text::folded(text) + " ") {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) != 0) {
      word += c;
    } else if (!word.empty()) {
      found.push_back(std::exchange(word, {}));
    }
  }
  return found;
}

void write_items(ImageWriter& image, const std::map<base::ItemId, msg::Item>& items) {
  image.number(items.size());
  for (const auto& [id, item] : items) {
    image.message(item);
    image.number(item.told_low ? 1 : 0);  // no message shows it
  }
}

std::map<base::ItemId, msg::Item> read_items(ImageReader& image) {
  std::map<base::ItemId, msg::Item> items;
  for (auto count = image.number(); count > 0; --count) {
    auto item = image.message<msg::Item>();
    item.told_low = image.number() != 0;
    items[item.id] = std::move(item);
  }
  return items;
}

void write_claims(ImageWriter& image, const std::optional<std::uint64_t>& items_digest,
                  const std::optional<std::string>& diverged) {
  image.number(items_digest.value_or(0));
  image.text(diverged.value_or(""));
}

template <class Tables>
void read_claims(ImageReader& image, Tables& tables) {
  tables.items_digest = image.number();
  if (auto why = image.text(); !why.empty()) tables.diverged = std::move(why);
}

std::vector<msg::Item> page(const std::map<base::ItemId, msg::Item>& items, base::ItemId after, std::uint32_t limit) {
  std::vector<msg::Item> found;
  for (auto at = items.upper_bound(after); at != items.end() && found.size() < limit; ++at) found.push_back(at->second);
  return found;
}

template <class Key>
std::string name_of(const Key& key) {
  return fmt::format("{}", key);
}
std::string name_of(const std::pair<base::ItemId, base::Seq>& moved) {
  return fmt::format("item {} at seq {}", moved.first, moved.second);
}

// Removes or changes one of the durable rows of a table, in both tables.
template <class Map, class Turn>
std::optional<MemoryView::Spoilt> spoil(World& world, Map& durable, Map& live, const std::string& what, Turn turn) {
  if (durable.empty()) return std::nullopt;
  const auto row = std::next(durable.begin(), static_cast<std::ptrdiff_t>(world.one_of(durable.size())));
  const auto key = row->first;
  std::optional<typename Map::mapped_type> is;  // nothing: the row is lost
  if (world.chance(0.3)) turn(is.emplace(row->second));
  for (auto* map : {&durable, &live}) {
    map->erase(key);
    if (is) map->emplace(key, *is);
  }
  return MemoryView::Spoilt{fmt::format("{} {} {}", what, name_of(key), is ? "turns into another" : "is lost"),
                            [&live, key, is] {
                              const auto found = live.find(key);
                              return is ? found != live.end() && found->second == *is : found == live.end();
                            }};
}

std::optional<MemoryView::Spoilt> spoil_item(World& world, std::map<base::ItemId, msg::Item>& durable,
                                             std::map<base::ItemId, msg::Item>& live) {
  return spoil(world, durable, live, "item", [](msg::Item& item) { item.price += base::Cents(1); });
}

}  // namespace

bool same(const std::string& a, const std::string& b) { return text::folded(a) == text::folded(b); }

bool matches(const msg::Search& search, const msg::Item& item) {
  const auto is_it = [&](const std::string& topic) { return same(*search.topic, topic); };
  const auto more = item.topics.value_or(msg::Topics());
  if (search.topic && !is_it(item.topic) && std::none_of(more.begin(), more.end(), is_it)) return false;
  if (!search.text) return true;
  const auto in_title = words(item.title);
  const auto wanted = words(*search.text);
  return !wanted.empty() && std::all_of(wanted.begin(), wanted.end(), [&](const std::string& word) {
    return std::any_of(in_title.begin(), in_title.end(),
                       [&](const std::string& candidate) { return candidate.rfind(word, 0) == 0; });
  });
}

void MemoryOrderStore::put(Put put) {
  put(live_);
  since_commit_.push_back(std::move(put));
}

void MemoryOrderStore::each_item(const std::function<void(const msg::Item&)>& visit) {
  for (const auto& [id, item] : live_.items) visit(item);
}

void MemoryOrderStore::put_item(const msg::Item& item) {
  put([item](Tables& tables) { tables.items[item.id] = item; });
}

void MemoryOrderStore::put_order(const msg::Order& order) {
  put([order](Tables& tables) { tables.orders[order.no] = order; });
}

void MemoryOrderStore::put_cancellation(const msg::Cancellation& cancellation) {
  put([cancellation](Tables& tables) { tables.cancellations[cancellation.seq] = cancellation; });
}

void MemoryOrderStore::put_key(const std::string& key, const ledger::KeyRecord& record) {
  if (forgets_keys_) return;
  put([key, record](Tables& tables) { tables.keys[key] = record; });
}

void MemoryOrderStore::put_credential(const msg::Credential& credential) {
  put([credential](Tables& tables) { tables.credentials[credential.id] = credential; });
}

void MemoryOrderStore::put_hold(const msg::Hold& hold) {
  put([hold](Tables& tables) { tables.holds[hold.no] = hold; });
}

void MemoryOrderStore::put_movement(const msg::Movement& movement) {
  put([movement](Tables& tables) { tables.movements[{movement.item, movement.seq}] = movement; });
}

void MemoryOrderStore::put_subscription(const msg::Subscription& subscription) {
  put([subscription](Tables& tables) { tables.subscriptions[subscription.name] = subscription; });
}

void MemoryOrderStore::remove_subscription(const std::string& name) {
  put([name](Tables& tables) { tables.subscriptions.erase(name); });
}

std::vector<msg::Subscription> MemoryOrderStore::subscriptions() {
  std::vector<msg::Subscription> all;
  for (const auto& [name, subscription] : live_.subscriptions) all.push_back(subscription);
  return all;
}

std::vector<msg::Movement> MemoryOrderStore::movements(base::ItemId item, base::Seq before, std::uint32_t limit) {
  std::vector<msg::Movement> found;
  auto at = live_.movements.lower_bound({item, before});
  while (at != live_.movements.begin() && found.size() < limit && (--at)->first.first == item) {
    found.push_back(at->second);
  }
  return found;
}

std::vector<msg::Movement> MemoryOrderStore::movements_after(base::ItemId item, base::Seq seq, std::uint32_t limit) {
  std::vector<msg::Movement> found;
  for (auto at = live_.movements.upper_bound({item, seq}); at != live_.movements.end() && found.size() < limit; ++at) {
    found.push_back(at->second);
  }
  return found;
}

std::optional<msg::Hold> MemoryOrderStore::hold(base::HoldNo no) {
  const auto found = live_.holds.find(no);
  return found == live_.holds.end() ? std::nullopt : std::optional(found->second);
}

std::vector<msg::Hold> MemoryOrderStore::holds_after(base::HoldNo after, std::uint32_t limit) {
  std::vector<msg::Hold> found;
  for (auto at = live_.holds.upper_bound(after); at != live_.holds.end() && found.size() < limit; ++at) {
    found.push_back(at->second);
  }
  return found;
}

std::vector<msg::Hold> MemoryOrderStore::open_holds() {
  std::vector<msg::Hold> found;
  for (const auto& [no, hold] : live_.holds) {
    if (hold.state == msg::HoldState::kOpen) found.push_back(hold);
  }
  return found;
}

std::vector<msg::Credential> MemoryOrderStore::credentials() {
  std::vector<msg::Credential> all;
  for (const auto& [id, credential] : live_.credentials) all.push_back(credential);
  return all;
}

void MemoryOrderStore::commit(const stream::Position& position, const order::Totals& totals,
                              std::uint64_t items_digest) {
  if (is_full()) throw std::runtime_error("no room for the view");
  put([position, totals, items_digest](Tables& tables) {
    tables.position = position, tables.totals = totals, tables.items_digest = items_digest;
  });
  for (const auto& each : since_commit_) each(durable_);
  since_commit_.clear();
}

std::optional<msg::Order> MemoryOrderStore::order(base::OrderNo no) {
  const auto found = live_.orders.find(no);
  return found == live_.orders.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ledger::KeyRecord> MemoryOrderStore::key(const std::string& key) {
  const auto found = live_.keys.find(key);
  return found == live_.keys.end() ? std::nullopt : std::optional(found->second);
}

std::vector<msg::Order> MemoryOrderStore::orders(const std::optional<std::string>& customer, base::OrderNo after,
                                                 std::uint32_t limit) {
  std::vector<msg::Order> found;
  for (auto entry = live_.orders.upper_bound(after); entry != live_.orders.end() && found.size() < limit; ++entry) {
    if (!customer || same(entry->second.customer, *customer)) found.push_back(entry->second);
  }
  return found;
}

std::vector<msg::Order> MemoryOrderStore::orders_since(const std::string& customer, std::int64_t since,
                                                       std::uint32_t limit) {
  std::vector<msg::Order> found;
  for (auto entry = live_.orders.rbegin(); entry != live_.orders.rend() && found.size() < limit; ++entry) {
    if (entry->second.at <= since) break;
    if (same(entry->second.customer, customer)) found.push_back(entry->second);
  }
  return found;
}

std::vector<msg::Cancellation> MemoryOrderStore::cancellations(base::OrderNo no) {
  std::vector<msg::Cancellation> found;
  for (const auto& [seq, cancellation] : live_.cancellations) {
    if (cancellation.no == no) found.push_back(cancellation);
  }
  return found;
}

std::vector<msg::Cancellation> MemoryOrderStore::cancellations_after(base::Seq after, std::uint32_t limit) {
  std::vector<msg::Cancellation> found;
  for (auto at = live_.cancellations.upper_bound(after); at != live_.cancellations.end() && found.size() < limit;
       ++at) {
    found.push_back(at->second);
  }
  return found;
}

std::vector<msg::Item> MemoryOrderStore::items(base::ItemId after, std::uint32_t limit) {
  return page(live_.items, after, limit);
}

std::vector<ledger::UsedKey> MemoryOrderStore::keys(const std::string& after, std::uint32_t limit) {
  std::vector<ledger::UsedKey> found;
  for (auto at = live_.keys.upper_bound(after); at != live_.keys.end() && found.size() < limit; ++at) {
    found.push_back({at->first, at->second});
  }
  return found;
}

std::optional<MemoryView::Spoilt> MemoryOrderStore::spoil_row(World& world) {
  switch (world.one_of(6)) {
    case 0:
      return spoil(world, durable_.orders, live_.orders, "order", [](msg::Order& order) { ++order.at; });
    case 1:
      return spoil(world, durable_.cancellations, live_.cancellations, "cancellation at",
                   [](msg::Cancellation& cancellation) { ++cancellation.at; });
    case 2:
      return spoil(world, durable_.keys, live_.keys, "key", [](ledger::KeyRecord& record) { ++record.req; });
    case 3:
      return spoil(world, durable_.holds, live_.holds, "hold", [](msg::Hold& hold) { ++hold.at; });
    case 4:
      return spoil(world, durable_.movements, live_.movements, "movement of",
                   [](msg::Movement& movement) { ++movement.at; });
    default:
      return spoil_item(world, durable_.items, live_.items);
  }
}

base::Bytes MemoryOrderStore::image(const stream::Position& position) const {
  ImageWriter image;
  image.position(position);
  image.number(durable_.totals.last_order.value());
  image.number(durable_.totals.orders_digest);
  image.number(durable_.totals.keys.count);
  image.number(durable_.totals.keys.common);
  image.number(durable_.totals.keys.digest);
  image.number(durable_.totals.credentials_digest);
  image.number(durable_.totals.holds.last.value());
  image.number(durable_.totals.holds.open);
  image.number(durable_.totals.holds.ended);
  image.number(durable_.totals.movements.count);
  image.number(durable_.totals.movements.digest);
  image.number(durable_.totals.subscriptions_digest);
  write_claims(image, durable_.items_digest, durable_.diverged);
  write_items(image, durable_.items);
  image.number(durable_.orders.size());
  for (const auto& [no, order] : durable_.orders) image.message(order);
  image.number(durable_.cancellations.size());
  for (const auto& [seq, cancellation] : durable_.cancellations) image.message(cancellation);
  image.number(durable_.credentials.size());
  for (const auto& [id, credential] : durable_.credentials) image.message(credential);
  image.number(durable_.holds.size());
  for (const auto& [no, hold] : durable_.holds) image.message(hold);
  image.number(durable_.movements.size());
  for (const auto& [moved, movement] : durable_.movements) image.message(movement);
  image.number(durable_.subscriptions.size());
  for (const auto& [name, subscription] : durable_.subscriptions) image.message(subscription);
  image.number(durable_.keys.size());
  for (const auto& [key, record] : durable_.keys) {
    image.text(key);
    image.number(static_cast<std::uint64_t>(record.kind));
    for (const auto part :
         {record.seq.value(), record.req, record.no.value(), record.item.value(), record.hold.value()}) {
      image.number(part);
    }
    image.text(record.digest.value_or(msg::Blob()).bytes);
    const auto change = record.change.value_or(ledger::Change());
    image.number(record.change ? 1 + static_cast<std::uint64_t>(change.kind) : 0);
    for (const auto part : {change.at, change.was.value(), change.stock.value(), change.held.value()}) {
      image.number(static_cast<std::uint64_t>(part));
    }
    image.text(change.places ? msg::encoded(*change.places) : std::string());
  }
  return std::move(image.bytes);
}

void MemoryOrderStore::install(base::BytesView bytes) {
  ImageReader image(bytes);
  Tables tables;
  tables.position = image.position();
  tables.totals.last_order = base::OrderNo(image.number());
  tables.totals.orders_digest = image.number();
  tables.totals.keys.count = image.number();
  tables.totals.keys.common = image.number();
  tables.totals.keys.digest = image.number();
  tables.totals.credentials_digest = image.number();
  tables.totals.holds.last = base::HoldNo(image.number());
  tables.totals.holds.open = image.number();
  tables.totals.holds.ended = image.number();
  tables.totals.movements.count = image.number();
  tables.totals.movements.digest = image.number();
  tables.totals.subscriptions_digest = image.number();
  read_claims(image, tables);
  tables.items = read_items(image);
  for (auto count = image.number(); count > 0; --count) {
    auto order = image.message<msg::Order>();
    tables.orders[order.no] = std::move(order);
  }
  for (auto count = image.number(); count > 0; --count) {
    auto cancellation = image.message<msg::Cancellation>();
    tables.cancellations[cancellation.seq] = std::move(cancellation);
  }
  for (auto count = image.number(); count > 0; --count) {
    auto credential = image.message<msg::Credential>();
    tables.credentials[credential.id] = std::move(credential);
  }
  for (auto count = image.number(); count > 0; --count) {
    auto hold = image.message<msg::Hold>();
    tables.holds[hold.no] = std::move(hold);
  }
  for (auto count = image.number(); count > 0; --count) {
    auto movement = image.message<msg::Movement>();
    tables.movements[{movement.item, movement.seq}] = std::move(movement);
  }
  for (auto count = image.number(); count > 0; --count) {
    auto subscription = image.message<msg::Subscription>();
    tables.subscriptions[subscription.name] = std::move(subscription);
  }
  for (auto count = image.number(); count > 0; --count) {
    auto& record = tables.keys[image.text()];
    record.kind = static_cast<msg::OutcomeKind>(image.number());
    record.seq = base::Seq(image.number());
    record.req = image.number();
    record.no = base::OrderNo(image.number());
    record.item = base::ItemId(image.number());
    record.hold = base::HoldNo(image.number());
    if (auto digest = image.text(); !digest.empty()) record.digest = msg::Blob{std::move(digest)};
    const auto kind = image.number();
    const auto at = static_cast<std::int64_t>(image.number());
    const base::Cents was(static_cast<std::int64_t>(image.number()));
    const base::Quantity stock(static_cast<std::int64_t>(image.number()));
    const base::Quantity held(static_cast<std::int64_t>(image.number()));
    if (kind > 0) record.change = {static_cast<ledger::ChangeKind>(kind - 1), at, was, stock, held};
    if (const auto places = image.text(); !places.empty()) record.change->places = *msg::decode<msg::Places>(places);
  }
  MemoryOrderStore other;
  other.durable_ = tables;
  other.crash();
  if (const auto fault = order::fault_of(other)) throw std::runtime_error("the view is damaged: " + *fault);
  settled_ = std::move(tables);
  lose_power();
}

base::Bytes MemoryCatalogStore::image(const stream::Position& position) const {
  ImageWriter image;
  image.position(position);
  write_claims(image, durable_.items_digest, durable_.diverged);
  write_items(image, durable_.items);
  return std::move(image.bytes);
}

void MemoryCatalogStore::install(base::BytesView bytes) {
  ImageReader image(bytes);
  Tables tables;
  tables.position = image.position();
  read_claims(image, tables);
  tables.items = read_items(image);
  MemoryCatalogStore other;
  other.durable_ = tables;
  other.crash();
  if (const auto fault = catalog::fault_of(other)) throw std::runtime_error("the view is damaged: " + *fault);
  settled_ = std::move(tables);
  lose_power();
}

void MemoryCatalogStore::each_item(const std::function<void(const msg::Item&)>& visit) {
  for (const auto& [id, item] : live_.items) visit(item);
}

void MemoryCatalogStore::put_item(const msg::Item& item) {
  live_.items[item.id] = item;
  since_commit_.push_back(item);
}

void MemoryCatalogStore::commit(const stream::Position& position, std::uint64_t items_digest) {
  if (is_full()) throw std::runtime_error("no room for the view");
  live_.position = durable_.position = position;
  durable_.items_digest = items_digest;
  for (const auto& item : since_commit_) durable_.items[item.id] = item;
  since_commit_.clear();
}

std::vector<msg::Item> MemoryCatalogStore::items(base::ItemId after, std::uint32_t limit) {
  return page(live_.items, after, limit);
}

std::optional<MemoryView::Spoilt> MemoryCatalogStore::spoil_row(World& world) {
  return spoil_item(world, durable_.items, live_.items);
}

std::vector<base::ItemId> MemoryCatalogStore::search(const msg::Search& search, std::uint32_t limit) {
  std::vector<base::ItemId> found;
  auto entry = live_.items.upper_bound(search.after.value_or(base::ItemId()));
  for (; entry != live_.items.end() && found.size() < limit; ++entry) {
    const auto& item = entry->second;
    if (!msg::is_retired(item) && matches(search, item)) found.push_back(entry->first);
  }
  return found;
}

std::optional<base::ItemId> MemoryCatalogStore::find_title(const std::string& title) {
  for (const auto& [id, item] : live_.items) {
    if (!msg::is_retired(item) && same(item.title, title)) return id;
  }
  return std::nullopt;
}

}  // namespace sim
