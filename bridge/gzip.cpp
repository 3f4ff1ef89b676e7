#include "bridge/gzip.h"

#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/crc.hpp>

#include "base/check.h"

namespace bridge {
namespace {

namespace zlib = boost::beast::zlib;

constexpr int kLevel = 1;  // the bridge has one thread: better quickly than small
constexpr int kWindowBits = 15;
constexpr int kMemoryLevel = 8;
// Magic number, deflate, no flags, no time, unknown system.
constexpr std::string_view kHead("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);

void append_little_endian(std::string& out, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 0xff);
}

}  // namespace

std::string gzipped(std::string_view text) {
  zlib::deflate_stream deflate;
  deflate.reset(kLevel, kWindowBits, kMemoryLevel, zlib::Strategy::normal);
  std::string out(kHead);
  out.resize(kHead.size() + deflate.upper_bound(text.size()));
  zlib::z_params place;
  place.next_in = text.data();
  place.avail_in = text.size();
  place.next_out = out.data() + kHead.size();
  place.avail_out = out.size() - kHead.size();
  boost::system::error_code error;
  deflate.write(place, zlib::Flush::finish, error);
  CHECK(error == zlib::error::end_of_stream, "deflate: {}", error.message());
  out.resize(kHead.size() + place.total_out);
  boost::crc_32_type checksum;
  checksum.process_bytes(text.data(), text.size());
  append_little_endian(out, checksum.checksum());
  append_little_endian(out, static_cast<std::uint32_t>(text.size()));
  return out;
}

}  // namespace bridge
