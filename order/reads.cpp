#include "order/reads.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "ledger/command.h"
#include "ledger/decide.h"
#include "ledger/movements.h"

namespace order {
namespace {

// Keeps a page much smaller than the largest frame. 1000 orders of 100 lines would exceed it.
constexpr std::size_t kPageBytesTarget = 512 * 1024;
constexpr std::size_t kOrderBytesAbout = 400;
constexpr std::size_t kLineBytesAbout = 64;
constexpr std::size_t kCancellationBytesAbout = 400;
constexpr std::size_t kMovementBytesAbout = 200;
constexpr std::size_t kPlaceBytesAbout = msg::kPlaceBytesMax + 20;

std::size_t bytes_about(const std::vector<msg::OrderLine>& lines) {
  auto bytes = lines.size() * kLineBytesAbout;
  for (const auto& line : lines) bytes += line.places ? line.places->size() * kPlaceBytesAbout : 0;
  return bytes;
}

std::size_t bytes_about(const msg::Order& order) {
  auto bytes = kOrderBytesAbout + bytes_about(order.lines);
  if (!order.cancellations) return bytes;
  for (const auto& each : *order.cancellations) bytes += kCancellationBytesAbout + bytes_about(each.lines);
  return bytes;
}

std::size_t bytes_about(const msg::Movement& movement) {
  return kMovementBytesAbout + movement.reason.value_or("").size() +
         (movement.places ? movement.places->size() * kPlaceBytesAbout : 0);
}

// Returns how many of the rows fit on one page. `bytes_of` is called once for each of them, in their order.
template <class Row, class BytesOf>
std::size_t fitting(std::vector<Row>& rows, std::size_t limit, BytesOf bytes_of) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < std::min(rows.size(), limit) && bytes < kPageBytesTarget) bytes += bytes_of(rows[count++]);
  return count;
}

// Returns a seq at or before which a movement is missing in this list of the item's movements, the newest first. They
// are all up to the first one, unless there are more than `limit`.
std::optional<base::Seq> gap_in(const std::vector<msg::Movement>& movements, const msg::Item& item,
                                const std::optional<base::Seq>& before, std::size_t limit) {
  const bool from_newest = !before || *before > item.version;
  const msg::Movement now{.item = item.id, .seq = item.version.next(), .stock = item.stock, .held = item.held};
  const auto* later = from_newest ? &now : nullptr;
  for (const auto& movement : movements) {
    if (later && !ledger::follows(*later, movement)) return later->seq;
    later = &movement;
  }
  if (movements.empty()) return from_newest ? std::optional(item.version) : std::nullopt;
  const bool is_whole = movements.size() > limit || ledger::begins(movements.back());
  return is_whole ? std::nullopt : std::optional(movements.back().seq);
}

// Refuses a read if the client's credential is not valid as of what is applied, or is not for it.
template <class Request>
std::optional<msg::Refusal> refusal_of(const Request&, const Rights& rights, const Reader& reader) {
  if (auto refusal = rights.refusal(Request::kType)) return refusal;
  return rights.valid_at(reader.at) ? std::nullopt : std::optional(Rights::unauthenticated());
}

msg::Refusal forbidden_read(const char* message) { return {.code = msg::Code::kForbidden, .message = message}; }

}  // namespace

Read<msg::GetOrder> Reads::read(const msg::GetOrder& get, const Reader& reader) const {
  const Rights rights(credentials_, reader.by);
  if (auto refusal = refusal_of(get, rights, reader)) return *refusal;
  if (auto fault = ledger::validate(get)) return *fault;
  const bool placed = get.no <= orders_.last();
  auto order = placed ? whole_order(store_, get.no) : std::nullopt;
  if (placed && !order) return lost(get.no);
  if (!order || !rights.owns(order->customer)) return ledger::unknown_order(get.no);
  const auto seq = last_seq(*order);
  return Shown<msg::OrderReply>{seq, {std::move(*order)}};
}

Read<msg::ListOrders> Reads::read(const msg::ListOrders& list, const Reader& reader) const {
  const Rights rights(credentials_, reader.by);
  if (auto refusal = refusal_of(list, rights, reader)) return *refusal;
  if (auto fault = ledger::validate(list)) return *fault;
  if (list.customer && !rights.owns(*list.customer)) {
    return forbidden_read("a buyer sees its own customer's orders only");
  }
  const auto customer = rights.all_orders() ? list.customer : std::optional(rights.customer());
  const auto limit = list.limit.value_or(msg::kPageDefault);
  const auto after = list.after.value_or(base::OrderNo());
  msg::OrdersReply page{store_.orders(customer, after, limit + 1), {}};
  const auto hole = customer ? std::nullopt : hole_in(page.orders, after, limit + 1);
  if (hole) return lost(*hole);
  const auto size = fitting(page.orders, limit, [this](msg::Order& order) {
    add_cancellations(store_, order);
    return bytes_about(order);
  });
  if (size < page.orders.size()) {
    page.orders.resize(size);
    page.next = page.orders.back().no;
  }
  return Shown<msg::OrdersReply>{reader.applied, std::move(page)};
}

Read<msg::GetHold> Reads::read(const msg::GetHold& get, const Reader& reader) const {
  const Rights rights(credentials_, reader.by);
  if (auto refusal = refusal_of(get, rights, reader)) return *refusal;
  if (auto fault = ledger::validate(get)) return *fault;
  const bool placed = get.hold <= holds_.last();
  auto hold = placed ? store_.hold(get.hold) : std::nullopt;
  if (placed && !hold) return lost(get.hold);
  if (!hold || !rights.owns(hold->customer)) return ledger::unknown_hold(get.hold);
  const auto version = hold->version;
  return Shown<msg::HoldReply>{version, {std::move(*hold)}};
}

Read<msg::ListHolds> Reads::read(const msg::ListHolds& list, const Reader& reader) const {
  const Rights rights(credentials_, reader.by);
  if (auto refusal = refusal_of(list, rights, reader)) return *refusal;
  if (auto fault = ledger::validate(list)) return *fault;
  if (list.customer && !rights.owns(*list.customer))
    return forbidden_read("a buyer sees its own customer's holds only");
  const auto limit = list.limit.value_or(msg::kPageDefault);
  const auto after = list.after.value_or(base::HoldNo());
  msg::HoldsReply page;
  std::size_t bytes = 0;
  const auto take = [&](const msg::Hold& hold) {
    if (page.holds.size() == limit || bytes >= kPageBytesTarget) page.next = page.holds.back().no;
    if (page.next) return false;
    bytes += kOrderBytesAbout + hold.lines.size() * kLineBytesAbout;
    page.holds.push_back(hold);
    return true;
  };
  if (const auto customer = rights.all_orders() ? list.customer : std::optional(rights.customer())) {
    if (!customer->empty()) holds_.each_of(*customer, after, take);
  } else {
    holds_.each_after(after, take);
  }
  return Shown<msg::HoldsReply>{reader.applied, std::move(page)};
}

Read<msg::ListMovements> Reads::read(const msg::ListMovements& list, const Reader& reader) const {
  const Rights rights(credentials_, reader.by);
  if (auto refusal = refusal_of(list, rights, reader)) return *refusal;
  if (!rights.all_orders()) return forbidden_read("a buyer does not see movements");
  if (auto fault = ledger::validate(list)) return *fault;
  const auto* item = items_.find(list.item);
  if (!item) return ledger::unknown_item(list.item);
  const auto limit = list.limit.value_or(msg::kPageDefault);
  msg::MovementsReply page{store_.movements(list.item, list.before.value_or(kAllSeqs), limit + 1), {}};
  if (const auto seq = gap_in(page.movements, *item, list.before, limit)) {
    return Lost{fmt::format("movements: one of item {} up to seq {} is not there", item->id, *seq)};
  }
  const auto size = fitting(page.movements, limit, [](const msg::Movement& each) { return bytes_about(each); });
  if (size < page.movements.size()) {
    page.movements.resize(size);
    page.next = page.movements.back().seq;
  }
  return Shown<msg::MovementsReply>{reader.applied, std::move(page)};
}

Read<msg::ListSubscriptions> Reads::read(const msg::ListSubscriptions& list, const Reader& reader) const {
  const Rights rights(credentials_, reader.by);
  if (auto refusal = refusal_of(list, rights, reader)) return *refusal;
  if (!rights.all_orders()) return forbidden_read("a buyer does not see subscriptions");
  if (auto fault = ledger::validate(list)) return *fault;
  msg::SubscriptionsReply all{{}, reader.applied};
  if (list.name) {
    const auto* subscription = subscriptions_.find(*list.name);
    if (!subscription) return ledger::unknown_subscription(*list.name);
    all.subscriptions.push_back(*subscription);
  } else {
    for (const auto& [name, subscription] : subscriptions_.all()) all.subscriptions.push_back(subscription);
  }
  return Shown<msg::SubscriptionsReply>{reader.applied, std::move(all)};
}

Read<msg::ListCredentials> Reads::read(const msg::ListCredentials& list, const Reader& reader) const {
  if (auto refusal = refusal_of(list, Rights(credentials_, reader.by), reader)) return *refusal;
  if (auto fault = ledger::validate(list)) return *fault;
  const auto limit = list.limit.value_or(msg::kPageDefault);
  msg::CredentialsReply page;
  credentials_.each_after(list.after.value_or(base::Seq()), [&](const msg::Credential& credential) {
    if (page.credentials.size() == limit) page.next = page.credentials.back().id;
    if (!page.next) page.credentials.push_back(credential);
    return !page.next;
  });
  return Shown<msg::CredentialsReply>{reader.applied, std::move(page)};
}

Read<msg::FindCredential> Reads::read(const msg::FindCredential& find, const Reader& reader) const {
  if (const auto* credential = credentials_.find(find.hash)) {
    return Shown<msg::CredentialReply>{reader.applied, {*credential}};
  }
  return msg::Refusal{.code = msg::Code::kUnknownCredential, .message = "no credential has this token or key"};
}

Read<msg::Rows> Reads::read(const msg::Rows& rows, const Reader& reader) const {
  if (rows.limit == 0 || rows.limit > msg::kPageMax) {
    return msg::Refusal{.code = msg::Code::kInvalid, .message = fmt::format("limit: 1 to {}", msg::kPageMax)};
  }
  return Shown<msg::RowsReply>{reader.applied, {rows_of(rows)}};
}

std::vector<msg::Row> Reads::rows_of(const msg::Rows& asked) const {
  std::vector<msg::Row> rows;
  switch (asked.table) {
    case msg::Table::kOrders:
      for (const auto& order : store_.orders(std::nullopt, asked.after, asked.limit)) {
        rows.push_back({order.no, order.key, order.seq, ledger::row_digest(order)});
      }
      return rows;
    case msg::Table::kKeys:
      for (const auto& [key, record] : store_.keys(asked.after_key, asked.limit)) {
        rows.push_back({record.no, key, record.seq, ledger::row_digest(key, record)});
      }
      return rows;
    case msg::Table::kMovements: {
      const auto item = asked.after_item.value_or(base::ItemId());
      for (const auto& each : store_.movements_after(item, asked.after_seq.value_or(base::Seq()), asked.limit)) {
        msg::Row row{
            each.order.value_or(base::OrderNo()), "", each.seq, ledger::row_digest(each), each.item, each.delta};
        if (each.kind == msg::MovementKind::kCarried) row.carried = true;
        rows.push_back(row);
      }
      return rows;
    }
  }
  CHECK(false, "no such table");
}

// Returns the first order that is missing in this list of all orders after `after`. The list must have no gaps.
std::optional<base::OrderNo> Reads::hole_in(const std::vector<msg::Order>& orders, base::OrderNo after,
                                            std::size_t limit) const {
  for (const auto& order : orders) {
    if (order.no != after.next()) return after.next();
    after = order.no;
  }
  return orders.size() < limit && after < orders_.last() ? std::optional(after.next()) : std::nullopt;
}

Lost Reads::lost(base::OrderNo no) const {
  return {fmt::format("orders: order {} of {} is not there", no, orders_.last())};
}

Lost Reads::lost(base::HoldNo no) const {
  return {fmt::format("holds: hold {} of {} is not there", no, holds_.last())};
}

}  // namespace order
