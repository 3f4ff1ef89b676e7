#include "bridge/webhook_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <utility>

#include <boost/asio/ip/address_v6.hpp>

#include "base/decimal.h"
#include "base/log.h"
#include "base/private_file.h"
#include "json/json.h"
#include "msg/effects.h"
#include "msg/well_formed.h"

namespace bridge {
namespace {

constexpr std::size_t kWebhookFileBytesMax = 1024 * 1024;
constexpr std::size_t kKeyFileBytesMax = 16 * 1024;
constexpr std::size_t kHostBytesMax = 253;
constexpr std::uint64_t kPauseMsMax = 86'400'000;
constexpr std::uint16_t kHttpsPort = 443;
constexpr std::uint16_t kHttpPort = 80;

struct WebhookEntry {
  std::string name;
  std::string url;
  std::optional<std::vector<std::string>> types;
  std::optional<msg::Seq> from;
  std::optional<std::int64_t> keep;  // milliseconds
  std::vector<std::string> keys;
  std::optional<std::string> ca;
  std::optional<bool> allow_private;
  std::optional<std::vector<std::uint64_t>> pauses;  // milliseconds
  static constexpr auto fields() {
    return std::tuple(msg::field("name", &WebhookEntry::name), msg::field("url", &WebhookEntry::url),
                      msg::field("types", &WebhookEntry::types), msg::field("from", &WebhookEntry::from),
                      msg::field("keep", &WebhookEntry::keep), msg::field("keys", &WebhookEntry::keys),
                      msg::field("ca", &WebhookEntry::ca), msg::field("allow_private", &WebhookEntry::allow_private),
                      msg::field("pauses", &WebhookEntry::pauses));
  }
};
struct WebhookEntries {
  std::vector<WebhookEntry> webhooks;
  static constexpr auto fields() { return std::tuple(msg::field("webhooks", &WebhookEntries::webhooks)); }
};

// The text of a file that others may not use.
base::Result<std::string> private_text(const std::string& file, std::size_t bytes_max) {
  if (base::is_exposed(file)) return base::fail(fmt::format("others may read {0}: chmod 600 {0}", file));
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) return base::fail(fmt::format("{}: {}", file, std::strerror(errno)));
  std::string text(bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof())) return base::fail(fmt::format("{}: it cannot be read", file));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > bytes_max) return base::fail(fmt::format("{} has more than {} bytes", file, bytes_max));
  return text;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= kHostBytesMax && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

bool may_be_in_url(char c) {
  return c > ' ' && c < 0x7f && std::string_view("\"<>\\^`{|}#").find(c) == std::string_view::npos;
}

// `authority`: HOST or HOST:PORT.
base::Result<Url> url_at(std::string_view authority, Url url) {
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto end = std::min(authority.find(']'), authority.size());
    url.host = authority.substr(1, end - 1);
    boost::system::error_code error;
    boost::asio::ip::make_address_v6(url.host, error);
    if (error || end == authority.size()) return base::fail("between the brackets is no address of IPv6");
    port = authority.substr(end + 1);
  } else {
    const auto end = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, end);
    if (!is_host_name(url.host))
      return base::fail("the name of the host has other characters than a-z, 0-9, ., _ and -");
    port = authority.substr(end);
  }
  if (port.empty()) return url;
  const auto number = port.starts_with(':') ? base::decimal(port.substr(1)) : std::nullopt;
  if (!number || *number == 0 || *number > UINT16_MAX) return base::fail("the port is not between 1 and 65535");
  url.port = static_cast<std::uint16_t>(*number);
  return url;
}

using EntryFault = std::optional<std::string>;  // begins with the member

EntryFault fault_of_types(const std::vector<std::string>& types) {
  std::set<std::string_view> once;
  if (types.empty() || types.size() > msg::kSubscriptionTypesMax) {
    return fmt::format("types: has not 1 to {} types", msg::kSubscriptionTypesMax);
  }
  for (const auto& type : types) {
    if (std::find(msg::kEventTypes.begin(), msg::kEventTypes.end(), type) == msg::kEventTypes.end()) {
      return fmt::format("types: there is no event '{}', only {}", type.substr(0, msg::kEventTypeBytesMax),
                         fmt::join(msg::kEventTypes, ", "));
    }
    if (!once.insert(type).second) return fmt::format("types: {} is there twice", type);
  }
  return std::nullopt;
}

EntryFault fault_of_pauses(const std::vector<std::uint64_t>& pauses) {
  if (pauses.empty() || pauses.size() > WebhookOptions::kPausesMax) {
    return fmt::format("pauses: has not 1 to {} pauses", WebhookOptions::kPausesMax);
  }
  const bool fit = std::all_of(pauses.begin(), pauses.end(), [](auto ms) { return ms >= 1 && ms <= kPauseMsMax; });
  return fit ? std::nullopt : EntryFault(fmt::format("pauses: each is 1 to {} ms", kPauseMsMax));
}

EntryFault fault_of_entry(const WebhookEntry& entry, const base::Result<Url>& url) {
  if (auto fault = msg::fault_of_subscription(entry.name)) return fault;
  if (!url) return "url: " + url.error().message;
  if (!url->tls && !entry.allow_private.value_or(false)) {
    return "url: begins with http://, which only a receiver with allow_private may";
  }
  if (entry.types) {
    if (auto fault = fault_of_types(*entry.types)) return fault;
  }
  if (entry.from && !*entry.from) return "from: the first seq is 1";
  if (entry.keep && (*entry.keep < 1 || *entry.keep > msg::kSubscriptionMsMax)) {
    return fmt::format("keep: is not 1 to {} ms", msg::kSubscriptionMsMax);
  }
  if (entry.keys.empty() || entry.keys.size() > Signer::kKeysMax) {
    return fmt::format("keys: has not 1 to {} files", Signer::kKeysMax);
  }
  return entry.pauses ? fault_of_pauses(*entry.pauses) : std::nullopt;
}

WebhookOptions options_of(const WebhookEntry& entry, Url url, const std::filesystem::path& directory) {
  WebhookOptions options;
  options.name = entry.name;
  options.url = std::move(url);
  if (entry.types) options.types = *entry.types;
  options.from = entry.from;
  options.ttl = entry.keep;
  for (const auto& key : entry.keys) options.key_files.push_back(directory / key);
  if (entry.ca) options.ca = directory / *entry.ca;
  options.allow_private = entry.allow_private.value_or(false);
  if (entry.pauses) {
    auto& pauses = options.pauses.emplace();
    for (const auto ms : *entry.pauses) pauses.push_back(std::chrono::milliseconds(ms));
  }
  return options;
}

// All keys as one text, with the files that each is from checked by themselves.
base::Result<std::string> text_of_keys(const std::vector<std::string>& files) {
  std::string all;
  for (const auto& file : files) {
    const auto text = private_text(file, kKeyFileBytesMax);
    if (!text) return base::fail(text.error().message);
    if (const auto keys = Signer::read(*text); !keys) return base::fail(file + ": " + keys.error().message);
    all += *text + '\n';
  }
  return all;
}

base::Result<Signer> signer_of(const std::string& text, const std::vector<std::string>& files) {
  auto signer = Signer::read(text);
  if (!signer) return base::fail(fmt::format("{}: {}", fmt::join(files, ", "), signer.error().message));
  return signer;
}

template <class T>
T or_throw(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

}  // namespace

std::string Url::authority() const {
  const auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? kHttpsPort : kHttpPort) ? name : fmt::format("{}:{}", name, port);
}

std::string Url::origin() const { return (tls ? "https://" : "http://") + authority(); }

base::Result<Url> url_of(std::string_view text) {
  if (text.size() > WebhookOptions::kUrlBytesMax) {
    return base::fail(fmt::format("has more than {} bytes", WebhookOptions::kUrlBytesMax));
  }
  Url url;
  url.tls = text.starts_with("https://");
  if (!url.tls && !text.starts_with("http://")) return base::fail("does not begin with https:// or http://");
  url.port = url.tls ? kHttpsPort : kHttpPort;
  text.remove_prefix(text.find("//") + 2);
  if (!std::all_of(text.begin(), text.end(), may_be_in_url)) {
    return base::fail("has a character that must be escaped, or a fragment");
  }
  const auto end = std::min(text.find_first_of("/?"), text.size());
  const auto authority = text.substr(0, end);
  url.path = text.substr(end);
  if (!url.path.starts_with('/')) url.path.insert(0, 1, '/');
  if (authority.find('@') != std::string_view::npos) return base::fail("has a user or a password");
  return url_at(authority, std::move(url));
}

std::vector<WebhookOptions> read_webhooks(const std::string& file) {
  const auto text = or_throw(private_text(file, kWebhookFileBytesMax));
  const auto entries = json::from_text<WebhookEntries>(text);
  if (!entries) throw std::runtime_error(fmt::format("{}: {}", file, entries.error().message));
  const auto& all = entries->webhooks;
  const auto fail = [&](std::size_t index, const std::string& fault) {
    throw std::runtime_error(fmt::format("{}: webhooks[{}].{}", file, index, fault));
  };
  if (all.empty() || all.size() > msg::kSubscriptionsMax) {
    throw std::runtime_error(fmt::format("{}: webhooks: has not 1 to {} webhooks", file, msg::kSubscriptionsMax));
  }
  std::set<std::string_view> names;
  std::vector<WebhookOptions> webhooks;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto url = url_of(all[i].url);
    if (const auto fault = fault_of_entry(all[i], url)) fail(i, *fault);
    if (!names.insert(all[i].name).second) fail(i, fmt::format("name: there are two webhooks {}", all[i].name));
    webhooks.push_back(options_of(all[i], std::move(*url), std::filesystem::path(file).parent_path()));
    KeyFiles{webhooks.back().key_files};
  }
  return webhooks;
}

KeyFiles::KeyFiles(std::vector<std::string> files)
    : files_(std::move(files)), text_(or_throw(text_of_keys(files_))), signer_(or_throw(signer_of(text_, files_))) {}

void KeyFiles::look() {
  auto text = text_of_keys(files_);
  if (text && *text == text_) {
    fault_.clear();
    return;
  }
  auto signer = text ? signer_of(*text, files_) : base::Result<Signer>(base::fail(text.error().message));
  if (signer) {
    text_ = std::move(*text);
    signer_ = std::move(*signer);
    fault_.clear();
    base::log::info("{}: the keys were read again", fmt::join(files_, ", "));
  } else if (fault_ != signer.error().message) {
    fault_ = signer.error().message;
    base::log::warn("the keys of a webhook were not read again, the old ones are kept: {}", fault_);
  }
}

}  // namespace bridge
