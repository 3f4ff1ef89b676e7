// The versions of envelopes, blocks and events (PROTOCOL 9).
//
// One number serves all of them. A release understands versions oldest to newest and writes in `spoken`, which the
// release before it understands already. So two neighbouring releases can be mixed, during an upgrade and during a
// downgrade, and releases further apart refuse each other (ADR 17).
//
//   envelopes   requests are sent in `spoken`; requests of oldest to newest are taken, and answered in their version
//   blocks      are written in `spoken` and read from 1 on, because they are kept for ever; so are events
//
// Only versions.cpp has the values, and only the linker knows them. So a program of another release is one more object
// file and a link: tests/versions. The formats of views are SqliteStore::kSteps of their role.
#pragma once

#include <cstdint>
#include <string>

namespace msg {

struct Versions {
  std::uint32_t oldest;  // of requests and answers
  std::uint32_t newest;
  std::uint32_t spoken;
};
extern const Versions kVersions;

inline bool understood(std::uint32_t v) { return v >= kVersions.oldest && v <= kVersions.newest; }
// Says whether this program can read a block or an event of version `v`.
inline bool readable(std::uint32_t v) { return v >= 1 && v <= kVersions.newest; }
// "1", or "1 to 2".
inline std::string understood_text() {
  const auto newest = std::to_string(kVersions.newest);
  return kVersions.oldest == kVersions.newest ? newest : std::to_string(kVersions.oldest) + " to " + newest;
}
// Says why a block or an event of version `v` cannot be read, and what to do.
inline std::string unreadable_text(const std::string& what, std::uint32_t v) {
  const auto version = what + " version " + std::to_string(v);
  if (v == 0) return "there is no " + version;
  return version + " is newer than this program, which understands up to " + std::to_string(kVersions.newest) +
         ": use the pygmy that wrote it, or a newer one";
}

}  // namespace msg
