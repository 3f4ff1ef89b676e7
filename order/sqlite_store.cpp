#include "order/sqlite_store.h"

#include <fmt/format.h>

#include "ledger/orders.h"
#include "msg/codec.h"
#include "order/hold_rows.h"
#include "order/movement_rows.h"
#include "order/stored_rows.h"
#include "storage/view.h"
#include "text/fold.h"

namespace order {
namespace {

using storage::bound_to_sql;
using storage::bytes_of;
using storage::from_sql;
using storage::to_sql;
using storage::Use;

constexpr const char* kPutOrder = "INSERT INTO orders VALUES(?,?,?,?)";
constexpr const char* kPutKey = "INSERT INTO keys VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr const char* kPutTotals = "INSERT OR REPLACE INTO totals VALUES(1,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr const char* kTotals =
    "SELECT last_order, orders_digest, keys, keys_common, keys_digest, credentials_digest, last_hold, "
    "open_holds_digest, ended_holds_digest, movements, movements_digest, subscriptions_digest FROM totals";
constexpr const char* kPutSubscription = "INSERT OR REPLACE INTO subscriptions VALUES(?,?)";
constexpr const char* kRemoveSubscription = "DELETE FROM subscriptions WHERE name = ?";
constexpr const char* kSubscriptions = "SELECT bytes FROM subscriptions ORDER BY name";
constexpr const char* kPutCredential = "INSERT OR REPLACE INTO credentials VALUES(?,?)";
constexpr const char* kCredentials = "SELECT bytes FROM credentials ORDER BY id";
constexpr const char* kPutCancellation = "INSERT INTO cancellations VALUES(?,?,?)";
constexpr const char* kCancellations = "SELECT bytes FROM cancellations WHERE no = ? ORDER BY seq";
constexpr const char* kCancellationsAfter = "SELECT bytes FROM cancellations WHERE seq > ? ORDER BY seq LIMIT ?";
constexpr const char* kPutCustomer = "UPDATE orders SET customer = ? WHERE no = ?";
constexpr const char* kOrder = "SELECT bytes FROM orders WHERE no = ?";
constexpr const char* kOrders = "SELECT bytes FROM orders WHERE no > ? ORDER BY no LIMIT ?";
constexpr const char* kOrdersOf =
    "SELECT bytes FROM orders WHERE customer = ? AND customer <> '' AND no > ? ORDER BY no LIMIT ?";
// The index gives the numbers, so the rows before `since` are not read.
constexpr const char* kOrdersBack =
    "SELECT bytes FROM orders WHERE customer = ? AND customer <> '' ORDER BY no DESC LIMIT ?";
constexpr const char* kKey =
    "SELECT key, kind, seq, req, no, item, digest, change, at, was, stock, hold, held, places FROM keys WHERE key = ?";
constexpr const char* kKeys =
    "SELECT key, kind, seq, req, no, item, digest, change, at, was, stock, hold, held, places FROM keys WHERE key > ? "
    "ORDER BY key LIMIT ?";

constexpr const char* kSchema = R"sql(
CREATE TABLE totals(
  one INTEGER PRIMARY KEY CHECK(one = 1), last_order INTEGER NOT NULL, orders_digest INTEGER NOT NULL);
CREATE TABLE orders(no INTEGER PRIMARY KEY, customer TEXT NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL);
-- Orders without a customer are never asked for by customer, and the page of a popular index costs more than its use.
CREATE INDEX orders_by_customer ON orders(customer, no) WHERE customer <> '';
CREATE TABLE keys(
  key TEXT PRIMARY KEY,
  kind INTEGER NOT NULL, seq INTEGER NOT NULL, req INTEGER NOT NULL, no INTEGER NOT NULL, item INTEGER NOT NULL)
  WITHOUT ROWID;
)sql";

constexpr std::uint32_t kSumPage = 1000;

storage::FileKind kind() {
  return {SqliteStore::kApplicationId, SqliteStore::kFirstFormat, kSchema, SqliteStore::kSteps};
}

}  // namespace

class SqliteStore::Impl {
 public:
  explicit Impl(const std::string& file) : path(file), view(file, kind()) {
    Use row(get_totals);
    if (!row->executeStep()) return;
    totals = {base::OrderNo(from_sql(row.column(0))),
              from_sql(row.column(1)),
              {from_sql(row.column(2)), from_sql(row.column(3)), from_sql(row.column(4))},
              from_sql(row.column(5)),
              {base::HoldNo(from_sql(row.column(6))), from_sql(row.column(7)), from_sql(row.column(8))},
              {from_sql(row.column(9)), from_sql(row.column(10))},
              from_sql(row.column(11))};
    summed_up = !row->isColumnNull(2);
    movements_summed_up = !row->isColumnNull(9);
  }

  // Brings the customers of all orders into the form in which they are compared. The index of customers changes
  // meanwhile, so the rows are not read through it.
  void fold_customers() {
    SQLite::Statement get(view.db(), "SELECT no, bytes FROM orders NOT INDEXED WHERE customer <> ''");
    SQLite::Statement put(view.db(), kPutCustomer);
    while (get.executeStep()) {
      const auto customer = text::folded(decoded<msg::Order>(path, get.getColumn(1), "a stored order").customer);
      put.bindNoCopy(1, customer);
      put.bind(2, get.getColumn(0).getInt64());
      put.exec();
      put.reset();
    }
  }

  std::vector<msg::Cancellation> cancellations(Use& row) const {
    std::vector<msg::Cancellation> found;
    while (row->executeStep())
      found.push_back(decoded<msg::Cancellation>(path, row.column(0), "a stored cancellation"));
    return found;
  }

  ledger::UsedKey decode_key(Use& row) const {
    ledger::KeyRecord record{one_of(path, msg::OutcomeKind::kVoid, row.column(1)),
                             base::Seq(from_sql(row.column(2))),
                             from_sql(row.column(3)),
                             base::OrderNo(from_sql(row.column(4))),
                             base::ItemId(from_sql(row.column(5))),
                             {},
                             {}};
    if (const auto digest = row.column(6); !digest.isNull()) record.digest = msg::Blob{std::string(bytes_of(digest))};
    if (const auto change = row.column(7); !change.isNull()) {
      record.change = {one_of(path, ledger::ChangeKind::kEdit, change), row.column(8).getInt64(),
                       base::Cents(row.column(9).getInt64()), base::Quantity(row.column(10).getInt64())};
    }
    if (const auto held = row.column(12); record.change && !held.isNull()) {
      record.change->held = base::Quantity(held.getInt64());
    }
    if (const auto places = row.column(13); record.change && !places.isNull()) {
      record.change->places = decoded<msg::Places>(path, places, "the places of a stored key");
    }
    if (const auto hold = row.column(11); !hold.isNull()) record.hold = base::HoldNo(from_sql(hold));
    return {std::string(bytes_of(row.column(0))), std::move(record)};
  }

  void write_totals(const Totals& what) {
    Use put(put_totals);
    put->bind(1, to_sql(what.last_order.value()));
    put->bind(2, to_sql(what.orders_digest));
    put->bind(3, to_sql(what.keys.count));
    put->bind(4, to_sql(what.keys.common));
    put->bind(5, to_sql(what.keys.digest));
    put->bind(6, to_sql(what.credentials_digest));
    put->bind(7, to_sql(what.holds.last.value()));
    put->bind(8, to_sql(what.holds.open));
    put->bind(9, to_sql(what.holds.ended));
    put->bind(10, to_sql(what.movements.count));
    put->bind(11, to_sql(what.movements.digest));
    put->bind(12, to_sql(what.subscriptions_digest));
    put->exec();
    totals = what;
  }

  std::string path;
  storage::View view;
  SQLite::Statement put_order{view.db(), kPutOrder};
  SQLite::Statement put_key{view.db(), kPutKey};
  SQLite::Statement put_totals{view.db(), kPutTotals};
  SQLite::Statement put_credential{view.db(), kPutCredential};
  SQLite::Statement get_order{view.db(), kOrder};
  SQLite::Statement get_orders{view.db(), kOrders};
  SQLite::Statement get_orders_of{view.db(), kOrdersOf};
  SQLite::Statement get_orders_back{view.db(), kOrdersBack};
  SQLite::Statement put_cancellation{view.db(), kPutCancellation};
  SQLite::Statement get_cancellations{view.db(), kCancellations};
  SQLite::Statement get_cancellations_after{view.db(), kCancellationsAfter};
  HoldRows holds{view, path};
  MovementRows movements{view, path};
  SQLite::Statement put_subscription{view.db(), kPutSubscription};
  SQLite::Statement remove_subscription{view.db(), kRemoveSubscription};
  SQLite::Statement get_key{view.db(), kKey};
  SQLite::Statement get_keys{view.db(), kKeys};
  SQLite::Statement get_totals{view.db(), kTotals};
  Totals totals;
  bool summed_up = true;  // false: the totals are of an older format
  bool movements_summed_up = true;
  std::string order_bytes;  // kept for its capacity
};

SqliteStore::SqliteStore(const std::string& path)
    : impl_(storage::opening(path, [&] { return std::make_unique<Impl>(path); })) {
  storage::opening(path, [&] { impl_->view.derive(text::rules(), [&] { impl_->fold_customers(); }); });
  if (impl_->summed_up && impl_->movements_summed_up) return;
  storage::opening(path, [&] {
    SQLite::Transaction transaction(impl_->view.db());
    if (!impl_->summed_up) sum_up();
    if (!impl_->movements_summed_up) sum_up_movements();
    transaction.commit();
  });
}
SqliteStore::~SqliteStore() = default;

stream::Position SqliteStore::position() const { return impl_->view.position(); }
Totals SqliteStore::totals() const { return impl_->totals; }
void SqliteStore::each_item(const std::function<void(const msg::Item&)>& visit) { impl_->view.each_item(visit); }

std::vector<msg::Item> SqliteStore::items(base::ItemId after, std::uint32_t limit) {
  return impl_->view.items(after, limit);
}
std::optional<std::uint64_t> SqliteStore::items_digest() const { return impl_->view.items_digest(); }
std::optional<std::string> SqliteStore::diverged() const { return impl_->view.diverged(); }
void SqliteStore::diverge(const std::string& why) { impl_->view.diverge(why); }

// A view of an older format did not keep the totals of its rows. They are taken as right if no order and no order's key
// is missing. Then they are compared with the digests of other views.
void SqliteStore::sum_up() {
  Totals sums;
  std::uint64_t orders = 0;
  for (auto page = this->orders({}, {}, kSumPage); !page.empty(); page = this->orders({}, page.back().no, kSumPage)) {
    for (const auto& order : page) sums.orders_digest += ledger::row_digest(order);
    orders += page.size();
    sums.last_order = page.back().no;
  }
  std::uint64_t keys_of_orders = 0;
  for (auto page = keys({}, kSumPage); !page.empty(); page = keys(page.back().key, kSumPage)) {
    for (const auto& [key, record] : page) {
      sums.keys.add(key, record);
      keys_of_orders += record.kind == msg::OutcomeKind::kOrder ? 1 : 0;
    }
  }
  const auto last = impl_->totals.last_order;
  if (sums.last_order != last || orders != last.value() || keys_of_orders != last.value()) {
    storage::refuse_damaged(impl_->path,
                            fmt::format("of {} orders there are {}, and the keys of {}", last, orders, keys_of_orders));
  }
  impl_->write_totals(sums);
}

// The rows that the step from an older format made.
void SqliteStore::sum_up_movements() {
  auto totals = impl_->totals;
  totals.movements = {};
  auto page = movements_after({}, {}, kSumPage);
  for (; !page.empty(); page = movements_after(page.back().item, page.back().seq, kSumPage)) {
    for (const auto& movement : page) totals.movements.add(movement);
  }
  impl_->write_totals(totals);
}

void SqliteStore::put_item(const msg::Item& item) { impl_->view.put_item(item); }

void SqliteStore::put_order(const msg::Order& order) {
  impl_->view.begin();
  impl_->order_bytes.clear();
  msg::encode(order, impl_->order_bytes);
  const auto customer = text::folded(order.customer);
  Use put(impl_->put_order);
  put->bind(1, to_sql(order.no.value()));
  put->bindNoCopy(2, customer);
  put->bind(3, order.at);
  put.blob(4, impl_->order_bytes);
  put->exec();
}

void SqliteStore::put_cancellation(const msg::Cancellation& cancellation) {
  impl_->view.begin();
  const auto bytes = msg::encoded(cancellation);
  Use put(impl_->put_cancellation);
  put->bind(1, to_sql(cancellation.seq.value()));
  put->bind(2, to_sql(cancellation.no.value()));
  put.blob(3, bytes);
  put->exec();
}

void SqliteStore::put_key(const std::string& key, const ledger::KeyRecord& record) {
  impl_->view.begin();
  std::string places;  // outlives the statement's use of it
  Use put(impl_->put_key);
  put->bindNoCopy(1, key);
  put->bind(2, static_cast<int>(record.kind));
  put->bind(3, to_sql(record.seq.value()));
  put->bind(4, to_sql(record.req));
  put->bind(5, to_sql(record.no.value()));
  put->bind(6, to_sql(record.item.value()));
  if (record.digest) put.blob(7, record.digest->bytes);
  if (record.change) {
    put->bind(8, static_cast<int>(record.change->kind));
    put->bind(9, record.change->at);
    put->bind(10, record.change->was.value());
    put->bind(11, record.change->stock.value());
    if (record.change->held.value() > 0) put->bind(13, record.change->held.value());
    if (record.change->places) put.blob(14, places = msg::encoded(*record.change->places));
  }
  if (record.hold) put->bind(12, to_sql(record.hold.value()));
  put->exec();
}

void SqliteStore::put_credential(const msg::Credential& credential) {
  impl_->view.begin();
  const auto bytes = msg::encoded(credential);
  Use put(impl_->put_credential);
  put->bind(1, to_sql(credential.id.value()));
  put.blob(2, bytes);
  put->exec();
}

void SqliteStore::put_hold(const msg::Hold& hold) { impl_->holds.put(hold); }
void SqliteStore::put_movement(const msg::Movement& movement) { impl_->movements.put(movement); }

void SqliteStore::put_subscription(const msg::Subscription& subscription) {
  impl_->view.begin();
  const auto bytes = msg::encoded(subscription);
  Use put(impl_->put_subscription);
  put->bindNoCopy(1, subscription.name);
  put.blob(2, bytes);
  put->exec();
}

void SqliteStore::remove_subscription(const std::string& name) {
  impl_->view.begin();
  Use remove(impl_->remove_subscription);
  remove->bindNoCopy(1, name);
  remove->exec();
}

void SqliteStore::commit(const stream::Position& position, const Totals& totals, std::uint64_t items_digest) {
  impl_->view.begin();
  impl_->holds.write();
  impl_->write_totals(totals);
  impl_->view.commit(position, items_digest);
}

bool SqliteStore::has_room() { return impl_->view.has_room(); }
void SqliteStore::look() const { impl_->view.look(); }
void SqliteStore::settle() { impl_->view.settle(); }
std::optional<bool> SqliteStore::settle_result() { return impl_->view.settle_result(); }
std::uint64_t SqliteStore::checkpoints_failed() const { return impl_->view.checkpoints_failed(); }

std::optional<msg::Order> SqliteStore::order(base::OrderNo no) {
  Use get(impl_->get_order);
  get->bind(1, bound_to_sql(no.value()));
  if (!get->executeStep()) return std::nullopt;
  return decoded<msg::Order>(impl_->path, get.column(0), "a stored order");
}

std::vector<msg::Cancellation> SqliteStore::cancellations(base::OrderNo no) {
  Use get(impl_->get_cancellations);
  get->bind(1, bound_to_sql(no.value()));
  return impl_->cancellations(get);
}

std::vector<msg::Cancellation> SqliteStore::cancellations_after(base::Seq after, std::uint32_t limit) {
  Use get(impl_->get_cancellations_after);
  get->bind(1, bound_to_sql(after.value()));
  get->bind(2, static_cast<std::int64_t>(limit));
  return impl_->cancellations(get);
}

std::optional<msg::Hold> SqliteStore::hold(base::HoldNo no) { return impl_->holds.find(no); }
std::vector<msg::Hold> SqliteStore::holds_after(base::HoldNo after, std::uint32_t limit) {
  return impl_->holds.after(after, limit);
}
std::vector<msg::Hold> SqliteStore::open_holds() { return impl_->holds.open(); }

std::vector<msg::Movement> SqliteStore::movements(base::ItemId item, base::Seq before, std::uint32_t limit) {
  return impl_->movements.before(item, before, limit);
}
std::vector<msg::Movement> SqliteStore::movements_after(base::ItemId item, base::Seq seq, std::uint32_t limit) {
  return impl_->movements.after(item, seq, limit);
}

std::optional<ledger::KeyRecord> SqliteStore::key(const std::string& key) {
  Use get(impl_->get_key);
  get->bindNoCopy(1, key);
  if (!get->executeStep()) return std::nullopt;
  return impl_->decode_key(get).record;
}

std::vector<ledger::UsedKey> SqliteStore::keys(const std::string& after, std::uint32_t limit) {
  Use get(impl_->get_keys);
  get->bindNoCopy(1, after);
  get->bind(2, static_cast<std::int64_t>(limit));
  std::vector<ledger::UsedKey> keys;
  while (get->executeStep()) keys.push_back(impl_->decode_key(get));
  return keys;
}

// Read once, when the process starts.
std::vector<msg::Credential> SqliteStore::credentials() {
  SQLite::Statement get(impl_->view.db(), kCredentials);
  std::vector<msg::Credential> all;
  while (get.executeStep()) {
    all.push_back(decoded<msg::Credential>(impl_->path, get.getColumn(0), "a stored credential"));
  }
  return all;
}

std::vector<msg::Subscription> SqliteStore::subscriptions() {
  SQLite::Statement get(impl_->view.db(), kSubscriptions);
  std::vector<msg::Subscription> all;
  while (get.executeStep()) {
    all.push_back(decoded<msg::Subscription>(impl_->path, get.getColumn(0), "a stored subscription"));
  }
  return all;
}

std::vector<msg::Order> SqliteStore::orders(const std::optional<std::string>& customer, base::OrderNo after,
                                            std::uint32_t limit) {
  const auto folded = text::folded(customer.value_or(""));
  Use get(customer ? impl_->get_orders_of : impl_->get_orders);
  int at = 1;
  if (customer) get->bindNoCopy(at++, folded);
  get->bind(at++, bound_to_sql(after.value()));
  get->bind(at, static_cast<std::int64_t>(limit));
  std::vector<msg::Order> orders;
  while (get->executeStep()) orders.push_back(decoded<msg::Order>(impl_->path, get.column(0), "a stored order"));
  return orders;
}

// The times of orders never go back, so the first order that is not after `since` ends the search.
std::vector<msg::Order> SqliteStore::orders_since(const std::string& customer, std::int64_t since,
                                                  std::uint32_t limit) {
  const auto folded = text::folded(customer);
  Use get(impl_->get_orders_back);
  get->bindNoCopy(1, folded);
  get->bind(2, static_cast<std::int64_t>(limit));
  std::vector<msg::Order> orders;
  while (get->executeStep()) {
    auto order = decoded<msg::Order>(impl_->path, get.column(0), "a stored order");
    if (order.at <= since) break;
    orders.push_back(std::move(order));
  }
  return orders;
}

}  // namespace order
