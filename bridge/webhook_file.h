// The file that names the webhooks of a bridge (`--webhooks FILE`), and the files of their keys.
//
//   {"webhooks":[{"name":"warehouse","url":"https://warehouse.example/pygmy","types":["order_placed"],"from":1,
//                 "keys":["warehouse.key"]}]}
//
// The file is JSON, read as strictly as a request (json/json.h). An error names the file and the member at fault. A
// file of ours that others may use is refused, because a URL may hold a secret, too. No error and no log shows a URL
// or a key.
//
// Threads: none. Tests: tests/bridge/webhook_file_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bridge/signer.h"
#include "bridge/webhook.h"
#include "msg/fields.h"

namespace bridge {

// The place to which a webhook sends.
struct Url {
  bool tls = true;
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 443;
  std::string path;  // with the query; may hold a secret

  std::string authority() const;  // the value of Host
  std::string origin() const;     // may be shown: https://HOST[:PORT]
  friend bool operator==(const Url&, const Url&) = default;
};
base::Result<Url> url_of(std::string_view text);

struct WebhookOptions {
  static constexpr std::size_t kPausesMax = 20;
  static constexpr std::size_t kUrlBytesMax = 2048;

  std::string name;  // also that of its subscription
  Url url;
  std::vector<std::string> types;           // of the events; empty: all
  std::optional<msg::Seq> from;             // the first event; missing: the next one
  std::optional<std::int64_t> ttl;          // of the subscription, milliseconds
  std::vector<std::string> key_files;       // at least one
  std::string ca;                           // file; empty: the system's authorities
  bool allow_private = false;               // the receiver may be in a private network, and need not speak TLS
  std::optional<Webhook::Pauses> pauses{};  // between the tries of a letter; missing: Webhook::kPauses
  friend bool operator==(const WebhookOptions&, const WebhookOptions&) = default;
};

// Throws std::runtime_error with a line that says what to do. All keys are read once, so that their faults are told.
std::vector<WebhookOptions> read_webhooks(const std::string& file);

// The keys of a webhook. Their files are read again when they have changed, so a key is replaced without a restart.
class KeyFiles {
 public:
  // Throws as read_webhooks().
  explicit KeyFiles(std::vector<std::string> files);
  // Reads the files. If they have a fault, keeps the keys that it has, and logs the fault once.
  void look();
  const Signer& signer() const { return signer_; }

 private:
  std::vector<std::string> files_;
  std::string text_;  // of the keys in use
  Signer signer_;
  std::string fault_;
};

}  // namespace bridge
