// A catalogue as a CSV file: id (may be missing), title, topic, price, stock.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "base/result.h"
#include "msg/requests.h"

namespace cli {

struct Catalogue {
  std::vector<msg::NewItem> items;
  std::string fingerprint;  // of what the file says; the same for the same catalogue
};

// The whole file, checked: a row that the store would refuse is an error here, "FILE:LINE: what", and so is an id that
// comes twice.
base::Result<Catalogue> read_catalogue(std::istream& in, const std::string& name);

}  // namespace cli
