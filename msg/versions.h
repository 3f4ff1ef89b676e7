// The versions of what goes over the wire and of what is kept: envelopes, blocks and events (PROTOCOL 9).
//
// One number for all of them. A release understands oldest .. newest and says what it says in `spoken`, which the
// release before it understands already: understand first, speak later. So any two neighbouring releases can be mixed,
// on the way up and on the way back, and releases further apart refuse each other (ADR 17).
//
//   envelopes   requests are sent in `spoken`; taken if they are of oldest .. newest; answered in the version in which
//               they were asked
//   blocks      written in `spoken`, read from 1 on: they are kept for ever. Events likewise.
//
// The values are in versions.cpp and nowhere else, and are known to the linker only, so that a program of another
// release is one more object and a link: tests/versions. The formats of views are SqliteStore::kSteps of their role.
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
// Of a block or an event.
inline bool readable(std::uint32_t v) { return v >= 1 && v <= kVersions.newest; }
// "1", or "1 to 2".
inline std::string understood_text() {
  const auto newest = std::to_string(kVersions.newest);
  return kVersions.oldest == kVersions.newest ? newest : std::to_string(kVersions.oldest) + " to " + newest;
}
// What is wrong with a block or an event that is not readable, and what to do.
inline std::string unreadable_text(const std::string& what, std::uint32_t v) {
  const auto version = what + " version " + std::to_string(v);
  if (v == 0) return "there is no " + version;
  return version + " is newer than this program, which understands up to " + std::to_string(kVersions.newest) +
         ": use the pygmy that wrote it, or a newer one";
}

}  // namespace msg
