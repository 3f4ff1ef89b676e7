// The release that this program is of. Each build writes them (cmake/release.cmake).
#pragma once

namespace process {

extern const char* const kVersion;  // like "0.1.0": CMakeLists.txt, CHANGELOG.md and the package have the same
// Version and commit, like "0.1.0 (1a2b3c4d5e6f)"; "-changed" follows the commit if files differed from it; "unknown"
// is in its place if git did not tell it.
extern const char* const kRelease;

}  // namespace process
