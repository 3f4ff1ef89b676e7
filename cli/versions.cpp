#include "cli/versions.h"

#include <fmt/format.h>

#include "catalog/sqlite_store.h"
#include "msg/versions.h"
#include "order/sqlite_store.h"

namespace cli {

std::string version_text(const std::string& program) {
  return fmt::format("{}\nspeaks version {}, understands {}; views: catalog {}, order {}", program,
                     msg::kVersions.spoken, msg::understood_text(), catalog::SqliteStore::format(),
                     order::SqliteStore::format());
}

}  // namespace cli
