// grant, revoke, credentials and whoami: who may do what in the store.
#include <fmt/format.h>
#include <sys/random.h>

#include <stdexcept>
#include <system_error>

#include "base/notice.h"
#include "base/print.h"
#include "base/random.h"
#include "msg/sha256.h"
#include "tasks/hex.h"
#include "tasks/output.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

constexpr std::size_t kSecretBytes = 32;

// So many random bits cannot be guessed, so a fast hash of them keeps them secret (ADR 46).
std::string new_token() {
  std::string secret(kSecretBytes, '\0');
  if (getrandom(secret.data(), secret.size(), 0) != static_cast<ssize_t>(secret.size())) {
    throw std::system_error(errno, std::generic_category(), "no random numbers");
  }
  return "pygmy_" + hex(secret);
}

bool is_operator() {
  const auto key = client::key_of_environment();
  return key && key->role == msg::word(base::KeyRole::kOperator);
}

Json to_json(const msg::Credential& credential) {
  Json json{{"id", credential.id.value()}, {"role", msg::word(credential.role)}, {"at", credential.at}};
  if (!credential.customer.empty()) json["customer"] = credential.customer;
  if (!credential.label.empty()) json["label"] = credential.label;
  if (credential.expires) json["expires"] = *credential.expires;
  if (credential.revoked) json["revoked"] = credential.revoked->value();
  return json;
}

std::string state_of(const msg::Credential& credential) {
  if (credential.revoked) return fmt::format("revoked with seq {}", *credential.revoked);
  if (!credential.expires) return "valid";
  const bool valid = is_valid_at(credential, base::now().wall);
  return fmt::format("{} {}", valid ? "valid until" : "expired at", time_text(*credential.expires));
}

void print_credential(const msg::Credential& credential) {
  base::print("{:>8}  {:<8}  {:<16}  {:<40}  {}\n", credential.id, msg::word(credential.role), credential.customer,
              state_of(credential), credential.label);
}

// `token`: empty if the credential is that of a key. The list of credentials then names the key, unless it has a label.
msg::Grant request_of(const GrantTask& task, msg::ClientRole role, const std::string& token) {
  const bool by_key = !task.client_key.empty();
  const auto hash = by_key ? msg::client_key_hash(task.client_key) : msg::sha256(token);
  msg::Grant request{.key = base::new_key(), .hash = {hash}, .role = role};
  if (role == msg::ClientRole::kBuyer) request.customer = task.customer;
  if (by_key) request.label = "key " + task.client_key;
  if (!task.label.empty()) request.label = task.label;
  if (task.expires_in_ms) request.expires = base::now().wall + static_cast<std::int64_t>(*task.expires_in_ms);
  return request;
}

void print_granted(const GrantTask& task, const msg::Credential& credential, const std::string& token) {
  if (token.empty()) {
    print_credential(credential);
    base::notice("pygmy: a client that connects with the key {} has these rights without a token\n", task.client_key);
  } else {
    base::print("{}\n", token);
    base::notice("pygmy: this is the token of credential {}; it is not shown again\n", credential.id);
  }
}

// A key gets rights once.
void tell_how_to_replace() {
  base::notice(
      "pygmy: `pygmy credentials` shows what this key may do, and `pygmy revoke ID` ends it. For other rights make the "
      "client a new key, and grant them to that: pygmy keys rotate NAME\n");
}

int complain_of_access(const Common& common, const msg::Refusal& refusal, const std::string& key = {}) {
  const auto code = complain(common, refusal, key);
  if (refusal.code == msg::Code::kForbidden) {
    base::notice(
        "pygmy: name the file of an admin's token with --token-file; `pygmy whoami` shows the role that you have\n");
  }
  return code;
}

}  // namespace

std::string granted_token(const Common& common, const GrantTask& task) {
  const auto role = msg::from_word<msg::ClientRole>(task.role);
  if (!role) throw std::runtime_error(fmt::format("'{}' is not a role", task.role));
  auto token = new_token();
  auto store = common.connect();
  const auto reply = store.call(request_of(task, *role, token));
  if (reply.refusal) throw std::runtime_error("no token was granted: " + reply.refusal->message);
  return token;
}

int grant(const Common& common, const GrantTask& task) {
  const auto role = msg::from_word<msg::ClientRole>(task.role);
  if (!role) return usage_error(fmt::format("'{}' is not a role", task.role));
  const bool buyer = *role == msg::ClientRole::kBuyer;
  if (buyer == task.customer.empty()) {
    return usage_error("--customer is for buyers, and each buyer needs one: pygmy grant buyer --customer NAME");
  }
  const auto token = task.client_key.empty() ? new_token() : std::string();
  const auto request = request_of(task, *role, token);
  auto store = common.connect();
  const auto reply = store.call(request);
  if (reply.refusal) {
    const auto code = complain_of_access(common, *reply.refusal, request.key);
    if (token.empty() && reply.refusal->code == msg::Code::kLimit) tell_how_to_replace();
    return code;
  }
  if (common.json) {
    auto json = to_json(reply.body->credential);
    if (token.empty()) {
      json["client_key"] = task.client_key;
    } else {
      json["token"] = token;
    }
    print_json(json);
  } else {
    print_granted(task, reply.body->credential, token);
  }
  if (common.token.empty() && !client::key_of_environment()) {
    base::notice(
        "pygmy: the store took this request without a token. Start it with --anonymous none, reader or buyer to close "
        "it\n");
  }
  return kDone;
}

int revoke(const Common& common, std::uint64_t id) {
  const msg::Revoke request{base::new_key(), base::Seq(id)};
  auto store = common.connect();
  const auto reply = store.call(request);
  if (reply.refusal) {
    const auto code = complain_of_access(common, *reply.refusal, request.key);
    if (reply.refusal->code == msg::Code::kUnknownCredential) {
      base::notice("pygmy: `pygmy credentials` lists the credentials with their ids\n");
    }
    return code;
  }
  if (common.json) {
    print_json(to_json(reply.body->credential));
  } else {
    print_credential(reply.body->credential);
  }
  return kDone;
}

int credentials(const Common& common) {
  auto store = common.connect();
  auto list = Json::array();
  msg::ListCredentials request;
  do {
    const auto reply = store.call(request);
    if (reply.refusal) return complain_of_access(common, *reply.refusal);
    if (reply.body->credentials.empty() && !common.json) {
      base::notice("no credentials: `pygmy grant ROLE` makes the first one\n");
    }
    for (const auto& credential : reply.body->credentials) {
      if (common.json) {
        list.push_back(to_json(credential));
      } else {
        print_credential(credential);
      }
    }
    request.after = reply.body->next;
  } while (request.after);
  if (common.json) print_json(Json{{"credentials", std::move(list)}});
  return kDone;
}

int whoami(const Common& common) {
  auto store = common.connect();
  const auto reply = store.call(msg::WhoAmI{});
  if (reply.refusal) return complain(common, *reply.refusal);
  const auto& credential = reply.body->credential;
  if (common.json) {
    Json json{{"anonymous", msg::word(reply.body->anonymous)}};
    if (credential) json["credential"] = to_json(*credential);
    print_json(json);
  } else if (credential) {
    print_credential(*credential);
  } else if (is_operator()) {
    base::print("an operator's key: everything\n");
  } else {
    base::print("no token; the rights of clients without one: {}\n", msg::word(reply.body->anonymous));
  }
  return kDone;
}

}  // namespace tasks
