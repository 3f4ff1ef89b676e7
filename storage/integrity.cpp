#include "storage/integrity.h"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>

namespace storage {
namespace {

// Opens the file for reading only.
std::unique_ptr<SQLite::Database> open_to_look(const std::string& path, std::int32_t application_id) {
  constexpr int kBusyMs = 1000;
  std::string why;
  try {
    auto db = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READONLY, kBusyMs);
    if (db->execAndGet("PRAGMA application_id").getInt() == application_id) return db;
    why = "it is a file of another program";
  } catch (const SQLite::Exception& error) {
    why = error.what();
  }
  throw std::runtime_error(fmt::format("{} cannot be opened for reading: {}", path, why));
}

std::optional<std::string> fault_of_pages(SQLite::Database& db) {
  const auto told = db.execAndGet("PRAGMA integrity_check(1)").getString();
  return told == "ok" ? std::nullopt : std::optional(told);
}

}  // namespace

std::optional<std::string> fault_of_file(const std::string& path, std::int32_t application_id,
                                         std::optional<std::string> (*rows)(SQLite::Database& db)) {
  const auto db = open_to_look(path, application_id);
  try {
    if (auto fault = fault_of_pages(*db)) return fault;
    return rows(*db);
  } catch (const SQLite::Exception& error) {
    return error.what();
  }
}

}  // namespace storage
