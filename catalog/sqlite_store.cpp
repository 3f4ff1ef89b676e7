#include "catalog/sqlite_store.h"

#include <fmt/format.h>

#include <cctype>

#include "storage/view.h"

namespace catalog {
namespace {

using storage::bound_to_sql;
using storage::from_sql;
using storage::to_sql;
using storage::Use;

// The index ignores accents and case, and has entries for prefixes of two and three letters. It keeps positions
// (detail=full), because one word of ours may be two words of FTS5: without positions FTS5 refuses such a query.
constexpr const char* kSchema = R"sql(
CREATE INDEX items_by_topic ON items(topic, id);
CREATE INDEX items_by_title ON items(title, id);
CREATE VIRTUAL TABLE titles USING fts5(
  title, content='', tokenize='unicode61 remove_diacritics 2', prefix='2 3', columnsize=0);
)sql";

storage::FileKind kind() {
  return {SqliteStore::kApplicationId, SqliteStore::kFirstFormat, kSchema, SqliteStore::kSteps};
}

constexpr const char* kInsertTitle = "INSERT INTO titles(rowid, title) VALUES(?,?)";
constexpr const char* kByTitle = "SELECT id FROM items WHERE title = ? ORDER BY id LIMIT 1";
constexpr const char* kAll = "SELECT id FROM items WHERE id > ? ORDER BY id LIMIT ?";
constexpr const char* kByTopic = "SELECT id FROM items WHERE id > ? AND topic = ? ORDER BY id LIMIT ?";
constexpr const char* kByText = "SELECT rowid FROM titles WHERE rowid > ? AND titles MATCH ? ORDER BY rowid LIMIT ?";
constexpr const char* kByBoth =
    "SELECT id FROM items WHERE id > ? AND id IN (SELECT rowid FROM titles WHERE titles MATCH ?) AND topic = ? "
    "ORDER BY id LIMIT ?";

bool is_word_byte(unsigned char byte) { return byte >= 0x80 || std::isalnum(byte) != 0; }

}  // namespace

std::string full_text_query(const std::string& text) {
  std::string query;
  std::string word;
  const auto close_word = [&] {
    if (!word.empty()) query += fmt::format("{}\"{}\"*", query.empty() ? "" : " ", word);
    word.clear();
  };
  for (const char c : text) {
    if (is_word_byte(static_cast<unsigned char>(c))) {
      word += c;
    } else {
      close_word();
    }
  }
  close_word();
  return query;
}

struct SqliteStore::Impl {
  explicit Impl(const std::string& path) : view(path, kind()) {}

  storage::View view;
  SQLite::Statement insert_title{view.db(), kInsertTitle};
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
  if (!impl_->view.put_item(item)) return;
  Use title(impl_->insert_title);
  title->bind(1, to_sql(item.id.value()));
  title->bindNoCopy(2, item.title);
  title->exec();
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
  if (search.text && words.empty()) return ids;
  auto& statement =
      search.text ? (search.topic ? impl_->by_both : impl_->by_text) : (search.topic ? impl_->by_topic : impl_->all);
  Use query(statement);
  int at = 1;
  query->bind(at++, bound_to_sql(search.after.value_or(base::ItemId()).value()));
  if (search.text) query->bindNoCopy(at++, words);
  if (search.topic) query->bindNoCopy(at++, *search.topic);
  query->bind(at, static_cast<std::int64_t>(limit));
  while (query->executeStep()) ids.push_back(base::ItemId(from_sql(query.column(0))));
  return ids;
}

std::optional<base::ItemId> SqliteStore::find_title(const std::string& title) {
  Use query(impl_->by_title);
  query->bindNoCopy(1, title);
  if (!query->executeStep()) return std::nullopt;
  return base::ItemId(from_sql(query.column(0)));
}

}  // namespace catalog
