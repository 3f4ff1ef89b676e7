#include "order/hold_rows.h"

#include "order/stored_rows.h"

namespace order {

using storage::bound_to_sql;
using storage::to_sql;
using storage::Use;

HoldRows::HoldRows(storage::View& view, const std::string& path)
    : view_(view),
      path_(path),
      put_(view.db(), "INSERT OR REPLACE INTO holds VALUES(?,?,?)"),
      get_(view.db(), "SELECT bytes FROM holds WHERE no = ?"),
      get_after_(view.db(), "SELECT bytes FROM holds WHERE no > ? ORDER BY no LIMIT ?"),
      get_open_(view.db(), "SELECT bytes FROM holds WHERE open = 1 ORDER BY no") {}

void HoldRows::put(const msg::Hold& hold) {
  view_.begin();
  unwritten_.insert_or_assign(hold.no, hold);
  if (unwritten_.size() >= kUnwrittenMax) write();
}

void HoldRows::write() {
  for (const auto& [no, hold] : unwritten_) write_one(hold);
  unwritten_.clear();
}

void HoldRows::write_one(const msg::Hold& hold) {
  const auto bytes = msg::encoded(hold);
  Use put(put_);
  put->bind(1, to_sql(hold.no.value()));
  put->bind(2, hold.state == msg::HoldState::kOpen ? 1 : 0);
  put.blob(3, bytes);
  put->exec();
}

std::vector<msg::Hold> HoldRows::rows(Use& get) const {
  std::vector<msg::Hold> found;
  while (get->executeStep()) found.push_back(decoded<msg::Hold>(path_, get.column(0), "a stored hold"));
  return found;
}

std::optional<msg::Hold> HoldRows::find(base::HoldNo no) {
  if (const auto changed = unwritten_.find(no); changed != unwritten_.end()) return changed->second;
  Use get(get_);
  get->bind(1, bound_to_sql(no.value()));
  if (!get->executeStep()) return std::nullopt;
  return decoded<msg::Hold>(path_, get.column(0), "a stored hold");
}

std::vector<msg::Hold> HoldRows::after(base::HoldNo after, std::uint32_t limit) {
  write();
  Use get(get_after_);
  get->bind(1, bound_to_sql(after.value()));
  get->bind(2, static_cast<std::int64_t>(limit));
  return rows(get);
}

std::vector<msg::Hold> HoldRows::open() {
  write();
  Use get(get_open_);
  return rows(get);
}

}  // namespace order
