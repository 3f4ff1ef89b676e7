#include "order/pass.h"

#include <fmt/format.h>

#include "base/check.h"
#include "ledger/orders.h"

namespace order {
namespace {

constexpr std::uint32_t kRowsAtOnce = 1000;  // for a view that nobody waits for

}  // namespace

std::optional<std::string> Pass::step(std::uint32_t rows, const Claim& now, const std::set<base::ItemId>& dirty) {
  switch (stage_) {
    case Stage::kEnded:
      begin(now);
      return std::nullopt;
    case Stage::kOrders:
      return orders(rows);
    case Stage::kCancellations:
      return cancellations(rows);
    case Stage::kHolds:
      return holds(rows);
    case Stage::kMovements:
      return movements(rows);
    case Stage::kKeys:
      return keys(rows);
    case Stage::kItems:
      return items(rows, dirty);
  }
  CHECK(false, "no such stage");
}

void Pass::begin(const Claim& claim) {
  stage_ = Stage::kOrders;
  claim_ = claim;
  found_ = {};
  after_seq_ = {};
  moved_ = {};
  after_key_.clear();
}

std::optional<std::string> Pass::orders(std::uint32_t rows) {
  const auto last = claim_.totals.last_order;
  for (const auto& order : store_.orders(std::nullopt, found_.last_order, rows)) {
    if (order.no > last || order.no != found_.last_order.next()) break;
    found_.last_order = order.no;
    found_.orders_digest += ledger::row_digest(order);
    --rows;
  }
  if (found_.last_order < last) {
    if (rows == 0) return std::nullopt;
    return fmt::format("orders: order {} of {} is not there", found_.last_order.next(), last);
  }
  stage_ = Stage::kCancellations;
  return std::nullopt;
}

std::optional<std::string> Pass::cancellations(std::uint32_t rows) {
  const auto page = store_.cancellations_after(after_seq_, rows);
  for (const auto& cancellation : page) {
    if (cancellation.seq <= claim_.seq) found_.orders_digest += ledger::row_digest(cancellation);
  }
  if (page.size() == rows) {
    after_seq_ = page.back().seq;
    return std::nullopt;
  }
  stage_ = Stage::kHolds;
  if (found_.orders_digest == claim_.totals.orders_digest) return std::nullopt;
  return fmt::format("orders: the digest of the rows 1..{} is {:016x} with their cancellations, {:016x} was written",
                     claim_.totals.last_order, found_.orders_digest, claim_.totals.orders_digest);
}

// A hold that was open at the claim may have changed since.
std::optional<std::string> Pass::holds(std::uint32_t rows) {
  const auto last = claim_.totals.holds.last;
  auto& found = found_.holds;
  for (const auto& hold : store_.holds_after(found.last, rows)) {
    if (hold.no > last || hold.no != found.last.next()) break;
    found.last = hold.no;
    const auto* open = holds_.find(hold.no);
    if (open ? !(*open == hold) : hold.state == msg::HoldState::kOpen) {
      return fmt::format("holds: hold {} is not as it was written", hold.no);
    }
    if (!open && hold.version <= claim_.seq) found.ended += ledger::row_digest(hold);
    --rows;
  }
  if (found.last < last) {
    if (rows == 0) return std::nullopt;
    return fmt::format("holds: hold {} of {} is not there", found.last.next(), last);
  }
  stage_ = Stage::kMovements;
  if (found.ended == claim_.totals.holds.ended) return std::nullopt;
  return fmt::format("holds: the digest of those that have ended is {:016x}, {:016x} was written", found.ended,
                     claim_.totals.holds.ended);
}

std::optional<std::string> Pass::movements(std::uint32_t rows) {
  const auto page = store_.movements_after(moved_.item, moved_.seq, rows);
  for (const auto& movement : page) {
    const bool fits = movement.item == moved_.item ? ledger::follows(movement, moved_) : ledger::begins(movement);
    if (!fits) {
      return fmt::format("movements: that of item {} at seq {} does not follow the one before it", movement.item,
                         movement.seq);
    }
    if (movement.seq <= claim_.seq) found_.movements.add(movement);
    moved_ = movement;
  }
  if (page.size() == rows) return std::nullopt;
  stage_ = Stage::kKeys;
  const auto& claimed = claim_.totals.movements;
  if (found_.movements == claimed) return std::nullopt;
  return fmt::format("movements: up to seq {} there are {} rows with digest {:016x}, {} with {:016x} were written",
                     claim_.seq, found_.movements.count, found_.movements.digest, claimed.count, claimed.digest);
}

std::optional<std::string> Pass::keys(std::uint32_t rows) {
  const auto page = store_.keys(after_key_, rows);
  for (const auto& [key, record] : page) {
    if (record.seq <= claim_.seq) found_.keys.add(key, record);
  }
  if (page.size() == rows) {
    after_key_ = page.back().key;
    return std::nullopt;
  }
  stage_ = Stage::kItems;
  const auto& claimed = claim_.totals.keys;
  if (found_.keys == claimed) return std::nullopt;
  return fmt::format("keys: up to seq {} there are {} rows with digest {:016x}, {} with {:016x} were written",
                     claim_.seq, found_.keys.count, found_.keys.digest, claimed.count, claimed.digest);
}

std::optional<std::string> Pass::items(std::uint32_t rows, const std::set<base::ItemId>& dirty) {
  const auto page = store_.items(items_pass_.after(), rows);
  const bool at_end = page.size() < rows;
  if (at_end) stage_ = Stage::kEnded;
  return items_pass_.take(page, at_end, items_, dirty);
}

std::optional<std::string> fault_of(const Store& store, const ledger::Items& items) {
  if (auto why = store.diverged()) return why;
  return ledger::loaded_fault(items, store.items_digest(), store.position().applied);
}

std::optional<std::string> fault_of(const Store& store, const ledger::Credentials& credentials) {
  const auto written = store.totals().credentials_digest;
  if (credentials.digest() == written) return std::nullopt;
  return fmt::format("credentials: {} rows have the digest {:016x}, {:016x} was written", credentials.size(),
                     credentials.digest(), written);
}

std::optional<std::string> fault_of(const Store& store, const ledger::Subscriptions& subscriptions) {
  const auto written = store.totals().subscriptions_digest;
  if (subscriptions.digest() == written) return std::nullopt;
  return fmt::format("subscriptions: {} rows have the digest {:016x}, {:016x} was written", subscriptions.all().size(),
                     subscriptions.digest(), written);
}

std::optional<std::string> fault_of(const Store& store, const ledger::Holds& holds) {
  const auto written = store.totals().holds.open;
  if (holds.total().open == written) return std::nullopt;
  return fmt::format("holds: {} open ones have the digest {:016x}, {:016x} was written", holds.size(),
                     holds.total().open, written);
}

std::optional<std::string> fault_of(Store& store) {
  const auto items = load_items(store);
  const auto holds = load_holds(store);
  auto fault = fault_of(store, items);
  if (!fault) fault = fault_of(store, load_credentials(store));
  if (!fault) fault = fault_of(store, load_subscriptions(store));
  if (!fault) fault = fault_of(store, holds);
  Pass pass(store, items, holds);
  do {
    if (!fault) fault = pass.step(kRowsAtOnce, {store.position().applied, store.totals()}, {});
  } while (!fault && !pass.ended());
  return fault;
}

ledger::Credentials load_credentials(Store& store) {
  ledger::Credentials credentials;
  for (auto& credential : store.credentials()) credentials.put(std::move(credential));
  return credentials;
}

ledger::Subscriptions load_subscriptions(Store& store) {
  ledger::Subscriptions subscriptions;
  for (auto& subscription : store.subscriptions()) subscriptions.put(std::move(subscription));
  return subscriptions;
}

ledger::Holds load_holds(Store& store) {
  ledger::Holds holds(store.totals().holds);
  for (auto& hold : store.open_holds()) {
    if (!holds.find(hold.no)) holds.put(std::move(hold));  // a damaged row may have the number of another one
  }
  return holds;
}

ledger::Items load_items(Store& store) {
  ledger::Items items;
  store.each_item([&](const msg::Item& item) { items.put(item); });
  return items;
}

}  // namespace order
