// Manifest: describes the end of a backup. Only the part of the archive up to that end is the backup; blocks after it,
// or an archive without a manifest, come from a run that did not finish.
//
// manifest.json is written last and durably (write_durably). Tests: tests/books/manifest_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "msg/block.h"
#include "msg/internal.h"

namespace books {

struct Manifest {
  static constexpr int kFirstFormat = 1;  // its orders_digest was computed in another way, without the keys
  static constexpr int kFormat = 2;

  int format = kFormat;
  std::string store;
  base::BlockNo block;       // the last block of the backup
  base::Seq seq;             // the last seq of that block
  msg::Hash hash;            // of that block, and so of all blocks before it
  std::int64_t at = 0;       // when the last event was decided, milliseconds since 1970 UTC
  msg::DigestAt digest;      // of the shop at `seq`; `orders` is 0 in a manifest of kFirstFormat
  std::uint64_t items = 0;   // number of items at `seq`
  std::uint64_t orders = 0;  // number of orders at `seq`
  std::int64_t taken = 0;    // when the end of the stream was asked for, milliseconds since 1970 UTC
  std::string program;       // the program that wrote the manifest
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

// Returns whether the shop that the blocks make (`here`) is the one that the manifest describes.
bool same_shop(const msg::DigestAt& here, const Manifest& manifest);

std::string manifest_text(const Manifest& manifest);
base::Result<Manifest> parse_manifest(const std::string& text);

// Throws std::runtime_error if it cannot be written.
void write_manifest(const std::string& directory, const Manifest& manifest);
// Returns nothing if there is no manifest, and an error if it cannot be used.
base::Result<std::optional<Manifest>> read_manifest(const std::string& directory);

// Returns the manifest. It is an error if there is none.
base::Result<Manifest> whole_backup(const std::string& directory);

}  // namespace books
