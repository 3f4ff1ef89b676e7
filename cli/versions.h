// The output of `pygmy --version`.
#pragma once

#include <string>

namespace cli {

std::string version_text(const std::string& program);

}  // namespace cli
