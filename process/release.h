// The release that this program is of. Each build writes them (cmake/release.cmake).
#pragma once

namespace process {

extern const char* const kVersion;  // like "0.1.0": CMakeLists.txt, CHANGELOG.md and the package have the same
extern const char* const
    kRelease;  // version and commit, like "0.1.0 (1a2b3c4d5e6f)"; "-changed": files differed from it

}  // namespace process
