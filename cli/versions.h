// The output of `pygmy --version`: the version, the commit and the formats.
#pragma once

#include <string>

namespace cli {

std::string version_text();

}  // namespace cli
