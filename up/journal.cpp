#include "up/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "backup/archive.h"
#include "broker/core.h"
#include "msg/block.h"
#include "msg/currency.h"
#include "storage/view.h"

namespace up {
namespace {

struct Newest {
  std::string file;
  stream::Position position;
};

std::optional<Newest> newest_view(const std::vector<ChildPlan>& plans) {
  std::optional<Newest> newest;
  for (const auto& child : plans) {
    if (child.role != "catalog" && child.role != "order") continue;
    const auto file = child.directory + "/" + child.role + ".db";
    const auto position = storage::position_in(file);
    if (position && (!newest || position->applied > newest->position.applied)) newest = {file, *position};
  }
  return newest;
}

// Returns nothing for a journal that cannot be opened: the broker itself reports a damaged journal, or one of another
// program.
std::optional<base::Seq> end_of(const std::string& journal) {
  if (!std::filesystem::exists(journal)) return base::Seq();
  try {
    const auto end = backup::Archive(journal, backup::Archive::Mode::kBroker).end();
    return end ? std::optional(end->last) : std::nullopt;
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

// The journal of a plan with an SQLite journal, else empty.
std::string journal_of(const std::vector<ChildPlan>& plans) {
  const auto broker =
      std::find_if(plans.begin(), plans.end(), [](const auto& child) { return child.role == "broker"; });
  const auto& arguments = broker->arguments;
  if (std::find(arguments.begin(), arguments.end(), "sqlite") == arguments.end()) return {};
  return broker->directory + "/journal.db";
}

// The first event of the stream; nothing if it cannot be read, or was trimmed.
std::optional<msg::StoreCreated> created_in(const std::string& journal) {
  if (!std::filesystem::exists(journal)) return std::nullopt;
  try {
    const auto rows = backup::Archive(journal, backup::Archive::Mode::kBroker).read(base::BlockNo(), 1);
    if (!rows || rows->empty()) return std::nullopt;
    const auto block = msg::decode_block(rows->front().bytes);
    const auto events = block ? msg::decode_events(block->events.bytes, block->count) : base::fail("");
    const auto* created = events ? std::get_if<msg::StoreCreated>(&events->front().what) : nullptr;
    return created ? std::optional(*created) : std::nullopt;
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

}  // namespace

void require_currency(const std::vector<ChildPlan>& plans, const std::string& code) {
  const auto journal = code.empty() ? std::string() : journal_of(plans);
  const auto created = journal.empty() ? std::nullopt : created_in(journal);
  const auto wrong = created ? broker::wrong_currency(msg::currency_of(code), created->currency) : std::nullopt;
  if (wrong) throw std::runtime_error(*wrong);
}

std::string currency_of(const std::vector<ChildPlan>& plans, const std::string& code) {
  const auto journal = code.empty() ? journal_of(plans) : std::string();
  const auto created = journal.empty() ? std::nullopt : created_in(journal);
  return created && created->currency ? created->currency->code : code;
}

void require_newest_journal(const std::vector<ChildPlan>& plans) {
  const auto journal = journal_of(plans);
  if (journal.empty()) return;
  const auto newest = newest_view(plans);
  const auto end = end_of(journal);
  if (!newest || !end || newest->position.applied <= *end) return;
  throw std::runtime_error(fmt::format(
      "{} has applied seq {}, and {} ends at seq {}: the journal is gone, or an older copy. Nothing was started or "
      "changed. Put the newer journal (journal.db and journal.db-wal) in its place. If there is none, restore the "
      "latest backup into a new directory, and keep this one: the orders that the backup does not have are in its "
      "order-*/order.db",
      newest->file, newest->position.applied, journal, *end));
}

}  // namespace up
