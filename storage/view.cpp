#include "storage/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/log.h"
#include "disk/room.h"
#include "msg/block.h"
#include "msg/codec.h"
#include "msg/places.h"
#include "msg/well_formed.h"

namespace storage {
namespace {

constexpr const char* kUpdateItem =
    "UPDATE items SET price = ?, stock = ?, version = ?, held = ?, places = ? WHERE id = ?";
constexpr const char* kUpdateEdited =
    "UPDATE items SET price = ?, stock = ?, version = ?, held = ?, places = ?, title = ?, topic = ?, retired = ?, "
    "edited = ?, terms = ?, description = ?, topics = ?, attributes = ?, low = ?, told_low = ? WHERE id = ?";
constexpr const char* kInsertItem = "INSERT INTO items VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr const char* kItems =
    "SELECT id, title, topic, price, stock, version, held, retired, edited, terms, places, description, topics, "
    "attributes, low, told_low FROM items";
constexpr const char* kItemsAfter =
    "SELECT id, title, topic, price, stock, version, held, retired, edited, terms, places, description, topics, "
    "attributes, low, told_low FROM items WHERE id > ? "
    "ORDER BY id "
    "LIMIT ?";
constexpr const char* kItem =
    "SELECT id, title, topic, price, stock, version, held, retired, edited, terms, places, description, topics, "
    "attributes, low, told_low FROM items WHERE id = ?";
constexpr const char* kPutItemsDigest = "UPDATE claims SET items_digest = ?";
constexpr const char* kPutDiverged = "UPDATE claims SET diverged = ?";
constexpr const char* kClaimed = "SELECT items_digest, diverged FROM claims";
constexpr const char* kPutPosition = "INSERT OR REPLACE INTO position VALUES(1,?,?,?,?,?)";
constexpr const char* kPosition = "SELECT store, applied, block, hash, at FROM position";

msg::Terms terms_of(base::ItemId item, std::string_view bytes) {
  const auto terms = msg::decode<msg::Terms>(bytes);
  if (!terms || msg::fault_of(*terms) || *terms == msg::Terms{}) {
    refuse_damaged("a row", fmt::format("item {}: its terms of sale", item));
  }
  return *terms;
}

msg::Places places_of(const msg::Item& item, std::string_view bytes) {
  auto places = msg::decode<msg::Places>(bytes);
  if (!places || places->empty() || msg::fault_of(*places) || msg::sum_of(*places) > item.stock) {
    refuse_damaged("a row", fmt::format("item {}: its places", item.id));
  }
  return std::move(*places);
}

template <class Value>
Value detail_of(base::ItemId item, const char* name, std::string_view bytes) {
  auto value = msg::decode<Value>(bytes);
  if (!value || value->empty() || msg::fault_of(*value)) {
    refuse_damaged("a row", fmt::format("item {}: its {}", item, name));
  }
  return std::move(*value);
}

std::string description_of(base::ItemId item, std::string_view text) {
  if (text.empty() || msg::fault_of_description(text)) {
    refuse_damaged("a row", fmt::format("item {}: its description", item));
  }
  return std::string(text);
}

// A row that no event can have made must not reach the ledger, whose invariants are CHECKs.
msg::Item item_of(SQLite::Statement& row) {
  msg::Item item{base::ItemId(from_sql(row.getColumn(0))),    std::string(bytes_of(row.getColumn(1))),
                 std::string(bytes_of(row.getColumn(2))),     base::Cents(row.getColumn(3).getInt64()),
                 base::Quantity(row.getColumn(4).getInt64()), base::Seq(from_sql(row.getColumn(5)))};
  if (const auto held = row.getColumn(6); !held.isNull()) item.held = base::Quantity(held.getInt64());
  if (const auto retired = row.getColumn(7); !retired.isNull()) item.retired = retired.getInt() != 0;
  if (const auto edited = row.getColumn(8); !edited.isNull()) item.edited = base::Seq(from_sql(edited));
  if (const auto terms = row.getColumn(9); !terms.isNull()) item.terms = terms_of(item.id, bytes_of(terms));
  if (const auto places = row.getColumn(10); !places.isNull()) item.places = places_of(item, bytes_of(places));
  if (const auto text = row.getColumn(11); !text.isNull()) item.description = description_of(item.id, bytes_of(text));
  if (const auto topics = row.getColumn(12); !topics.isNull()) {
    item.topics = detail_of<msg::Topics>(item.id, "topics", bytes_of(topics));
  }
  if (const auto attributes = row.getColumn(13); !attributes.isNull()) {
    item.attributes = detail_of<msg::Attributes>(item.id, "attributes", bytes_of(attributes));
  }
  if (const auto low = row.getColumn(14); !low.isNull()) item.low = base::Quantity(low.getInt64());
  item.told_low = !row.getColumn(15).isNull();
  const bool edit_fits = item.retired.value_or(true) &&
                         (!(item.retired || item.terms || item.low || item.told_low) || item.edited) &&
                         item.edited.value_or(base::Seq()) <= item.version;
  const bool fits = edit_fits && item.id && item.id.value() <= msg::kItemIdMax && item.stock.value() >= 0 &&
                    item.stock.value() <= msg::kStockMax && item.price.value() >= 0 &&
                    item.price.value() <= msg::kPriceMaxCents && item.held.value_or(base::Quantity(1)).value() > 0 &&
                    msg::held_of(item) <= item.stock && item.low.value_or(base::Quantity()).value() >= 0 &&
                    item.low.value_or(base::Quantity()).value() <= msg::kStockMax;
  if (!fits) {
    refuse_damaged("a row",
                   fmt::format("item {}: price {}, stock {}, held {}, version {}, edited {}", item.id, item.price,
                               item.stock, msg::held_of(item), item.version, item.edited.value_or(base::Seq())));
  }
  return item;
}

std::optional<stream::Position> position_of(SQLite::Database& db) {
  SQLite::Statement row(db, kPosition);
  if (!row.executeStep()) return std::nullopt;
  return stream::Position{std::string(bytes_of(row.getColumn(0))), base::Seq(from_sql(row.getColumn(1))),
                          base::BlockNo(from_sql(row.getColumn(2))), std::string(bytes_of(row.getColumn(3))),
                          row.getColumn(4).getInt64()};
}

}  // namespace

View::View(const std::string& path, const FileKind& kind)
    : directory_(std::filesystem::absolute(path).parent_path()),
      db_(open_view(path, kind)),
      checkpoints_(*db_, kCheckpointPages, kLogPages),
      update_item_(*db_, kUpdateItem),
      update_edited_(*db_, kUpdateEdited),
      insert_item_(*db_, kInsertItem),
      put_position_(*db_, kPutPosition),
      put_items_digest_(*db_, kPutItemsDigest),
      get_items_(*db_, kItemsAfter),
      get_item_(*db_, kItem) {
  read_position(path);
  read_claims();
  greatest_ = db_->execAndGet("SELECT max(id) FROM items").getInt64();
  in_place_.emplace(path);
}

View::~View() {
  if (in_transaction_) db_->tryExec("ROLLBACK");  // as a crash would
}

std::optional<stream::Position> position_in(const std::string& path) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  try {
    SQLite::Database db(path, SQLite::OPEN_READONLY);
    return position_of(db);
  } catch (const SQLite::Exception&) {
    return std::nullopt;
  }
}

void View::read_position(const std::string& path) {
  const auto position = position_of(*db_);
  if (!position) return;
  position_ = *position;
  if (position_.hash.size() != msg::kHashBytes) refuse_damaged(path, "its position");
}

void View::read_claims() {
  SQLite::Statement row(*db_, kClaimed);
  if (!row.executeStep()) return;
  if (!row.isColumnNull(0)) items_digest_ = from_sql(row.getColumn(0));
  if (!row.isColumnNull(1)) diverged_ = std::string(bytes_of(row.getColumn(1)));
}

void View::each_item(const std::function<void(const msg::Item&)>& visit) {
  SQLite::Statement row(*db_, kItems);
  while (row.executeStep()) visit(item_of(row));
}

std::vector<msg::Item> View::items(base::ItemId after, std::uint32_t limit) {
  Use get(get_items_);
  get->bind(1, bound_to_sql(after.value()));
  get->bind(2, static_cast<std::int64_t>(limit));
  std::vector<msg::Item> items;
  while (get->executeStep()) items.push_back(item_of(get_items_));
  return items;
}

std::optional<msg::Item> View::item(base::ItemId id) {
  Use get(get_item_);
  get->bind(1, to_sql(id.value()));
  return get->executeStep() ? std::optional(item_of(get_item_)) : std::nullopt;
}

void View::derive(const std::string& rules, const std::function<void()>& make) {
  const auto before = db_->execAndGet("SELECT rules FROM derived").getString();
  if (before == rules) return;
  SQLite::Transaction transaction(*db_);
  make();
  SQLite::Statement put(*db_, "UPDATE derived SET rules = ?");
  put.bindNoCopy(1, rules);
  put.exec();
  transaction.commit();
  changes_ = db_->getTotalChanges();
  if (position_.applied) base::log::info("made the forms of texts anew by the rules {} (before: {})", rules, before);
}

void View::begin() {
  if (!in_transaction_) db_->exec("BEGIN");
  in_transaction_ = true;
}

// The bytes of an item's lists, which outlive the statement's use of them. Without details: only of those that change
// without an edit.
struct View::Packed {
  Packed(const msg::Item& item, bool with_details) : places(packed(item.places)) {
    if (!with_details) return;
    terms = packed(item.terms);
    topics = packed(item.topics);
    attributes = packed(item.attributes);
  }
  template <class Value>
  static std::string packed(const std::optional<Value>& value) {
    return value ? msg::encoded(*value) : std::string();
  }
  std::string places;
  std::string terms;
  std::string topics;
  std::string attributes;
};

// Binds what only edits change, from the parameter `at` on.
void View::bind_details(Use& use, int at, const msg::Item& item, const Packed& packed) {
  if (item.description) use->bindNoCopy(at, *item.description);
  if (item.topics) use.blob(at + 1, packed.topics);
  if (item.attributes) use.blob(at + 2, packed.attributes);
  if (item.low) use->bind(at + 3, item.low->value());
  if (item.told_low) use->bind(at + 4, 1);
}

bool View::update_item(const msg::Item& item) {
  const Packed packed(item, item.edited.has_value());
  Use update(item.edited ? update_edited_ : update_item_);
  update->bind(1, item.price.value());
  update->bind(2, item.stock.value());
  update->bind(3, to_sql(item.version.value()));
  if (item.held) update->bind(4, item.held->value());
  if (item.places) update.blob(5, packed.places);
  if (item.edited) {
    update->bindNoCopy(6, item.title);
    update->bindNoCopy(7, item.topic);
    if (item.retired) update->bind(8, 1);
    update->bind(9, to_sql(item.edited->value()));
    if (item.terms) update.blob(10, packed.terms);
    bind_details(update, 11, item, packed);
  }
  update->bind(item.edited ? 16 : 6, to_sql(item.id.value()));
  return update->exec() > 0;
}

bool View::put_item(const msg::Item& item) {
  begin();
  if (to_sql(item.id.value()) <= greatest_ && update_item(item)) return false;
  greatest_ = std::max(greatest_, to_sql(item.id.value()));
  const Packed packed(item, true);
  Use insert(insert_item_);
  insert->bind(1, to_sql(item.id.value()));
  insert->bindNoCopy(2, item.title);
  insert->bindNoCopy(3, item.topic);
  insert->bind(4, item.price.value());
  insert->bind(5, item.stock.value());
  insert->bind(6, to_sql(item.version.value()));
  if (item.held) insert->bind(7, item.held->value());
  if (item.retired) insert->bind(8, 1);
  if (item.edited) insert->bind(9, to_sql(item.edited->value()));
  if (item.terms) insert.blob(10, packed.terms);
  if (item.places) insert.blob(11, packed.places);
  bind_details(insert, 12, item, packed);
  insert->exec();
  return true;
}

void View::commit(const stream::Position& position, std::uint64_t items_digest) {
  begin();
  {
    Use put(put_position_);
    put->bindNoCopy(1, position.store);
    put->bind(2, to_sql(position.applied.value()));
    put->bind(3, to_sql(position.block.value()));
    put.blob(4, position.hash);
    put->bind(5, position.at);
    put->exec();
    Use claim(put_items_digest_);
    claim->bind(1, to_sql(items_digest));
    claim->exec();
  }
  db_->exec("COMMIT");
  in_transaction_ = false;
  changes_ = db_->getTotalChanges();
  look();
  position_ = position;
  items_digest_ = items_digest;
}

void View::look() const {
  if (const auto fault = in_place_->fault()) {
    throw std::runtime_error(*fault + ": the view was removed or replaced while this replica ran; it starts again");
  }
}

// A changed row costs the log one page at most, and a large transaction no more than its pages in the cache.
bool View::has_room() {
  constexpr std::uint64_t kPage = 4096;
  constexpr std::uint64_t kLeast = 1024 * 1024;
  const auto rows = static_cast<std::uint64_t>(db_->getTotalChanges() - changes_);
  return disk::has_room(directory_, kLeast + std::min(rows * kPage, kCacheBytes));
}

void View::diverge(const std::string& why) {
  if (in_transaction_) db_->exec("ROLLBACK");
  in_transaction_ = false;
  SQLite::Statement put(*db_, kPutDiverged);
  put.bindNoCopy(1, why);
  put.exec();
  diverged_ = why;
}

}  // namespace storage
