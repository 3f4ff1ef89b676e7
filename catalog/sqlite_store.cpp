#include "catalog/sqlite_store.h"

#include <fmt/format.h>

#include <cctype>

#include "storage/view_file.h"

namespace catalog {
namespace {

using storage::bound_to_sql;
using storage::bytes_of;
using storage::from_sql;
using storage::to_sql;
using storage::Use;

// The index takes titles without accents and case, and has entries for beginnings of two and three letters. It keeps
// positions (detail=full), since what we take for one word may be two to FTS5, and without them it refuses such a
// query.
constexpr storage::FileKind kCatalogFile{0x50594341 /* "PYCA" */, 1, R"sql(
CREATE TABLE meta(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  store TEXT NOT NULL, applied INTEGER NOT NULL, block INTEGER NOT NULL, hash BLOB NOT NULL, at INTEGER NOT NULL);
CREATE TABLE items(
  id INTEGER PRIMARY KEY, title TEXT NOT NULL COLLATE NOCASE, topic TEXT NOT NULL COLLATE NOCASE,
  price INTEGER NOT NULL, stock INTEGER NOT NULL, version INTEGER NOT NULL);
CREATE INDEX items_by_topic ON items(topic, id);
CREATE INDEX items_by_title ON items(title, id);
CREATE VIRTUAL TABLE titles USING fts5(
  title, content='', tokenize='unicode61 remove_diacritics 2', prefix='2 3', columnsize=0);
)sql"};

constexpr const char* kUpdateItem = "UPDATE items SET price = ?, stock = ?, version = ? WHERE id = ?";
constexpr const char* kInsertItem = "INSERT INTO items VALUES(?,?,?,?,?,?)";
constexpr const char* kInsertTitle = "INSERT INTO titles(rowid, title) VALUES(?,?)";
constexpr const char* kPutMeta = "INSERT OR REPLACE INTO meta VALUES(1,?,?,?,?,?)";
constexpr const char* kMeta = "SELECT store, applied, block, hash, at FROM meta";
constexpr const char* kItems = "SELECT id, title, topic, price, stock, version FROM items";
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

class SqliteStore::Impl {
 public:
  explicit Impl(const std::string& path) : db(storage::open_view(path, kCatalogFile)) {
    Use meta(get_meta);
    if (!meta->executeStep()) return;
    position = {std::string(bytes_of(meta.column(0))), base::Seq(from_sql(meta.column(1))),
                base::BlockNo(from_sql(meta.column(2))), std::string(bytes_of(meta.column(3))),
                meta.column(4).getInt64()};
    if (position.hash.size() != msg::kHashBytes) {
      throw std::runtime_error(path + ": its position is damaged; remove the file so that it is built anew");
    }
  }
  ~Impl() {
    if (in_transaction) db->tryExec("ROLLBACK");  // as after a crash
  }

  void begin() {
    if (!in_transaction) db->exec("BEGIN");
    in_transaction = true;
  }

  std::unique_ptr<SQLite::Database> db;
  SQLite::Statement update_item{*db, kUpdateItem};
  SQLite::Statement insert_item{*db, kInsertItem};
  SQLite::Statement insert_title{*db, kInsertTitle};
  SQLite::Statement put_meta{*db, kPutMeta};
  SQLite::Statement get_meta{*db, kMeta};
  SQLite::Statement by_title{*db, kByTitle};
  SQLite::Statement all{*db, kAll};
  SQLite::Statement by_topic{*db, kByTopic};
  SQLite::Statement by_text{*db, kByText};
  SQLite::Statement by_both{*db, kByBoth};
  bool in_transaction = false;
  stream::Position position;
};

SqliteStore::SqliteStore(const std::string& path) {
  try {
    impl_ = std::make_unique<Impl>(path);
  } catch (const SQLite::Exception& error) {
    throw std::runtime_error(
        fmt::format("{}: is damaged ({}); remove it so that it is built anew from the stream", path, error.what()));
  }
}

SqliteStore::~SqliteStore() = default;

stream::Position SqliteStore::position() const { return impl_->position; }

void SqliteStore::each_item(const std::function<void(const msg::Item&)>& visit) {
  SQLite::Statement items(*impl_->db, kItems);
  while (items.executeStep()) {
    visit({base::ItemId(from_sql(items.getColumn(0))), std::string(bytes_of(items.getColumn(1))),
           std::string(bytes_of(items.getColumn(2))), base::Cents(items.getColumn(3).getInt64()),
           base::Quantity(items.getColumn(4).getInt64()), base::Seq(from_sql(items.getColumn(5)))});
  }
}

void SqliteStore::put_item(const msg::Item& item) {
  impl_->begin();
  {
    Use update(impl_->update_item);
    update->bind(1, item.price.value());
    update->bind(2, item.stock.value());
    update->bind(3, to_sql(item.version.value()));
    update->bind(4, to_sql(item.id.value()));
    if (update->exec() > 0) return;
  }
  Use insert(impl_->insert_item);
  insert->bind(1, to_sql(item.id.value()));
  insert->bindNoCopy(2, item.title);
  insert->bindNoCopy(3, item.topic);
  insert->bind(4, item.price.value());
  insert->bind(5, item.stock.value());
  insert->bind(6, to_sql(item.version.value()));
  insert->exec();
  Use title(impl_->insert_title);
  title->bind(1, to_sql(item.id.value()));
  title->bindNoCopy(2, item.title);
  title->exec();
}

void SqliteStore::commit(const stream::Position& position) {
  impl_->begin();
  {
    Use put(impl_->put_meta);
    put->bindNoCopy(1, position.store);
    put->bind(2, to_sql(position.applied.value()));
    put->bind(3, to_sql(position.block.value()));
    put.blob(4, position.hash);
    put->bind(5, position.at);
    put->exec();
  }
  impl_->db->exec("COMMIT");
  impl_->in_transaction = false;
  impl_->position = position;
}

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
