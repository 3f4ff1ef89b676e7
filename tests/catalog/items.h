// The common parts of the tests of the catalog: a directory that goes away, and items in a few words.
#pragma once

#include <filesystem>
#include <string>

#include "base/random.h"
#include "msg/types.h"

namespace support {

class TempDir {
 public:
  TempDir() : path_(std::filesystem::temp_directory_path() / ("catalog-" + base::new_key())) {
    std::filesystem::create_directory(path_);
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline msg::Item item(std::uint64_t id, const std::string& title, const std::string& topic = "books",
                      std::int64_t stock = 5) {
  return {base::ItemId(id), title, topic, base::Cents(1000), base::Quantity(stock), base::Seq(2)};
}

// "1 2 3"
inline std::string words(const std::vector<base::ItemId>& ids) {
  std::string all;
  for (const auto id : ids) all += (all.empty() ? "" : " ") + std::to_string(id.value());
  return all;
}

}  // namespace support
