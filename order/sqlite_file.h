// Opening order.db: is this file ours, and can this program read it?
#pragma once

#include <SQLiteCpp/Database.h>

#include <memory>
#include <string>

namespace order {

// The database, locked for this process and with our tables in it. Throws std::runtime_error with one line that names
// the file, says what is wrong with it and what to do.
std::unique_ptr<SQLite::Database> open_order_db(const std::string& path);

}  // namespace order
