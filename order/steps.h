// The steps from one format of order.db to the next that this release has (storage::Steps). A release of the tests
// (tests/versions) has these and more.
#pragma once

#include <array>

#include "storage/view.h"

namespace order {

// 2 to 3: what a repeated change is answered, and the digest of a key's request (ledger/key_record.h). Rows of before
// have neither.
inline constexpr const char* kStepTo3 =
    "ALTER TABLE keys ADD COLUMN digest BLOB;"
    "ALTER TABLE keys ADD COLUMN change INTEGER;"
    "ALTER TABLE keys ADD COLUMN at INTEGER;"
    "ALTER TABLE keys ADD COLUMN was INTEGER;"
    "ALTER TABLE keys ADD COLUMN stock INTEGER;";

// 4 to 5: what the rows have to come to. The columns are NULL until SqliteStore has summed up the rows that there are.
inline constexpr const char* kStepTo5 =
    "ALTER TABLE totals ADD COLUMN keys INTEGER;"
    "ALTER TABLE totals ADD COLUMN keys_common INTEGER;"
    "ALTER TABLE totals ADD COLUMN keys_digest INTEGER;";

inline constexpr std::array<const char*, 3> kStepsOfThisRelease{kStepTo3, storage::kClaims, kStepTo5};

}  // namespace order
