#include "catalog/sqlite_store.h"

#include <fmt/format.h>

#include <cstring>

#include "msg/sha256.h"
#include "storage/view.h"
#include "text/fold.h"
#include "text/words.h"

namespace catalog {
namespace {

using storage::bound_to_sql;
using storage::from_sql;
using storage::to_sql;
using storage::Use;

// The tables of format 2. steps.h has the later changes.
constexpr const char* kSchema = R"sql(
CREATE INDEX items_by_topic ON items(topic, id);
CREATE INDEX items_by_title ON items(title, id);
CREATE VIRTUAL TABLE titles USING fts5(
  title, content='', tokenize='unicode61 remove_diacritics 2', prefix='2 3', columnsize=0);
)sql";

storage::FileKind kind() {
  return {SqliteStore::kApplicationId, SqliteStore::kFirstFormat, kSchema, SqliteStore::kSteps};
}

// The index has entries for the first two and three characters of terms. It keeps positions (detail=full), because the
// terms of one word must follow each other. FTS5's tokenizer `ascii` takes every character beyond ASCII for a letter.
constexpr const char* kInsertTerms = "INSERT INTO titles(rowid, terms) VALUES(?,?)";
constexpr const char* kRemoveTerms = "INSERT INTO titles(titles, rowid, terms) VALUES('delete',?,?)";
constexpr const char* kInsertName = "INSERT INTO names VALUES(?,?,?)";
constexpr const char* kInsertTopic = "INSERT OR IGNORE INTO more_topics VALUES(?,?)";  // two may be equal without case
constexpr const char* kRemoveName = "DELETE FROM names WHERE id = ?";
constexpr const char* kRemoveTopic = "DELETE FROM more_topics WHERE topic = ? AND id = ?";
constexpr const char* kRemoveNames =
    "DELETE FROM names; DELETE FROM more_topics; INSERT INTO titles(titles) VALUES('delete-all')";
constexpr const char* kByTitle =
    "SELECT items.id, items.title FROM names JOIN items USING(id) WHERE names.title = ? ORDER BY names.id";
constexpr const char* kAll = "SELECT id FROM items WHERE id > ? AND retired IS NULL ORDER BY id LIMIT ?";
constexpr const char* kByTopic =
    "SELECT id FROM names WHERE id > ?1 AND topic = ?2 UNION "
    "SELECT id FROM more_topics WHERE id > ?1 AND topic = ?2 ORDER BY id LIMIT ?3";
constexpr const char* kByText = "SELECT rowid FROM titles WHERE rowid > ? AND titles MATCH ? ORDER BY rowid LIMIT ?";
constexpr const char* kByBoth =
    "WITH found AS MATERIALIZED (SELECT rowid AS id FROM titles WHERE titles MATCH ?2) "
    "SELECT id FROM names WHERE id > ?1 AND id IN found AND topic = ?3 UNION "
    "SELECT id FROM more_topics WHERE id > ?1 AND id IN found AND topic = ?3 ORDER BY id LIMIT ?4";

// True if both items are found by the same searches and look-ups by title.
bool has_same_names(const msg::Item& a, const msg::Item& b) {
  return a.title == b.title && a.topic == b.topic && a.topics == b.topics && msg::is_retired(a) == msg::is_retired(b);
}

std::string joined(const text::Terms& terms) { return fmt::format("{}", fmt::join(terms, " ")); }

}  // namespace

std::string indexed(const std::string& title) { return joined(text::terms_of(title)); }

std::int64_t title_hash(std::string_view folded) {
  const auto hash = msg::sha256(folded);
  std::int64_t first = 0;
  std::memcpy(&first, hash.data(), sizeof first);
  return first;
}

std::string full_text_query(const std::string& text) {
  std::string query;
  for (const auto& phrase : text::phrases_of(text)) {
    query += fmt::format("{}\"{}\"*", query.empty() ? "" : " ", joined(phrase));
  }
  return query;
}

struct SqliteStore::Impl {
  explicit Impl(const std::string& path) : view(path, kind()) {
    view.derive(text::rules(), [&] {
      view.db().exec(kRemoveNames);
      view.each_item([&](const msg::Item& item) { put_name(item); });
    });
  }

  // Retired items have no name.
  void put_name(const msg::Item& item) {
    if (msg::is_retired(item)) return;
    const auto topic = text::folded(item.topic);
    Use name(insert_name);
    name->bind(1, to_sql(item.id.value()));
    name->bind(2, title_hash(text::folded(item.title)));
    name->bindNoCopy(3, topic);
    name->exec();
    each_more_topic(insert_topic, item);
    const auto words = indexed(item.title);
    Use terms(insert_terms);
    terms->bind(1, to_sql(item.id.value()));
    terms->bindNoCopy(2, words);
    terms->exec();
  }

  // Runs the statement with each topic besides the first one, without case, and the item's id.
  static void each_more_topic(SQLite::Statement& statement, const msg::Item& item) {
    if (!item.topics) return;
    for (const auto& topic : *item.topics) {
      const auto folded = text::folded(topic);
      Use use(statement);
      use->bindNoCopy(1, folded);
      use->bind(2, to_sql(item.id.value()));
      use->exec();
    }
  }

  // `item`: as it was when its name was put. FTS5 removes the words that it is told, and keeps no texts. It collects
  // changes before it writes them. If it has collected the removal of a row, and is searched, FTS5 of SQLite 3.40
  // spoils its index with the next change of the row. A savepoint has it write the removal at once.
  void remove_name(const msg::Item& item) {
    if (msg::is_retired(item)) return;
    Use name(delete_name);
    name->bind(1, to_sql(item.id.value()));
    name->exec();
    each_more_topic(delete_topic, item);
    const auto words = indexed(item.title);
    view.db().exec("SAVEPOINT removal");
    Use terms(delete_terms);
    terms->bind(1, to_sql(item.id.value()));
    terms->bindNoCopy(2, words);
    terms->exec();
    view.db().exec("RELEASE removal");
  }

  storage::View view;
  SQLite::Statement insert_name{view.db(), kInsertName};
  SQLite::Statement insert_terms{view.db(), kInsertTerms};
  SQLite::Statement insert_topic{view.db(), kInsertTopic};
  SQLite::Statement delete_name{view.db(), kRemoveName};
  SQLite::Statement delete_topic{view.db(), kRemoveTopic};
  SQLite::Statement delete_terms{view.db(), kRemoveTerms};
  SQLite::Statement by_title{view.db(), kByTitle};
  SQLite::Statement all{view.db(), kAll};
  SQLite::Statement by_topic{view.db(), kByTopic};
  SQLite::Statement by_text{view.db(), kByText};
  SQLite::Statement by_both{view.db(), kByBoth};
};

SqliteStore::SqliteStore(const std::string& path)
    : impl_(storage::opening(path, [&] { return std::make_unique<Impl>(path); })) {}
SqliteStore::~SqliteStore() = default;

stream::Position SqliteStore::position() const { return impl_->view.position(); }

void SqliteStore::each_item(const std::function<void(const msg::Item&)>& visit) { impl_->view.each_item(visit); }

std::vector<msg::Item> SqliteStore::items(base::ItemId after, std::uint32_t limit) {
  return impl_->view.items(after, limit);
}
std::optional<std::uint64_t> SqliteStore::items_digest() const { return impl_->view.items_digest(); }
std::optional<std::string> SqliteStore::diverged() const { return impl_->view.diverged(); }
void SqliteStore::diverge(const std::string& why) { impl_->view.diverge(why); }

void SqliteStore::put_item(const msg::Item& item) {
  const auto before = item.edited ? impl_->view.item(item.id) : std::nullopt;
  const bool is_new = impl_->view.put_item(item);
  const bool is_renamed = before && !has_same_names(*before, item);
  if (is_renamed) impl_->remove_name(*before);
  if (is_new || is_renamed) impl_->put_name(item);
}

void SqliteStore::commit(const stream::Position& position, std::uint64_t items_digest) {
  impl_->view.commit(position, items_digest);
}
bool SqliteStore::has_room() { return impl_->view.has_room(); }
void SqliteStore::look() const { impl_->view.look(); }
void SqliteStore::settle() { impl_->view.settle(); }
std::optional<bool> SqliteStore::settle_result() { return impl_->view.settle_result(); }
std::uint64_t SqliteStore::checkpoints_failed() const { return impl_->view.checkpoints_failed(); }

std::vector<base::ItemId> SqliteStore::search(const msg::Search& search, std::uint32_t limit) {
  std::vector<base::ItemId> ids;
  const auto words = full_text_query(search.text.value_or(""));
  const auto topic = text::folded(search.topic.value_or(""));
  if (search.text && words.empty()) return ids;
  auto& statement =
      search.text ? (search.topic ? impl_->by_both : impl_->by_text) : (search.topic ? impl_->by_topic : impl_->all);
  Use query(statement);
  int at = 1;
  query->bind(at++, bound_to_sql(search.after.value_or(base::ItemId()).value()));
  if (search.text) query->bindNoCopy(at++, words);
  if (search.topic) query->bindNoCopy(at++, topic);
  query->bind(at, static_cast<std::int64_t>(limit));
  while (query->executeStep()) ids.push_back(base::ItemId(from_sql(query.column(0))));
  return ids;
}

std::optional<base::ItemId> SqliteStore::find_title(const std::string& title) {
  const auto folded = text::folded(title);
  Use query(impl_->by_title);
  query->bind(1, title_hash(folded));
  while (query->executeStep()) {  // another title may have the same hash
    if (text::folded(query.column(1).getString()) == folded) return base::ItemId(from_sql(query.column(0)));
  }
  return std::nullopt;
}

}  // namespace catalog
