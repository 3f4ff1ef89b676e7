// at: shows the store as it was at a seq, computed again from its events.
//
// The events come from a backup, or from a running store through its frontends. A frontend shows an event only when no
// answer can show the state before it any more (DESIGN 5.8). `at` asks no replica, so it can show any seq.
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/print.h"
#include "books/backup_directory.h"
#include "books/books.h"
#include "books/progress.h"
#include "books/walk.h"
#include "catalog/sqlite_store.h"
#include "json/events.h"
#include "ledger/holds.h"
#include "ledger/movements.h"
#include "msg/cancellations.h"
#include "msg/currency.h"
#include "tasks/output.h"
#include "text/fold.h"

namespace books {
namespace {

// Walks the events up to seq `past.seq`. If that fails, it prints the reason, and failed() returns the exit code.
class At {
 public:
  // Called for each event, with the items after it. `order`: the order that it placed, or null.
  using Seen =
      std::function<void(const msg::Event& event, base::Seq seq, const msg::Order* order, const ledger::Items& items)>;

  At(const tasks::Common& common, const Past& past, Seen seen = {})
      : common_(common), seq_(past.seq), walk_([this, seen](const auto& event, base::Seq seq, const msg::Order* order) {
          if (seen) seen(event, seq, order, items());
        }) {
    code_ = !seq_                 ? tasks::usage_error("SEQ must be at least 1: the stream begins with seq 1")
            : past.backup.empty() ? ask_store()
                                  : read(past.backup);
  }

  std::optional<int> failed() const { return code_ == tasks::kDone ? std::nullopt : std::optional(code_); }
  const ledger::Items& items() const { return walk_.items(); }
  tasks::Currency currency() const {
    const auto& currency = walk_.currency();
    return currency && msg::is_sound(*currency) ? currency : std::nullopt;
  }
  int missing(const std::string& what) const {
    return tasks::refuse(fmt::format("{} at seq {}", what, seq_), common_.json);
  }
  // Printed before the result.
  void print_when() const { base::print("as of seq {}, {}\n", walk_.applied(), tasks::time_text(walk_.at())); }
  void add_when(tasks::Json& json) const {
    json["as_of"] = walk_.applied().value();
    json["at"] = walk_.at();
  }

 private:
  bool there() const { return walk_.applied() >= seq_; }
  int feed(base::BytesView block);
  int read(const std::string& directory);
  int ask_store();

  const tasks::Common& common_;
  const base::Seq seq_;
  Walk walk_;
  int code_ = tasks::kDone;
};

int At::feed(base::BytesView block) {
  walk_.block(block, seq_);
  if (walk_.audit().faults() == 0) return tasks::kDone;
  const auto books = walk_.audit().books();
  const auto wrong = std::find_if(books.begin(), books.end(), [](const Check& check) { return !check.ok; });
  return tasks::refuse(fmt::format("the stream is not sound: {}", wrong->detail), common_.json);
}

int At::read(const std::string& directory) {
  const auto backup = open_backup(directory);
  if (!backup) return tasks::refuse(backup.error().message, common_.json);
  if (seq_ > backup->manifest.seq) {
    return tasks::refuse(fmt::format("the backup ends with seq {}", backup->manifest.seq), common_.json);
  }
  Progress progress("reading", seq_);
  while (!there()) {
    const auto rows = backup->archive->read(walk_.audit().block_no(), kPageBytes);
    if (!rows || rows->empty()) {
      return tasks::refuse(
          rows ? "the blocks of the backup end before the seq that its manifest names" : rows.error().message,
          common_.json);
    }
    for (const auto& row : *rows) {
      if (there()) break;
      if (const int code = feed(row.bytes); code != tasks::kDone) return code;
    }
    progress.at(walk_.applied());
  }
  return tasks::kDone;
}

int At::ask_store() {
  auto store = common_.connect();
  Progress progress("asking", seq_);
  while (!there()) {
    const auto reply = store.call(msg::Events{walk_.audit().next(), kPageBytes, {}});
    if (reply.refusal) return tasks::complain(common_, *reply.refusal);
    if (reply->mark < seq_) {
      return tasks::refuse(fmt::format("the stream ends with seq {} so far", reply->mark), common_.json);
    }
    if (reply->blocks.empty())
      return tasks::refuse(fmt::format("the frontend does not show seq {}", walk_.audit().next()), common_.json);
    if (const auto begins = json::trimmed_to(*reply, walk_.audit().next())) {
      return tasks::refuse(fmt::format("the stream begins with seq {} now: name a backup that has the earlier events: "
                                       "--backup DIR",
                                       *begins),
                           common_.json);
    }
    for (const auto& block : reply->blocks) {
      if (there()) break;
      if (const int code = feed(block.bytes); code != tasks::kDone) return code;
    }
    progress.at(walk_.applied());
  }
  return tasks::kDone;
}

// Puts the items into the store of a catalog replica, so that titles and searches match as they do there.
std::unique_ptr<catalog::Store> as_catalog(const ledger::Items& items) {
  auto store = std::make_unique<catalog::SqliteStore>(":memory:");
  items.each([&](const msg::Item& item) { store->put_item(item); });
  return store;
}

const msg::Item* find(const ledger::Items& items, const msg::Lookup& lookup) {
  const auto id = lookup.item ? lookup.item : as_catalog(items)->find_title(*lookup.title);
  return id ? items.find(*id) : nullptr;
}

// The end of an answer that has a list: in JSON, `next` if there is more; for people, what to add to see more.
int end_list(const tasks::Common& common, const At& at, tasks::Json& json, bool is_empty, const char* option,
             std::optional<std::uint64_t> next) {
  if (common.json) {
    if (next) json["next"] = *next;
    at.add_when(json);
    tasks::print_json(json);
    return tasks::kDone;
  }
  if (is_empty) base::print("nothing found\n");
  if (next) base::print("there is more: add {} {}\n", option, *next);
  return tasks::kDone;
}

}  // namespace

int lookup_at(const tasks::Common& common, const Past& past, const tasks::LookupTask& task) {
  const auto request = tasks::request_of(task);
  if (!request) return tasks::usage_error(request.error().message);
  const At at(common, past);
  if (const auto code = at.failed()) return *code;
  const auto* item = find(at.items(), *request);
  if (!item) return at.missing(fmt::format("there was no item {}", task.title.value_or(task.what)));
  if (!common.json) {
    at.print_when();
    tasks::print_item(*item, at.currency());
    return tasks::kDone;
  }
  auto json = tasks::to_json(*item);
  at.add_when(json);
  tasks::print_json(json);
  return tasks::kDone;
}

int search_at(const tasks::Common& common, const Past& past, const tasks::SearchTask& task) {
  const At at(common, past);
  if (const auto code = at.failed()) return *code;
  msg::Search search{.topic = task.topic, .text = task.text, .limit = task.limit};
  if (task.after) search.after = base::ItemId(*task.after);
  const auto ids = as_catalog(at.items())->search(search, task.limit + 1);
  const auto shown = std::min<std::size_t>(ids.size(), task.limit);
  tasks::Json json{{"items", tasks::Json::array()}};
  if (!common.json) at.print_when();
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& item = *at.items().find(ids[i]);
    if (common.json) {
      json["items"].push_back(tasks::to_json(item));
    } else {
      tasks::print_item(item, at.currency());
    }
  }
  return end_list(common, at, json, ids.empty(), "--after",
                  ids.size() > shown ? std::optional(ids[shown - 1].value()) : std::nullopt);
}

int order_at(const tasks::Common& common, const Past& past, std::uint64_t no) {
  std::optional<msg::Order> found;
  const At at(common, past, [&](const msg::Event& event, base::Seq seq, const msg::Order* order, const auto&) {
    if (order && order->no == base::OrderNo(no)) found = *order;
    auto cancellation = ledger::cancellation_of(event, seq);
    if (cancellation && found && cancellation->no == found->no) msg::add_cancellation(*found, std::move(*cancellation));
  });
  if (const auto code = at.failed()) return *code;
  if (!found) return at.missing(fmt::format("there was no order {}", no));
  if (common.json) {
    tasks::print_json(tasks::to_json(*found));
  } else {
    tasks::print_order(*found, at.currency());
  }
  return tasks::kDone;
}

int movements_at(const tasks::Common& common, const Past& past, const tasks::MovementsTask& task) {
  const base::ItemId id(task.item);
  const auto before = task.before ? base::Seq(*task.before) : kAllSeqs;
  std::deque<msg::Movement> last;
  const At at(common, past, [&](const msg::Event& event, base::Seq seq, const msg::Order*, const ledger::Items& items) {
    if (seq >= before) return;
    for (auto& each : ledger::movements_of(event, seq, items)) {
      if (each.item == id) last.push_back(std::move(each));
    }
    if (last.size() > std::size_t{task.limit} + 1) last.pop_front();
  });
  if (const auto code = at.failed()) return *code;
  if (!at.items().find(id)) return at.missing(fmt::format("there was no item {}", id));
  const bool more = last.size() > task.limit;
  if (more) last.pop_front();
  tasks::Json json{{"movements", tasks::Json::array()}};
  if (!common.json) at.print_when();
  for (auto each = last.rbegin(); each != last.rend(); ++each) {
    if (common.json) {
      json["movements"].push_back(tasks::to_json(*each));
    } else {
      tasks::print_movement(*each);
    }
  }
  return end_list(common, at, json, last.empty(), "--before",
                  more ? std::optional(last.front().seq.value()) : std::nullopt);
}

int holds_at(const tasks::Common& common, const Past& past, const tasks::HoldsTask& task) {
  ledger::Holds holds;
  const At at(common, past, [&](const msg::Event& event, base::Seq seq, const msg::Order*, const ledger::Items&) {
    holds.evolve(event, seq);
  });
  if (const auto code = at.failed()) return *code;
  const auto customer = task.customer ? std::optional(text::folded(*task.customer)) : std::nullopt;
  std::vector<msg::Hold> found;
  holds.each_after(base::HoldNo(task.after.value_or(0)), [&](const msg::Hold& hold) {
    if (!customer || text::folded(hold.customer) == *customer) found.push_back(hold);
    return found.size() <= task.limit;
  });
  const bool more = found.size() > task.limit;
  if (more) found.pop_back();
  tasks::Json json{{"holds", tasks::Json::array()}};
  if (!common.json) at.print_when();
  for (const auto& hold : found) {
    if (common.json) {
      json["holds"].push_back(tasks::to_json(hold));
    } else {
      tasks::print_hold(hold, at.currency());
    }
  }
  return end_list(common, at, json, found.empty(), "--after",
                  more ? std::optional(found.back().no.value()) : std::nullopt);
}

}  // namespace books
