#include "catalog/integrity.h"

#include <fmt/format.h>

#include <set>

#include "catalog/sqlite_store.h"
#include "msg/codec.h"
#include "storage/integrity.h"
#include "storage/view.h"
#include "text/fold.h"

namespace catalog {
namespace {

constexpr const char* kBeginnings =
    "SELECT substr(term, 1, 2) FROM temp.wanted UNION SELECT substr(term, 1, 3) FROM temp.wanted";
constexpr const char* kFound = "SELECT count(*) || ' ' || total(rowid) FROM {0} WHERE {0} MATCH ?";

// The condition for items that have a name: all but retired ones. Formats before 8 have no retired items.
std::string where_named(SQLite::Database& db) {
  const bool knows =
      db.execAndGet("SELECT count(*) FROM pragma_table_info('items') WHERE name = 'retired'").getInt() > 0;
  return knows ? " WHERE retired IS NULL" : "";
}

// Makes the new index of the same titles, and the lists of the terms of both indexes.
void make_anew(SQLite::Database& db) {
  const auto sql = db.execAndGet("SELECT sql FROM sqlite_schema WHERE name = 'titles'").getString();
  db.exec("CREATE VIRTUAL TABLE temp.anew " + sql.substr(sql.find("USING")));
  SQLite::Statement items(db, "SELECT id, title FROM items" + where_named(db));
  SQLite::Statement put(db, "INSERT INTO temp.anew(rowid, terms) VALUES(?,?)");
  while (items.executeStep()) {
    put.reset();
    put.bind(1, items.getColumn(0).getInt64());
    put.bind(2, indexed(items.getColumn(1).getString()));
    put.exec();
  }
  db.exec("CREATE VIRTUAL TABLE temp.wanted USING fts5vocab(temp, anew, instance)");
  db.exec("CREATE VIRTUAL TABLE temp.there USING fts5vocab(main, titles, instance)");
}

// Finds a word of a title that the first index has and the second one lacks.
std::optional<std::string> difference(SQLite::Database& db, const std::string& first, const std::string& second) {
  SQLite::Statement words(db, fmt::format("SELECT doc, term, \"offset\" FROM temp.{} EXCEPT "
                                          "SELECT doc, term, \"offset\" FROM temp.{} LIMIT 1",
                                          first, second));
  if (!words.executeStep()) return std::nullopt;
  return fmt::format("item {}, word '{}'", words.getColumn(0).getInt64(), words.getColumn(1).getString());
}

std::string found(SQLite::Statement& search, const std::string& query) {
  search.reset();
  search.bind(1, query);
  search.executeStep();
  return search.getColumn(0).getString();
}

std::optional<std::string> other_beginning(SQLite::Database& db) {
  SQLite::Statement beginnings(db, kBeginnings);
  SQLite::Statement there(db, fmt::format(kFound, "titles"));
  SQLite::Statement wanted(db, fmt::format(kFound, "anew"));
  while (beginnings.executeStep()) {
    const auto beginning = beginnings.getColumn(0).getString();
    const auto query = full_text_query(beginning);
    if (found(there, query) == found(wanted, query)) continue;
    return fmt::format("words that begin with '{}' find other items than they should", beginning);
  }
  return std::nullopt;
}

// Finds the first item whose stored title or topic without case differs from that of its row.
std::optional<std::string> fault_of_names(SQLite::Database& db) {
  const auto named = where_named(db);
  SQLite::Statement row(
      db, "SELECT i.id, i.title, i.topic, n.title, n.topic FROM items i LEFT JOIN names n USING(id)" + named);
  while (row.executeStep()) {
    const auto folded = [&](int column) { return text::folded(row.getColumn(column).getString()); };
    if (!row.isColumnNull(3) && row.getColumn(3).getInt64() == title_hash(folded(1)) &&
        row.getColumn(4).getString() == folded(2)) {
      continue;
    }
    return fmt::format("item {}: its title or its topic without case is wrong", row.getColumn(0).getInt64());
  }
  const auto compare = fmt::format("SELECT (SELECT count(*) FROM names) > (SELECT count(*) FROM items{})", named);
  const bool more = db.execAndGet(compare).getInt() != 0;
  return more ? std::optional<std::string>("there are names of items that do not exist or are retired") : std::nullopt;
}

// Finds the first item whose stored topics besides the first one, without case, are not those of its row.
std::optional<std::string> fault_of_more_topics(SQLite::Database& db) {
  if (!db.tableExists("more_topics")) return std::nullopt;  // the file is of an older format
  std::set<std::pair<std::string, std::int64_t>> wanted;
  SQLite::Statement items(db, "SELECT id, topics FROM items WHERE topics IS NOT NULL AND retired IS NULL");
  while (items.executeStep()) {
    const auto id = items.getColumn(0).getInt64();
    const auto topics = msg::decode<msg::Topics>(storage::bytes_of(items.getColumn(1)));
    if (!topics) return fmt::format("item {}: its topics cannot be read", id);
    for (const auto& topic : *topics) wanted.emplace(text::folded(topic), id);
  }
  std::size_t found = 0;
  SQLite::Statement rows(db, "SELECT topic, id FROM more_topics");
  while (rows.executeStep()) {
    const auto id = rows.getColumn(1).getInt64();
    if (wanted.count({rows.getColumn(0).getString(), id}) == 0)
      return fmt::format("item {}: it is found by a topic that it does not have", id);
    ++found;
  }
  return found < wanted.size() ? std::optional<std::string>("an item is not found by each of its topics")
                               : std::nullopt;
}

// Another release of ICU may have made the stored forms. They cannot be compared with ours.
std::optional<std::string> fault_of_titles(SQLite::Database& db) {
  const SQLite::Transaction one_moment(db);
  if (db.execAndGet("SELECT rules FROM derived").getString() != text::rules()) return std::nullopt;
  if (auto fault = fault_of_names(db)) return fault;
  if (auto fault = fault_of_more_topics(db)) return fault;
  make_anew(db);
  if (const auto word = difference(db, "wanted", "there")) return "the index of titles lacks " + *word;
  if (const auto word = difference(db, "there", "wanted")) return "the index of titles has too much: " + *word;
  return other_beginning(db);
}

}  // namespace

std::optional<std::string> fault_of_file(const std::string& path) {
  return storage::fault_of_file(path, SqliteStore::kApplicationId, fault_of_titles);
}

}  // namespace catalog
