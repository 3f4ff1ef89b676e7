// Manifest: what a backup says of itself. While it is not there, or says less than the archive beside it holds, the
// rest is of a backup that was not finished, and nobody takes it for whole.
//
// manifest.json is written last: beside its place, flushed, and renamed. Tests: tests/cli/manifest_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "msg/block.h"
#include "msg/internal.h"

namespace cli {

struct Manifest {
  static constexpr int kFirstFormat = 1;  // its orders_digest is a chain over all orders, without their keys
  static constexpr int kFormat = 2;

  int format = kFormat;
  std::string store;
  base::BlockNo block;      // the last one of the backup
  base::Seq seq;            // with which it ends
  msg::Hash hash;           // of it, and so of all before it
  std::int64_t at = 0;      // when the last event was decided
  msg::DigestAt digest;     // of the shop at `seq`; `orders` is 0 in a manifest of kFirstFormat
  std::uint64_t items = 0;  // how many there were
  std::uint64_t orders = 0;
  std::int64_t taken = 0;  // when the stream was asked where it ends, milliseconds since 1970 UTC
  std::string program;     // that wrote it
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

// Whether the shop that a backup's blocks make is the one that was backed up, as far as the manifest tells.
bool same_shop(const msg::DigestAt& here, const Manifest& manifest);

std::string manifest_text(const Manifest& manifest);
base::Result<Manifest> parse_manifest(const std::string& text);

// Errors: std::runtime_error with a line that says what to do.
void write_manifest(const std::string& directory, const Manifest& manifest);
// Nothing if there is none.
base::Result<std::optional<Manifest>> read_manifest(const std::string& directory);

// An error if there is none.
base::Result<Manifest> whole_backup(const std::string& directory);

std::string hex(const std::string& bytes);
std::optional<std::string> bytes_of_hex(const std::string& digits);  // lower case only
std::string hex(std::uint64_t digest);

}  // namespace cli
