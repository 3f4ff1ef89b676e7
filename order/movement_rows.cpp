#include "order/movement_rows.h"

#include "order/stored_rows.h"

namespace order {

using storage::bound_to_sql;
using storage::bytes_of;
using storage::from_sql;
using storage::to_sql;
using storage::Use;

MovementRows::MovementRows(storage::View& view, const std::string& path)
    : view_(view),
      path_(path),
      put_(view.db(), "INSERT INTO movements VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"),
      get_before_(view.db(),
                  "SELECT item, seq, at, kind, delta, stock, held_delta, held, order_no, hold, reason, actor, places "
                  "FROM movements WHERE item = ? AND seq < ? ORDER BY seq DESC LIMIT ?"),
      get_after_(view.db(),
                 "SELECT item, seq, at, kind, delta, stock, held_delta, held, order_no, hold, reason, actor, places "
                 "FROM movements WHERE (item, seq) > (?, ?) ORDER BY item, seq LIMIT ?") {}

void MovementRows::put(const msg::Movement& movement) {
  view_.begin();
  std::string places;  // outlives the statement's use of it
  Use put(put_);
  put->bind(1, to_sql(movement.item.value()));
  put->bind(2, to_sql(movement.seq.value()));
  put->bind(3, movement.at);
  put->bind(4, static_cast<int>(movement.kind));
  put->bind(5, movement.delta.value());
  put->bind(6, movement.stock.value());
  if (movement.held_delta) put->bind(7, movement.held_delta->value());
  if (movement.held) put->bind(8, movement.held->value());
  if (movement.order) put->bind(9, to_sql(movement.order->value()));
  if (movement.hold) put->bind(10, to_sql(movement.hold->value()));
  if (movement.reason) put->bindNoCopy(11, *movement.reason);
  if (movement.by) put->bind(12, to_sql(movement.by->value()));
  if (movement.places) put.blob(13, places = msg::encoded(*movement.places));
  put->exec();
}

// A row that no event can have made must not reach the ledger, which computes with it.
void MovementRows::check_within_limits(const msg::Movement& movement) const {
  const auto none = base::Quantity();
  for (const auto pieces :
       {movement.delta, movement.stock, movement.held_delta.value_or(none), movement.held.value_or(none)}) {
    if (pieces.value() >= -msg::kStockMax && pieces.value() <= msg::kStockMax) continue;
    storage::refuse_damaged(path_, fmt::format("a stored movement of item {}: {} pieces", movement.item, pieces));
  }
}

std::vector<msg::Movement> MovementRows::rows(Use& row) const {
  const auto pieces = [&](int index) {
    const auto column = row.column(index);
    return column.isNull() ? std::nullopt : std::optional(base::Quantity(column.getInt64()));
  };
  const auto number = [&]<class No>(int index, std::optional<No>& no) {
    if (const auto column = row.column(index); !column.isNull()) no = No(from_sql(column));
  };
  std::vector<msg::Movement> found;
  while (row->executeStep()) {
    auto& movement = found.emplace_back();
    movement.item = base::ItemId(from_sql(row.column(0)));
    movement.seq = base::Seq(from_sql(row.column(1)));
    movement.at = row.column(2).getInt64();
    movement.kind = one_of(path_, msg::MovementKind::kTransferred, row.column(3));
    movement.delta = base::Quantity(row.column(4).getInt64());
    movement.stock = base::Quantity(row.column(5).getInt64());
    movement.held_delta = pieces(6);
    movement.held = pieces(7);
    number(8, movement.order);
    number(9, movement.hold);
    if (const auto reason = row.column(10); !reason.isNull()) movement.reason = std::string(bytes_of(reason));
    number(11, movement.by);
    if (const auto places = row.column(12); !places.isNull()) {
      movement.places = decoded<msg::Places>(path_, places, "the places of a stored movement");
    }
    check_within_limits(movement);
  }
  return found;
}

std::vector<msg::Movement> MovementRows::before(base::ItemId item, base::Seq before, std::uint32_t limit) {
  Use get(get_before_);
  get->bind(1, bound_to_sql(item.value()));
  get->bind(2, bound_to_sql(before.value()));
  get->bind(3, static_cast<std::int64_t>(limit));
  return rows(get);
}

std::vector<msg::Movement> MovementRows::after(base::ItemId item, base::Seq seq, std::uint32_t limit) {
  Use get(get_after_);
  get->bind(1, bound_to_sql(item.value()));
  get->bind(2, bound_to_sql(seq.value()));
  get->bind(3, static_cast<std::int64_t>(limit));
  return rows(get);
}

}  // namespace order
