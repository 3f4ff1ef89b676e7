// The steps of catalog.db's format up to this release. The steps of a later release begin with these (tests/versions).
#pragma once

#include <array>

#include "storage/view.h"

namespace catalog {

// 4 to 5: titles, topics and words in the forms of text/. The store fills them in when it opens the file.
inline constexpr const char* kStepTo5 =
    "DROP INDEX items_by_topic;"
    "DROP INDEX items_by_title;"
    "DROP TABLE titles;"
    "CREATE TABLE names(id INTEGER PRIMARY KEY, title TEXT NOT NULL, topic TEXT NOT NULL);"
    "CREATE INDEX names_by_title ON names(title, id);"
    "CREATE INDEX names_by_topic ON names(topic, id);"
    "CREATE VIRTUAL TABLE titles USING fts5(terms, content='', tokenize='ascii', prefix='2 3', columnsize=0);";

// 5 to 6: the index of titles has hashes (title_hash) instead of titles, and FTS5 merges its segments less often. Both
// make an import faster (docs/BENCHMARKS.md, A large store).
inline constexpr const char* kStepTo6 =
    "DROP TABLE names;"
    "CREATE TABLE names(id INTEGER PRIMARY KEY, title INTEGER NOT NULL, topic TEXT NOT NULL);"
    "CREATE INDEX names_by_title ON names(title, id);"
    "CREATE INDEX names_by_topic ON names(topic, id);"
    "INSERT INTO titles(titles, rank) VALUES('automerge', 8);"
    "UPDATE derived SET rules = '';";

// 10 to 11: what else an item carries; an item is found by each of its topics. No item has more than one yet.
inline constexpr const char* kStepTo11 =
    "ALTER TABLE items ADD COLUMN description TEXT;"
    "ALTER TABLE items ADD COLUMN topics BLOB;"
    "ALTER TABLE items ADD COLUMN attributes BLOB;"
    "ALTER TABLE items ADD COLUMN low INTEGER;"
    "ALTER TABLE items ADD COLUMN told_low INTEGER;"
    "CREATE TABLE more_topics(topic TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(topic, id)) WITHOUT ROWID;";

// 6 to 7: held pieces. 7 to 8: edited items. 8 to 9: terms of sale. 9 to 10: places.
inline constexpr std::array<const char*, 9> kStepsOfThisRelease{storage::kClaims, storage::kDerived, kStepTo5,
                                                                kStepTo6,         storage::kHeld,    storage::kEdited,
                                                                storage::kTerms,  storage::kPlaces,  kStepTo11};

}  // namespace catalog
