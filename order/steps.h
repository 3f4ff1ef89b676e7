// The steps from one format of order.db to the next that this release has (storage::Steps). A release of the tests
// (tests/versions) has these and more.
#pragma once

namespace order {

// 2 to 3: what a repeated change is answered, and the digest of a key's request (ledger/key_record.h). Rows of before
// have neither.
inline constexpr const char* kStepTo3 =
    "ALTER TABLE keys ADD COLUMN digest BLOB;"
    "ALTER TABLE keys ADD COLUMN change INTEGER;"
    "ALTER TABLE keys ADD COLUMN at INTEGER;"
    "ALTER TABLE keys ADD COLUMN was INTEGER;"
    "ALTER TABLE keys ADD COLUMN stock INTEGER;";

}  // namespace order
