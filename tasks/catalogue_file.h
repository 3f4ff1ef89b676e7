// A catalogue as a CSV file: id (may be missing), title, topic, price, stock.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "base/result.h"
#include "msg/requests.h"

namespace tasks {

struct Catalogue {
  std::vector<msg::NewItem> items;
  std::string fingerprint;  // equal for equal catalogues
};

// Reads and checks the whole file. A row that the store would refuse is an error, "FILE:LINE: reason". So is an id that
// two rows have. `name`: the file's name for errors.
base::Result<Catalogue> read_catalogue(std::istream& in, const std::string& name);

}  // namespace tasks
