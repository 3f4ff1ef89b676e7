#include "books/audit_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "catalog/integrity.h"
#include "order/integrity.h"

namespace books {
namespace {

namespace fs = std::filesystem;
using FaultOfFile = std::optional<std::string> (*)(const std::string& path);

std::map<std::string, FaultOfFile> views_in(const fs::path& data) {
  std::map<std::string, FaultOfFile> views;
  std::vector<fs::path> directories{data};
  for (const auto& entry : fs::directory_iterator(data)) {
    if (entry.is_directory()) directories.push_back(entry.path());
  }
  for (const auto& directory : directories) {
    if (fs::exists(directory / "catalog.db")) views[directory / "catalog.db"] = catalog::fault_of_file;
    if (fs::exists(directory / "order.db")) views[directory / "order.db"] = order::fault_of_file;
  }
  return views;
}

std::optional<std::string> look_at(const std::string& path, FaultOfFile look) {
  try {
    if (const auto fault = look(path)) return path + ": " + *fault;
    return std::nullopt;
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

Check audit_files(const std::string& data) {
  Faults faults;
  const auto views = views_in(data);
  for (const auto& [path, look] : views) {
    if (auto fault = look_at(path, look)) faults.add(std::move(*fault));
  }
  if (views.empty()) faults.add("there is no catalog.db and no order.db in " + data);
  return faults.check("files", fmt::format("{} views and their indexes", views.size()));
}

}  // namespace books
