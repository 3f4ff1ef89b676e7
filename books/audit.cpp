// audit: checks the books of a running store from outside, through its frontends.
//
// audit makes these checks:
//   - It walks the stream from its first event and recomputes it (books/audit_stream.h). A backup supplies trimmed
//   events.
//   - It reads the whole catalogue past the caches and compares it with the stream.
//   - It compares the digests of the views (books/audit_views.h).
//   - It asks every order replica directly for its rows and compares them with the stream (books/audit_rows.h).
//   - It looks up a sample of the items through the caches and past them.
//   - With --data it checks the files of the views (books/audit_files.h).
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/notice.h"
#include "books/audit_files.h"
#include "books/audit_rows.h"
#include "books/audit_stream.h"
#include "books/audit_views.h"
#include "books/backup_directory.h"
#include "books/books.h"
#include "books/walk.h"
#include "json/events.h"
#include "json/status.h"
#include "tasks/output.h"
#include "tasks/tasks.h"

namespace books {
namespace {

constexpr std::size_t kSample = 1000;
constexpr base::Duration kPause = std::chrono::milliseconds(100);

constexpr const char* kNeeds =
    "In a store with keys it needs an operator's key (--key-file), else the token of a clerk, an operator or an admin";

// A fault goes before a check that could not be made.
int verdict_of(const std::vector<Check>& checks) {
  const auto is_fault = [](const Check& check) { return !check.ok && check.looked; };
  if (std::any_of(checks.begin(), checks.end(), is_fault)) return tasks::kRefused;
  const bool complete = std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.looked; });
  return complete ? tasks::kDone : tasks::kUnknown;
}

// The reason why audit has no verdict: the store did not answer, or the backup cannot be used.
using Trouble = std::optional<msg::Refusal>;

Trouble no_use(std::string why) { return msg::Refusal{.code = msg::Code::kInvalid, .message = std::move(why)}; }

class Audit {
 public:
  Audit(const tasks::Common& common, const std::string& backup)
      : common_(common), backup_(backup), store_(common.connect()) {}

  Trouble run() {
    if (auto trouble = walk_backup()) return trouble;
    if (auto trouble = walk_stream({})) return trouble;
    if (auto trouble = page_catalogue()) return trouble;
    if (auto trouble = walk_stream(stream_.awaited())) return trouble;
    if (auto trouble = compare_views()) return trouble;
    if (auto trouble = compare_rows()) return trouble;
    return compare_caches();
  }

  std::vector<Check> checks() {
    auto all = stream_.checks();
    all.push_back(views_.check());
    all.push_back(rows_.check());
    all.push_back(
        caches_.check("cache", fmt::format("{} items looked up through the caches and past them", looked_up_)));
    return all;
  }

 private:
  void take(base::BytesView block) {
    stream_.block(block, [this](const msg::Event& event, base::Seq seq) { rows_.event(event, seq); });
  }
  Trouble walk_backup();
  Trouble join(const Manifest& end);
  Trouble walk_stream(base::Seq to);
  Trouble page_catalogue();
  Trouble compare_views();
  Trouble compare_rows();
  base::Result<RowsAudit::Page> rows_of(client::Client& replica, const msg::Rows& request) const;
  Trouble compare_caches();
  Trouble look_up(base::ItemId id, std::size_t spread);
  void compare(base::ItemId id, const msg::Item& before, const msg::Item& fresh, const msg::Item& after);
  void pause() {
    store_.run_until([] { return false; }, base::now().mono + kPause);
  }
  void progress(base::Seq mark) const;

  const tasks::Common& common_;
  const std::string& backup_;  // empty: none
  client::Client store_;
  storage::ScratchRows made_;
  StreamAudit stream_{&made_};
  ViewsAudit views_;
  RowsAudit rows_{made_};
  Faults caches_;
  std::size_t looked_up_ = 0;
};

Trouble Audit::walk_backup() {
  if (backup_.empty()) return std::nullopt;
  const auto backup = open_backup(backup_);
  if (!backup) return no_use(backup.error().message);
  for (base::BlockNo no; stream_.readable() && no < backup->manifest.block;) {
    const auto rows = backup->archive->read(no, kPageBytes);
    if (!rows) return no_use(backup_ + ": " + rows.error().message);
    for (const auto& row : *rows) {
      no = row.no;
      if (no <= backup->manifest.block) take(row.bytes);
    }
  }
  return stream_.readable() ? join(backup->manifest) : std::nullopt;
}

// Checks that the store has the last block of the backup; otherwise they are two histories. If the store has trimmed
// that block, the walk will compare its hash with the hash that the next block names.
Trouble Audit::join(const Manifest& end) {
  for (const auto patience = base::now().mono + common_.timeout;; pause()) {
    const auto reply = store_.call(msg::Events{end.seq, kPageBytes, {}});
    if (reply.refusal) return reply.refusal;
    if (json::trimmed_to(*reply, end.seq)) return std::nullopt;
    if (!reply->blocks.empty()) {
      const auto block = msg::decode_block(reply->blocks.front().bytes);
      if (block && block->hash.bytes == end.hash) return std::nullopt;
      return no_use(fmt::format("{}: the store has a different block at seq {}: this is a backup of another history",
                                backup_, end.seq));
    }
    if (base::now().mono >= patience) {
      return no_use(
          fmt::format("{} ends with seq {}, and the store shows its stream up to seq {}: this is a backup of "
                      "another history",
                      backup_, end.seq, reply->mark));
    }
  }
}

// Walks the stream up to the watermark of the first reply, and at least to `to`. If the store shows no further event
// for a whole timeout before that end, this is a fault of the chain.
Trouble Audit::walk_stream(base::Seq to) {
  auto patience = base::now().mono + common_.timeout;
  for (bool first = true; stream_.readable(); first = false) {
    const auto reply = store_.call(msg::Events{stream_.next(), kPageBytes, {}});
    if (reply.refusal) return reply.refusal;
    if (first) to = std::max(to, reply->mark);
    const auto before = stream_.next();
    if (const auto begins = json::trimmed_to(*reply, before)) {
      return msg::Refusal{.code = msg::Code::kUnavailable,
                          .message = fmt::format("the stream begins with seq {} now: name a backup that has the "
                                                 "earlier events: --backup DIR",
                                                 *begins)};
    }
    for (const auto& block : reply->blocks) take(block.bytes);
    progress(to);
    if (stream_.next() > to) break;
    if (stream_.next() > before) {
      patience = base::now().mono + common_.timeout;
    } else if (base::now().mono >= patience) {
      stream_.cannot_go_on(fmt::format("the store has seq {}, but does not show seq {}", to, before));
    } else {
      pause();
    }
  }
  return std::nullopt;
}

void Audit::progress(base::Seq mark) const {
  if (isatty(STDERR_FILENO) != 1) return;
  const bool done = stream_.next() > mark || !stream_.readable();
  if (done) {
    base::notice("\r\033[K");
  } else {
    base::notice("\rreading the stream: seq {} of {}\033[K", stream_.next(), mark);
  }
}

Trouble Audit::page_catalogue() {
  if (!stream_.readable()) return std::nullopt;
  const base::Seq since(stream_.next().value() - 1);
  msg::Search search{.limit = msg::kPageMax, .retired = true};
  for (;;) {
    const auto page = store_.call(search, {.fresh = true});
    if (page.refusal) return page.refusal;
    for (const auto& item : page->items) stream_.shown(item);
    if (!page->next || *page->next <= search.after.value_or(base::ItemId())) break;
    search.after = page->next;
  }
  stream_.all_shown(since);
  return std::nullopt;
}

Trouble Audit::compare_views() {
  const auto end = base::now().mono + common_.timeout;
  for (;;) {
    const auto status = store_.call(msg::Status{});
    if (status.refusal) return status.refusal;
    for (const auto& seen : status->processes) views_.heard(seen.beat);
    if (views_.complete() || base::now().mono >= end) return std::nullopt;
    pause();
  }
}

// A replica does not answer a key that it does not admit, so each question would last until its deadline. A key file
// tells the role of its key. A client with a key asks a store with keys.
bool lacks_operators_key() {
  const auto key = client::key_of_environment();
  return key && key->role != msg::word(base::KeyRole::kOperator);
}

// Also compares the rows of a replica whose view has diverged: the comparison names the row.
Trouble Audit::compare_rows() {
  if (lacks_operators_key()) {
    rows_.leave_out("only an operator's key opens a replica, and this command has another key");
    return std::nullopt;
  }
  const auto status = store_.call(msg::Status{});
  if (status.refusal) return status.refusal;
  for (const auto& seen : status->processes) {
    if (seen.beat.role != msg::Role::kOrder || seen.age_ms > json::kSilentMs) continue;
    client::Client replica({.frontends = {seen.beat.tcp}, .timeout = common_.timeout, .whom = "replica"});
    rows_.compare(seen.beat.instance, [&](const msg::Rows& request) { return rows_of(replica, request); });
  }
  return std::nullopt;
}

base::Result<RowsAudit::Page> Audit::rows_of(client::Client& replica, const msg::Rows& request) const {
  auto reply = replica.call(request);
  if (reply.refusal) return base::fail(reply.refusal->message);
  return RowsAudit::Page{std::move(reply.body->rows), reply.seq};
}

Trouble Audit::compare_caches() {
  std::size_t spread = 0;  // each frontend has its own cache
  for (const auto id : stream_.sample(kSample)) {
    if (auto trouble = look_up(id, spread++)) return trouble;
  }
  return std::nullopt;
}

// The first lookup puts the item into the cache if it was not there.
Trouble Audit::look_up(base::ItemId id, std::size_t spread) {
  const msg::Lookup lookup{.item = id};
  const auto before = store_.call(lookup, {.spread = spread});
  const auto fresh = store_.call(lookup, {.spread = spread, .fresh = true});
  const auto after = store_.call(lookup, {.spread = spread});
  for (const auto* reply : {&before, &fresh, &after}) {
    if (!reply->refusal) continue;
    const auto code = reply->refusal->code;
    if (!msg::is_business(code) || msg::is_denial(code)) return reply->refusal;
    caches_.add(fmt::format("item {} is in the stream, but a lookup answers: {}", id, reply->refusal->message));
    return std::nullopt;
  }
  ++looked_up_;
  compare(id, before->item, fresh->item, after->item);
  return std::nullopt;
}

// Compares three lookups that were made one after the other. No answer may be older than the answer before it, and
// answers of one version must be equal (G4).
void Audit::compare(base::ItemId id, const msg::Item& before, const msg::Item& fresh, const msg::Item& after) {
  for (const auto& [first, second, what] :
       {std::tuple(&before, &fresh, "past the cache"), {&fresh, &after, "through the cache"}}) {
    if (second->version < first->version) {
      caches_.add(fmt::format("item {}: a lookup {} shows seq {}, but an earlier lookup showed seq {}", id, what,
                              second->version, first->version));
    } else if (second->version == first->version && !(*second == *first)) {
      caches_.add(fmt::format("item {}: two lookups differ at seq {}: {} and {} pieces, {} and {} cents", id,
                              first->version, first->stock, second->stock, first->price, second->price));
    }
  }
}

}  // namespace

int audit(const tasks::Common& common, const AuditTask& task) {
  Audit audit(common, task.backup);
  if (const auto trouble = audit.run()) {
    (void)tasks::complain(common, *trouble);
    if (msg::is_denial(trouble->code)) {
      base::notice("pygmy: the audit may not look at the whole store, so it says nothing about it. {}\n", kNeeds);
    }
    return tasks::kUnknown;
  }
  auto checks = audit.checks();
  if (!task.data.empty()) checks.push_back(audit_files(task.data));
  print_checks(checks, common.json);
  const int verdict = verdict_of(checks);
  if (verdict == tasks::kUnknown) base::notice("pygmy: the audit is not complete. {}\n", kNeeds);
  return verdict;
}

}  // namespace books
