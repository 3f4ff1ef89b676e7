#include "storage/scratch_rows.h"

#include <fmt/format.h>

#include "base/check.h"
#include "storage/view_file.h"

namespace storage {
namespace {

constexpr const char* kSchema = R"sql(
CREATE TABLE orders(no INTEGER PRIMARY KEY, seq INTEGER NOT NULL, digest INTEGER NOT NULL, older INTEGER NOT NULL);
CREATE TABLE keys(key BLOB PRIMARY KEY, seq INTEGER NOT NULL, digest INTEGER NOT NULL, older INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE movements(item INTEGER, seq INTEGER, digest INTEGER, delta INTEGER, PRIMARY KEY(item, seq)) WITHOUT ROWID;
CREATE TABLE pieces(no INTEGER, item INTEGER, quantity INTEGER, price INTEGER, PRIMARY KEY(no, item)) WITHOUT ROWID;
CREATE TABLE portions(no INTEGER, item INTEGER, place BLOB, quantity INTEGER, PRIMARY KEY(no, item, place))
  WITHOUT ROWID;
CREATE TABLE buys(no INTEGER PRIMARY KEY, customer BLOB, cancellations INTEGER);
CREATE TABLE buyers(customer BLOB, item INTEGER, at INTEGER, no INTEGER, PRIMARY KEY(customer, item, at, no))
  WITHOUT ROWID;
)sql";

std::unique_ptr<SQLite::Database> scratch() {
  auto db = std::make_unique<SQLite::Database>("", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  db->exec("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF");
  db->exec(fmt::format("PRAGMA cache_size=-{}", kScratchCacheBytes / 1024));
  db->exec("BEGIN");  // one transaction without an end, because nobody reads the database after this process
  db->exec(kSchema);
  return db;
}

ScratchRows::Row row_of(Use& use, int first) {
  return {base::Seq(from_sql(use.column(first))), from_sql(use.column(first + 1)), from_sql(use.column(first + 2))};
}

void bind(Use& use, int first, const ScratchRows::Row& row) {
  use->bind(first, to_sql(row.seq.value()));
  use->bind(first + 1, to_sql(row.digest));
  use->bind(first + 2, to_sql(row.older));
}

}  // namespace

struct ScratchRows::Impl {
  std::unique_ptr<SQLite::Database> db = scratch();
  SQLite::Statement add_key{*db, "INSERT OR IGNORE INTO keys VALUES(?4,?1,?2,?3)"};
  SQLite::Statement get_key{*db, "SELECT seq, digest, older FROM keys WHERE key = ?"};
  SQLite::Statement put_key{*db, "INSERT OR REPLACE INTO keys VALUES(?4,?1,?2,?3)"};
  SQLite::Statement get_keys{*db, "SELECT key, seq, digest, older FROM keys WHERE key > ? ORDER BY key LIMIT ?"};
  SQLite::Statement add_pieces{*db,
                               "INSERT INTO pieces VALUES(?,?,?,?) "
                               "ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity"};
  SQLite::Statement get_pieces{*db, "SELECT quantity, price FROM pieces WHERE no = ? AND item = ?"};
  SQLite::Statement add_portion{*db,
                                "INSERT INTO portions VALUES(?,?,?,?) "
                                "ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity"};
  SQLite::Statement get_portions{*db, "SELECT place, quantity FROM portions WHERE no = ? AND item = ?"};
  SQLite::Statement add_buy{*db, "INSERT OR IGNORE INTO buys VALUES(?,?,0)"};
  SQLite::Statement add_cancellation{*db,
                                     "UPDATE buys SET cancellations = cancellations + 1 WHERE no = ? "
                                     "RETURNING customer, cancellations - 1"};
  SQLite::Statement add_buyer{*db, "INSERT OR IGNORE INTO buyers VALUES(?,?,?,?)"};
  SQLite::Statement get_bought{*db,
                               "SELECT coalesce(sum(quantity), 0) FROM buyers JOIN pieces USING(no, item) "
                               "WHERE customer = ? AND item = ? AND at > ?"};
  SQLite::Statement put_movement{*db, "INSERT OR REPLACE INTO movements VALUES(?,?,?,?)"};
  SQLite::Statement get_movements{*db,
                                  "SELECT item, seq, digest, delta FROM movements WHERE (item, seq) > (?,?) "
                                  "ORDER BY item, seq LIMIT ?"};
  SQLite::Statement put_order{*db, "INSERT OR REPLACE INTO orders VALUES(?4,?1,?2,?3)"};
  SQLite::Statement get_order{*db, "SELECT seq, digest, older FROM orders WHERE no = ?"};
};

ScratchRows::ScratchRows() : impl_(std::make_unique<Impl>()) {}
ScratchRows::~ScratchRows() = default;

std::optional<base::Seq> ScratchRows::add_key(const std::string& key, base::Seq seq) {
  Use add(impl_->add_key);
  bind(add, 1, {seq, 0, 0});
  add.blob(4, key);
  if (add->exec() == 1) return std::nullopt;
  Use get(impl_->get_key);
  get.blob(1, key);
  CHECK(get->executeStep(), "the key was neither added nor is it there");
  return row_of(get, 0).seq;
}

void ScratchRows::put_key(const std::string& key, const Row& row) {
  Use put(impl_->put_key);
  bind(put, 1, row);
  put.blob(4, key);
  put->exec();
}

std::vector<ScratchRows::KeyRow> ScratchRows::keys(const std::string& after, std::uint32_t limit) {
  Use get(impl_->get_keys);
  get.blob(1, after);
  get->bind(2, static_cast<std::int64_t>(limit));
  std::vector<KeyRow> rows;
  while (get->executeStep()) rows.push_back({std::string(bytes_of(get.column(0))), row_of(get, 1)});
  return rows;
}

void ScratchRows::add_pieces(base::OrderNo no, base::ItemId item, const Pieces& pieces) {
  Use add(impl_->add_pieces);
  add->bind(1, to_sql(no.value()));
  add->bind(2, to_sql(item.value()));
  add->bind(3, pieces.quantity.value());
  add->bind(4, pieces.price.value());
  add->exec();
}

ScratchRows::Pieces ScratchRows::pieces(base::OrderNo no, base::ItemId item) {
  Use get(impl_->get_pieces);
  get->bind(1, to_sql(no.value()));
  get->bind(2, to_sql(item.value()));
  if (!get->executeStep()) return {};
  return {base::Quantity(get.column(0).getInt64()), base::Cents(get.column(1).getInt64())};
}

void ScratchRows::add_pieces_from(base::OrderNo no, base::ItemId item, const std::string& place,
                                  base::Quantity pieces) {
  Use add(impl_->add_portion);
  add->bind(1, to_sql(no.value()));
  add->bind(2, to_sql(item.value()));
  add.blob(3, place);
  add->bind(4, pieces.value());
  add->exec();
}

std::map<std::string, base::Quantity> ScratchRows::pieces_by_place(base::OrderNo no, base::ItemId item) {
  Use get(impl_->get_portions);
  get->bind(1, to_sql(no.value()));
  get->bind(2, to_sql(item.value()));
  std::map<std::string, base::Quantity> pieces;
  while (get->executeStep()) pieces.emplace(bytes_of(get.column(0)), base::Quantity(get.column(1).getInt64()));
  return pieces;
}

void ScratchRows::add_buy(base::OrderNo no, const std::string& customer) {
  Use add(impl_->add_buy);
  add->bind(1, to_sql(no.value()));
  add.blob(2, customer);
  add->exec();
}

std::optional<ScratchRows::Buy> ScratchRows::add_cancellation(base::OrderNo no) {
  Use add(impl_->add_cancellation);
  add->bind(1, to_sql(no.value()));
  if (!add->executeStep()) return std::nullopt;
  return Buy{std::string(bytes_of(add.column(0))), from_sql(add.column(1))};
}

void ScratchRows::add_buyer(const std::string& customer, base::ItemId item, std::int64_t at, base::OrderNo no) {
  Use add(impl_->add_buyer);
  add.blob(1, customer);
  add->bind(2, to_sql(item.value()));
  add->bind(3, at);
  add->bind(4, to_sql(no.value()));
  add->exec();
}

base::Quantity ScratchRows::bought_since(const std::string& customer, base::ItemId item, std::int64_t since) {
  Use get(impl_->get_bought);
  get.blob(1, customer);
  get->bind(2, to_sql(item.value()));
  get->bind(3, since);
  CHECK(get->executeStep(), "a sum has a row");
  return base::Quantity(get.column(0).getInt64());
}

void ScratchRows::put_movement(const Movement& movement) {
  Use put(impl_->put_movement);
  put->bind(1, to_sql(movement.item.value()));
  put->bind(2, to_sql(movement.seq.value()));
  put->bind(3, to_sql(movement.digest));
  put->bind(4, movement.delta.value());
  put->exec();
}

std::vector<ScratchRows::Movement> ScratchRows::movements(base::ItemId item, base::Seq seq, std::uint32_t limit) {
  Use get(impl_->get_movements);
  get->bind(1, bound_to_sql(item.value()));
  get->bind(2, bound_to_sql(seq.value()));
  get->bind(3, static_cast<std::int64_t>(limit));
  std::vector<Movement> found;
  while (get->executeStep()) {
    found.push_back({base::ItemId(from_sql(get.column(0))), base::Seq(from_sql(get.column(1))), from_sql(get.column(2)),
                     base::Quantity(get.column(3).getInt64())});
  }
  return found;
}

void ScratchRows::put_order(base::OrderNo no, const Row& row) {
  Use put(impl_->put_order);
  bind(put, 1, row);
  put->bind(4, to_sql(no.value()));
  put->exec();
}

std::optional<ScratchRows::Row> ScratchRows::order(base::OrderNo no) {
  Use get(impl_->get_order);
  get->bind(1, bound_to_sql(no.value()));
  if (!get->executeStep()) return std::nullopt;
  return row_of(get, 0);
}

}  // namespace storage
