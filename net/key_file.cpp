#include "net/key_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <zmq.hpp>

#include "base/private_file.h"

namespace net {
namespace {

constexpr std::size_t kFileBytesMax = 1024;
constexpr std::size_t kNameBytesMax = 64;
constexpr std::string_view kFirstLine = "pygmy-key 1";
constexpr std::string_view kDigits =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";  // of Z85, by value

// Takes the next line off `rest`. A last line without an end is no line.
bool take_line(std::string_view& rest, std::string_view& line) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

// Takes the line `name VALUE`.
bool take_value(std::string_view& rest, std::string_view name, std::string& value) {
  std::string_view line;
  if (!take_line(rest, line) || line.size() <= name.size() || line.substr(0, name.size()) != name) return false;
  if (line[name.size()] != ' ') return false;
  value = line.substr(name.size() + 1);
  return true;
}

}  // namespace

KeyPair new_key_pair() {
  std::array<char, kKeyChars + 1> open{}, secret{};
  if (zmq_curve_keypair(open.data(), secret.data()) != 0) {
    throw std::runtime_error("this build of libzmq cannot encrypt (no CURVE): install Debian's libzmq5");
  }
  return {open.data(), secret.data()};
}

// Five characters stand for four bytes, so some groups of digits are too large.
bool is_key(std::string_view text) {
  if (text.size() != kKeyChars) return false;
  std::uint64_t group = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = kDigits.find(text[i]);
    if (digit == std::string_view::npos) return false;
    group = (i % 5 == 0 ? 0 : group * 85) + digit;
    if (group > 0xffffffffU) return false;
  }
  return true;
}

bool is_key_name(std::string_view text) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  return !text.empty() && text.size() <= kNameBytesMax && is_word(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_word(c) || c == '-' || c == '_' || c == '.'; });
}

base::Result<Key> parse_key(std::string_view text) {
  Key key;
  std::string_view first;
  if (!take_line(text, first) || first != kFirstLine) return base::fail("it does not begin with 'pygmy-key 1'");
  const bool whole = take_value(text, "role", key.role) && take_value(text, "name", key.name) &&
                     take_value(text, "store", key.store) && take_value(text, "public", key.pair.open) &&
                     take_value(text, "secret", key.pair.secret) && text.empty();
  if (!whole) return base::fail("it does not have the lines role, name, store, public and secret");
  if (!is_key_name(key.role) || !is_key_name(key.name)) return base::fail("its role or its name cannot be read");
  if (!is_key(key.store) || !is_key(key.pair.open) || !is_key(key.pair.secret)) {
    return base::fail("one of its keys does not have 40 characters of Z85");
  }
  return key;
}

std::string text_of(const Key& key) {
  return fmt::format("{}\nrole {}\nname {}\nstore {}\npublic {}\nsecret {}\n", kFirstLine, key.role, key.name,
                     key.store, key.pair.open, key.pair.secret);
}

base::Result<std::string> read_small_file(const std::string& path, std::size_t bytes_max) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(bytes_max + 1, '\0');
  if (!file) return base::fail(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return base::fail(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > bytes_max) return base::fail(fmt::format("{} has more than {} bytes", path, bytes_max));
  return text;
}

base::Result<Key> read_key(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return base::fail(
        fmt::format("the key {} cannot be read: {}; `pygmy keys add` makes one", path, std::strerror(errno)));
  }
  if (base::is_exposed(path)) {
    return base::fail(
        fmt::format("others can read the key {}: chmod 600 {}, and if it may have been read, pygmy keys "
                    "rotate",
                    path, path));
  }
  const auto text = read_small_file(path, kFileBytesMax);
  if (!text) return base::fail(text.error().message);
  auto key = parse_key(*text);
  if (!key) return base::fail(fmt::format("{} is not a key file: {}", path, key.error().message));
  return key;
}

Key require_key(const std::string& path) {
  auto key = read_key(path);
  if (!key) throw std::runtime_error(key.error().message);
  return *std::move(key);
}

StoreKeys require_store_keys(const std::string& directory) {
  return {require_key(store_key_path(directory)).pair, directory};
}

std::string key_path(const std::string& directory, const std::string& name) { return directory + "/" + name + ".key"; }
std::string store_key_path(const std::string& directory) { return key_path(directory, std::string(kStoreRole)); }
std::string key_list_path(const std::string& directory) { return directory + "/allowed"; }

}  // namespace net
