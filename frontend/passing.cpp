// This file decides if a client may send its request (ADR 46).
#include <algorithm>
#include <utility>

#include "frontend/edge.h"
#include "msg/sha256.h"
#include "net/loop.h"

namespace frontend {
namespace {

// The first letters of the names under which clients are counted.
constexpr char kIdentified = 'i';
constexpr char kConnection = 'c';

std::vector<std::string_view> roles_for(std::string_view type) {
  std::vector<std::string_view> roles;
  for (int i = 0; i <= static_cast<int>(msg::ClientRole::kAdmin); ++i) {
    const auto role = static_cast<msg::ClientRole>(i);
    if (msg::may(role, type)) roles.push_back(msg::word(role));
  }
  return roles;
}

}  // namespace

// The token itself is not kept. An operator of the store may do everything. This frontend's own key may see its status
// (`pygmy health`). A client's key stands for it unless it sends a token. No other member asks for itself, and the key
// of a bridge never stands for the bridge's visitors. Returns whether the token can be one.
bool Core::Impl::identify(UnderWay& request, const base::Sender* sender) const {
  const auto token = std::exchange(request.header.token, std::nullopt);
  const bool for_health = sender && sender->role == base::KeyRole::kFrontend &&
                          sender->name == config_.identity.instance && request.header.t == msg::Status::kType;
  request.trusted = !token && sender && (sender->role == base::KeyRole::kOperator || for_health);
  if (request.trusted && !sender->name.empty()) request.who = sender->name;
  if (token && token->bytes.size() > msg::kTokenBytesMax) return false;
  if (token && !token->bytes.empty()) {
    request.token = msg::sha256(token->bytes);
  } else if (sender && sender->role == base::KeyRole::kClient && !sender->key.empty()) {
    request.token = msg::client_key_hash(sender->key);
    request.by_key = true;
  }
  return true;
}

// A token counts over all connections, and so does a client's key, with or without a credential. A token that is not
// known to have one counts for its connection, because everybody can make tokens up. A client chooses the routing id of
// its connection, so the two kinds of names begin differently.
void Core::Impl::name_client(UnderWay& request, const base::Sender* sender) const {
  const auto* known = access_.find(request.token);
  const bool identified = request.by_key || (known && known->credential);
  request.client = identified ? kIdentified + request.token : kConnection + request.from.routing;
  request.for_many = !identified && (sender ? msg::kByEdges.has(sender->role) : is_unnamed(request.from));
}

// Returns whether the transport names only others: it does not name a core of this process or, in a store with keys, a
// process of this user. The peer may be an edge.
bool Core::Impl::is_unnamed(const base::ClientId& peer) const { return config_.keys || net::is_of_this_loop(peer); }

// Operators keep the store going. Edges pass the requests of many clients on, and limit them themselves (a bridge:
// `--rate`, `--token-rate`).
bool Core::Impl::has_rate(const UnderWay& request, const base::Sender* sender) const {
  if (config_.client_rate == 0) return false;
  if (sender) return !msg::kByEdges.has(sender->role) && !msg::kByOperators.has(sender->role);
  return !is_unnamed(request.from);
}

// Returns a refusal if the request's client has sent too many.
std::optional<msg::Refusal> Core::Impl::over_rate(const UnderWay& request, const base::Sender* sender) {
  if (!has_rate(request, sender)) return std::nullopt;
  const bool identified = request.client.front() == kIdentified;
  auto& rate = identified ? identified_ : connections_;
  const auto quota = rate.ask(request.client, now_.mono);
  if (!quota || quota->granted) return std::nullopt;
  const auto* whom = !identified ? "connection" : request.by_key ? "key" : "token";
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(quota->wait);
  return msg::Refusal{.code = msg::Code::kBusy,
                      .message = fmt::format("this {} may send {} requests a second, and {} at once: try again in {} s",
                                             whom, rate.rate(), rate.burst(), quota->wait_s),
                      .retry_ms = static_cast<std::uint32_t>(wait.count())};
}

// Decides by what is known here. Without a lease a grant or a revocation may not be known. A client whose key had no
// credential may then get a stale answer.
Core::Impl::Pass Core::Impl::pass(UnderWay& request) {
  request.viewer = msg::viewer_of({}, request.trusted ? msg::Anonymous::kAll : config_.anonymous);
  if (request.trusted) return Pass::kYes;
  if (request.token.empty()) return pass_without_credential(request);
  const auto& type = request.header.t;
  const bool knows_all = leased() || !needs_lease(request);
  const auto* known = access_.find(request.token);
  if (known && !known->credential && request.by_key && (knows_all || msg::may(config_.anonymous, type))) {
    return pass_without_credential(request);
  }
  if (!known || !knows_all) return Pass::kAsk;
  request.reveals = known->reveals;
  const auto& credential = known->credential;
  // A clock that was set back gives nobody an expired credential again: the stream does not go back.
  const auto time = std::max(now_.wall, follower_.position().at);
  if (!credential || !is_valid_at(*credential, time)) {
    deny(request, msg::Code::kUnauthenticated,
         request.by_key ? "the credential of this key was revoked or has expired"
                        : "the token is not known, was revoked or has expired");
    return Pass::kNo;
  }
  if (!msg::may(credential->role, type)) {
    deny(request, msg::Code::kForbidden,
         fmt::format("a {} with the role '{}' does not allow '{}': it takes {}", request.by_key ? "key" : "token",
                     msg::word(credential->role), type, fmt::join(roles_for(type), " or ")));
    return Pass::kNo;
  }
  request.by = credential->id;
  request.viewer = msg::viewer_of(credential, config_.anonymous);
  return Pass::kYes;
}

// The refusal needs no gate: a token or key without a credential shows nothing of the stream, because each began so.
Core::Impl::Pass Core::Impl::pass_without_credential(UnderWay& request) {
  request.by = config_.anonymous == msg::Anonymous::kBuyer ? std::optional(base::Seq()) : std::nullopt;
  if (msg::may(config_.anonymous, request.header.t)) return Pass::kYes;
  deny(request, msg::Code::kUnauthenticated,
       request.by_key ? "this request needs a token, or a credential of the key: pygmy grant ROLE --client-key FILE"
                      : "this request needs a token");
  return Pass::kNo;
}

// Returns whether the request may go on now. If not, it was refused, or waits for its credential.
bool Core::Impl::may_go_on(std::uint64_t id) {
  auto& request = under_way_.at(id);
  switch (pass(request)) {
    case Pass::kYes:
      return true;
    case Pass::kNo:
      forget(id);
      return false;
    case Pass::kAsk:
      if (request.stale) {  // the client's key may have a credential by now
        make_exact(id);
        return false;
      }
      unidentified_.insert(id);
      ask_for_credential(request.client, request.token);
      return false;
  }
  return false;
}

// The question takes the client's turn among the reads.
void Core::Impl::ask_for_credential(const std::string& client, const std::string& token) {
  if (!access_.begin(token)) return;
  ++counters_["credentials_asked"];
  UnderWay question;
  question.client = client;
  question.header.t = msg::FindCredential::kType;
  question.service = Service::kOrder;
  question.arrived = now_.mono;
  question.expires = now_.mono + std::chrono::milliseconds(msg::kTtlDefaultMs);
  question.trusted = true;
  question.token = token;
  question.body = msg::encoded(msg::FindCredential{{token}});
  dispatch(under_way_.keep(std::move(question)));
}

void Core::Impl::on_credential(std::uint64_t id, const msg::Header& header, base::BytesView body) {
  const auto client = under_way_.at(id).client;
  const auto token = under_way_.at(id).token;
  forget(id);
  std::optional<msg::Credential> credential;
  if (auto reply = msg::decode<msg::CredentialReply>(body); reply && !header.err) credential = reply->credential;
  const bool is_none = header.err && msg::code_of(*header.err) == msg::Code::kUnknownCredential;
  if (!header.seq || (!credential && !is_none)) {
    access_.abandon(token);
    for (const auto waiting : take_unidentified(token)) {
      refuse(under_way_.at(waiting), msg::Code::kUnavailable, "no order replica could tell whose token or key this is");
      forget(waiting);
    }
  } else if (access_.land(token, std::move(credential), *header.seq)) {
    for (const auto waiting : take_unidentified(token)) admit(waiting);
  } else {
    ask_for_credential(client, token);
  }
}

void Core::Impl::on_credential_late(const std::string& token) {
  access_.abandon(token);
  if (draining_) return;
  for (const auto waiting : take_unidentified(token)) admit(waiting);
}

// Removes the requests that wait for this token's credential, and returns them in the order of arrival.
std::vector<std::uint64_t> Core::Impl::take_unidentified(const std::string& token) {
  std::vector<std::uint64_t> found;
  for (const auto id : unidentified_) {
    if (under_way_.at(id).token == token) found.push_back(id);
  }
  for (const auto id : found) unidentified_.erase(id);
  return found;
}

// The refusal passes the gate: another client must not see an older state of the credential after it.
void Core::Impl::deny(const UnderWay& request, msg::Code code, std::string message) {
  msg::count_refusal(counters_, code);
  msg::Header header;
  header.seq = request.reveals;
  header.err = std::string(msg::word(code));
  answer(request, header, msg::encoded(msg::readable({.code = code, .message = std::move(message)})));
}

}  // namespace frontend
