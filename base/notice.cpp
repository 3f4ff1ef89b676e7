#include "base/notice.h"

#include <cstdio>

namespace base {

void write_notice(std::string_view text) noexcept {
  [[maybe_unused]] const auto written = std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace base
