// Notices of commands: progress, complaints and hints, on standard error.
//
// A notice that cannot be written (a full disk, a closed pipe) is lost. No command fails or ends for that, because its
// exit code already tells how it went. Texts are shown as print.h shows them. Threads: any.
#pragma once

#include <string_view>
#include <utility>

#include "base/print.h"

namespace base {

void write_notice(std::string_view text) noexcept;

template <class... Args>
void notice(fmt::format_string<Args...> format, Args&&... args) {
  write_notice(format_shown(format, std::forward<Args>(args)...));
}

}  // namespace base
