#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace base {
namespace {

struct Decoded {
  std::uint32_t code = 0;
  std::size_t bytes = 0;  // 0: not UTF-8
};

Decoded decode_one(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at])); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xf0 && lead <= 0xf4  ? 4
                            : lead >= 0xe0 && lead < 0xf0 ? 3
                            : lead >= 0xc2 && lead < 0xe0 ? 2
                                                          : 0;
  if (bytes == 0 || text.size() < bytes) return {};
  std::uint32_t code = lead & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  const bool overlong = code < (bytes == 2 ? 0x80U : bytes == 3 ? 0x800U : 0x10000U);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return overlong || surrogate || code > 0x10ffff ? Decoded{} : Decoded{code, bytes};
}

bool is_control(std::uint32_t code) {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  // Separators of lines and paragraphs, embeddings and overrides; isolates; marks of a direction.
  return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0x200e || code == 0x200f ||
         code == 0x061c;
}

bool is_space(std::uint32_t code) {
  return code == ' ' || (code >= 0x09 && code <= 0x0d) || code == 0x85 || code == 0xa0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f ||
         code == 0x3000;
}

bool is_plain(char c) { return c >= 0x20 && c < 0x7f; }

std::optional<std::string_view> fault_of(std::string_view text, bool may_have_lines) {
  while (!text.empty()) {
    const auto [code, bytes] = decode_one(text);
    if (bytes == 0) return "is not valid UTF-8";
    if (is_control(code) && !(may_have_lines && code == '\n')) return "has a control character";
    text.remove_prefix(bytes);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> fault_of_text(std::string_view text) { return fault_of(text, false); }
std::optional<std::string_view> fault_of_lines(std::string_view text) { return fault_of(text, true); }

bool has_space_at_an_end(std::string_view text) {
  if (text.empty()) return false;
  auto last = text.size() - 1;
  while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xc0) == 0x80) --last;
  return is_space(decode_one(text).code) || is_space(decode_one(text.substr(last)).code);
}

std::string shown(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const auto [code, bytes] = decode_one(text);
    if (bytes == 0) {
      out += "\xef\xbf\xbd";
    } else if (is_control(code)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

}  // namespace base
