// Reads the TOML file into settings; it does not know what they mean. The only door to toml++.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace cli {

struct Setting {
  std::string table;  // empty: at the top of the file
  std::string key;
  std::string value;  // as on the command line; the entries of an array are joined by kListSeparator
  std::string place;  // FILE:LINE:COLUMN
};

base::Result<std::vector<Setting>> read_settings(const std::string& path);

}  // namespace cli
