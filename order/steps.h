// The steps from one format of order.db to the next that this release has (storage::Steps). The steps of a later
// release begin with these (tests/versions).
#pragma once

#include <array>

#include "storage/view.h"

namespace order {

// 2 to 3: the answer to a repeated change, and the digest of a key's request (ledger/key_record.h). Older rows have
// neither.
inline constexpr const char* kStepTo3 =
    "ALTER TABLE keys ADD COLUMN digest BLOB;"
    "ALTER TABLE keys ADD COLUMN change INTEGER;"
    "ALTER TABLE keys ADD COLUMN at INTEGER;"
    "ALTER TABLE keys ADD COLUMN was INTEGER;"
    "ALTER TABLE keys ADD COLUMN stock INTEGER;";

// 4 to 5: the totals that the rows must have. The columns are NULL until SqliteStore has summed up the existing rows.
inline constexpr const char* kStepTo5 =
    "ALTER TABLE totals ADD COLUMN keys INTEGER;"
    "ALTER TABLE totals ADD COLUMN keys_common INTEGER;"
    "ALTER TABLE totals ADD COLUMN keys_digest INTEGER;";

// 5 to 6: the column `customer` of orders has the form in which customers are compared (text/fold.h). The store brings
// it into this form when it opens the file.
//
// 6 to 7: the credentials, and the digest that their rows must have.
inline constexpr const char* kStepTo7 =
    "CREATE TABLE credentials(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"
    "ALTER TABLE totals ADD COLUMN credentials_digest INTEGER NOT NULL DEFAULT 0;";

// 7 to 8: what was taken back of orders. The digest of the orders covers these rows, too.
inline constexpr const char* kStepTo8 =
    "CREATE TABLE cancellations(seq INTEGER PRIMARY KEY, no INTEGER NOT NULL, bytes BLOB NOT NULL);"
    "CREATE INDEX cancellations_by_order ON cancellations(no, seq);";

// 8 to 9: held pieces of items.
//
// 9 to 10: holds, open ones and those that have ended, and what their rows must have; the hold of a key, and what was
// held of an item right after a change.
inline constexpr const char* kStepTo10 =
    "CREATE TABLE holds(no INTEGER PRIMARY KEY, open INTEGER NOT NULL, bytes BLOB NOT NULL);"
    "CREATE INDEX open_holds ON holds(no) WHERE open = 1;"
    "ALTER TABLE keys ADD COLUMN hold INTEGER;"
    "ALTER TABLE keys ADD COLUMN held INTEGER;"
    "ALTER TABLE totals ADD COLUMN last_hold INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE totals ADD COLUMN open_holds_digest INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE totals ADD COLUMN ended_holds_digest INTEGER NOT NULL DEFAULT 0;";

// 10 to 11: edited items. 11 to 12: terms of sale.
//
// 12 to 13: movements. One row (12 is MovementKind::kCarried) stands for all that happened to an item before, so that
// its movements add up to its stock. The totals are NULL until SqliteStore has summed up these rows.
inline constexpr const char* kStepTo13 =
    "CREATE TABLE movements("
    "  item INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, kind INTEGER NOT NULL,"
    "  delta INTEGER NOT NULL, stock INTEGER NOT NULL, held_delta INTEGER, held INTEGER, order_no INTEGER, hold "
    "INTEGER,"
    "  reason TEXT, actor INTEGER, PRIMARY KEY(item, seq)) WITHOUT ROWID;"
    "INSERT INTO movements SELECT id, version, coalesce((SELECT at FROM position), 0), 12, stock, stock, held, held,"
    "  NULL, NULL, NULL, NULL FROM items;"
    "ALTER TABLE totals ADD COLUMN movements INTEGER;"
    "ALTER TABLE totals ADD COLUMN movements_digest INTEGER;";

// 13 to 14: places; of items, of movements, and of items right after the change of a key.
inline constexpr const char* kStepTo14 =
    "ALTER TABLE items ADD COLUMN places BLOB;"
    "ALTER TABLE movements ADD COLUMN places BLOB;"
    "ALTER TABLE keys ADD COLUMN places BLOB;";

// 14 to 15: the subscriptions, and the digest that their rows must have.
inline constexpr const char* kStepTo15 =
    "CREATE TABLE subscriptions(name TEXT PRIMARY KEY, bytes BLOB NOT NULL);"
    "ALTER TABLE totals ADD COLUMN subscriptions_digest INTEGER NOT NULL DEFAULT 0;";

// 15 to 16: descriptions, further topics, attributes and thresholds.
inline constexpr std::array<const char*, 14> kStepsOfThisRelease{
    kStepTo3,  storage::kClaims, kStepTo5,        storage::kDerived, kStepTo7,  kStepTo8,  storage::kHeld,
    kStepTo10, storage::kEdited, storage::kTerms, kStepTo13,         kStepTo14, kStepTo15, storage::kDetails};

}  // namespace order
