#include "order/sqlite_store.h"

#include <fmt/format.h>

#include <stdexcept>

#include "msg/codec.h"
#include "storage/view_file.h"

namespace order {
namespace {

using storage::bound_to_sql;
using storage::bytes_of;
using storage::from_sql;
using storage::to_sql;
using storage::Use;

constexpr const char* kPutItem = "INSERT OR REPLACE INTO items VALUES(?,?,?,?,?,?)";
constexpr const char* kPutOrder = "INSERT INTO orders VALUES(?,?,?,?)";
constexpr const char* kPutKey = "INSERT INTO keys VALUES(?,?,?,?,?,?)";
constexpr const char* kPutMeta = "INSERT OR REPLACE INTO meta VALUES(1,?,?,?,?,?,?,?)";
constexpr const char* kOrder = "SELECT bytes FROM orders WHERE no = ?";
constexpr const char* kOrders = "SELECT bytes FROM orders WHERE no > ? ORDER BY no LIMIT ?";
constexpr const char* kOrdersOf =
    "SELECT bytes FROM orders WHERE customer = ? AND customer <> '' AND no > ? ORDER BY no LIMIT ?";
constexpr const char* kKey = "SELECT kind, seq, req, no, item FROM keys WHERE key = ?";
constexpr const char* kItems = "SELECT id, title, topic, price, stock, version FROM items";
constexpr const char* kMeta = "SELECT store, applied, block, hash, at, last_order, orders_digest FROM meta";

constexpr storage::FileKind kOrderFile{SqliteStore::kApplicationId, SqliteStore::kFormat, R"sql(
CREATE TABLE meta(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  store TEXT NOT NULL, applied INTEGER NOT NULL, block INTEGER NOT NULL, hash BLOB NOT NULL, at INTEGER NOT NULL,
  last_order INTEGER NOT NULL, orders_digest INTEGER NOT NULL);
CREATE TABLE items(
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL, topic TEXT NOT NULL, price INTEGER NOT NULL, stock INTEGER NOT NULL, version INTEGER NOT NULL);
CREATE TABLE orders(no INTEGER PRIMARY KEY, customer TEXT NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL);
-- Orders without a customer are never asked for by customer, and the page of a popular index costs more than its use.
CREATE INDEX orders_by_customer ON orders(customer, no) WHERE customer <> '';
CREATE TABLE keys(
  key TEXT PRIMARY KEY,
  kind INTEGER NOT NULL, seq INTEGER NOT NULL, req INTEGER NOT NULL, no INTEGER NOT NULL, item INTEGER NOT NULL)
  WITHOUT ROWID;
)sql"};

}  // namespace

class SqliteStore::Impl {
 public:
  explicit Impl(const std::string& file) : path(file), db(storage::open_view(file, kOrderFile)) { read_meta(); }

  ~Impl() {
    // What was put since the last commit is dropped, as after a crash.
    if (in_transaction) db->tryExec("ROLLBACK");
  }

  void begin() {
    if (!in_transaction) db->exec("BEGIN");
    in_transaction = true;
  }

  msg::Order decode(const SQLite::Column& column) const {
    const std::string_view bytes(static_cast<const char*>(column.getBlob()),
                                 static_cast<std::size_t>(column.getBytes()));
    auto order = msg::decode<msg::Order>(bytes);
    if (!order) throw std::runtime_error(fmt::format("{}: a stored order is damaged: {}", path, order.error().message));
    return std::move(*order);
  }

  void read_meta() {
    Use meta(get_meta);
    if (!meta->executeStep()) return;
    position = {std::string(bytes_of(meta.column(0))), base::Seq(from_sql(meta.column(1))),
                base::BlockNo(from_sql(meta.column(2))), std::string(bytes_of(meta.column(3))),
                meta.column(4).getInt64()};
    totals = {base::OrderNo(from_sql(meta.column(5))), from_sql(meta.column(6))};
    if (position.hash.size() != msg::kHashBytes) {
      throw std::runtime_error(path + ": its position is damaged; remove the file so that it is built anew");
    }
  }

  std::string path;
  std::unique_ptr<SQLite::Database> db;
  SQLite::Statement put_item{*db, kPutItem};
  SQLite::Statement put_order{*db, kPutOrder};
  SQLite::Statement put_key{*db, kPutKey};
  SQLite::Statement put_meta{*db, kPutMeta};
  SQLite::Statement get_order{*db, kOrder};
  SQLite::Statement get_orders{*db, kOrders};
  SQLite::Statement get_orders_of{*db, kOrdersOf};
  SQLite::Statement get_key{*db, kKey};
  SQLite::Statement get_meta{*db, kMeta};
  bool in_transaction = false;
  stream::Position position;
  Totals totals;
  std::string order_bytes;  // kept for its capacity
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
Totals SqliteStore::totals() const { return impl_->totals; }

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
  Use put(impl_->put_item);
  put->bind(1, to_sql(item.id.value()));
  put->bindNoCopy(2, item.title);
  put->bindNoCopy(3, item.topic);
  put->bind(4, item.price.value());
  put->bind(5, item.stock.value());
  put->bind(6, to_sql(item.version.value()));
  put->exec();
}

void SqliteStore::put_order(const msg::Order& order) {
  impl_->begin();
  impl_->order_bytes.clear();
  msg::encode(order, impl_->order_bytes);
  Use put(impl_->put_order);
  put->bind(1, to_sql(order.no.value()));
  put->bindNoCopy(2, order.customer);
  put->bind(3, order.at);
  put.blob(4, impl_->order_bytes);
  put->exec();
}

void SqliteStore::put_key(const std::string& key, const ledger::KeyRecord& record) {
  impl_->begin();
  Use put(impl_->put_key);
  put->bindNoCopy(1, key);
  put->bind(2, static_cast<int>(record.kind));
  put->bind(3, to_sql(record.seq.value()));
  put->bind(4, to_sql(record.req));
  put->bind(5, to_sql(record.no.value()));
  put->bind(6, to_sql(record.item.value()));
  put->exec();
}

void SqliteStore::commit(const stream::Position& position, const Totals& totals) {
  impl_->begin();
  {
    Use put(impl_->put_meta);
    put->bindNoCopy(1, position.store);
    put->bind(2, to_sql(position.applied.value()));
    put->bind(3, to_sql(position.block.value()));
    put.blob(4, position.hash);
    put->bind(5, position.at);
    put->bind(6, to_sql(totals.last_order.value()));
    put->bind(7, to_sql(totals.orders_digest));
    put->exec();
  }
  impl_->db->exec("COMMIT");
  impl_->in_transaction = false;
  impl_->position = position;
  impl_->totals = totals;
}

std::optional<msg::Order> SqliteStore::order(base::OrderNo no) {
  Use get(impl_->get_order);
  get->bind(1, bound_to_sql(no.value()));
  if (!get->executeStep()) return std::nullopt;
  return impl_->decode(get.column(0));
}

std::optional<ledger::KeyRecord> SqliteStore::key(const std::string& key) {
  Use get(impl_->get_key);
  get->bindNoCopy(1, key);
  if (!get->executeStep()) return std::nullopt;
  const auto kind = get.column(0).getInt();
  if (kind < 0 || kind >= static_cast<int>(msg::Words<msg::OutcomeKind>::kWords.size())) {
    throw std::runtime_error(fmt::format("{}: a stored key is damaged: kind {}", impl_->path, kind));
  }
  return ledger::KeyRecord{static_cast<msg::OutcomeKind>(kind), base::Seq(from_sql(get.column(1))),
                           from_sql(get.column(2)), base::OrderNo(from_sql(get.column(3))),
                           base::ItemId(from_sql(get.column(4)))};
}

std::vector<msg::Order> SqliteStore::orders(const std::optional<std::string>& customer, base::OrderNo after,
                                            std::uint32_t limit) {
  Use get(customer ? impl_->get_orders_of : impl_->get_orders);
  int at = 1;
  if (customer) get->bindNoCopy(at++, *customer);
  get->bind(at++, bound_to_sql(after.value()));
  get->bind(at, static_cast<std::int64_t>(limit));
  std::vector<msg::Order> orders;
  while (get->executeStep()) orders.push_back(impl_->decode(get.column(0)));
  return orders;
}

}  // namespace order
