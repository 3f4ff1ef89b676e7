// The release that this program is of. Each build writes them (cmake/release.cmake).
#pragma once

namespace process {

extern const char* const kVersion;  // like "0.1.0": CMakeLists.txt, CHANGELOG.md and the package have the same
extern const char* const kCommit;   // like "1a2b3c4d5e6f", with "-changed" if files differed from it; or "unknown"

}  // namespace process
