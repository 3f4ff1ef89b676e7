// Exchange: one request on its way through its route's handler, and the headers that every answer has. Private to
// bridge/.
//
// A handler reads the request (`parameter`, `number`, `body`), calls the store (`call`), and answers. A fault in the
// request becomes a refusal like one of the store's, so all errors leave through `refuse`.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "bridge/api.h"
#include "bridge/bodies.h"
#include "bridge/lab_bodies.h"
#include "bridge/routes.h"
#include "client/client.h"
#include "msg/catalogue.h"

namespace bridge {

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(Api::Shared& shared_of, const Route& route_of, Request request_of, std::string visitor, base::Mono now)
      : route(route_of), request(std::move(request_of)), shared_(shared_of), visitor_(std::move(visitor)), now_(now) {}

  const Route& route;
  const Request request;

  // `asker`: whose request it is; missing if the request says so wrongly. Returns a refusal if the route does not take
  // it.
  std::optional<Step> admit(std::optional<Asker> asker);
  // Reads path, query and headers. Returns a refusal if the route does not take them.
  std::optional<msg::Refusal> read(const Target& target, std::vector<std::string> path_values);

  const std::string& path_value(std::size_t index) const { return path_values_[index]; }
  std::optional<std::string> parameter(std::string_view name) const;
  std::vector<std::string> parameters(std::string_view name) const;
  std::optional<std::uint64_t> number(std::string_view name) const;  // read() has checked that it is a number
  const std::string& key() const { return key_; }
  void use_key(std::string key) { key_ = std::move(key); }
  bool may_be_stale() const { return stale_ok_ms_.has_value(); }
  base::Mono now() const { return now_; }
  msg::Seq seq() const { return seq_; }
  const std::vector<msg::Span>& spans() const { return spans_; }
  std::pair<std::optional<base::Mono>, std::optional<base::Mono>> last_worked() const {
    return {shared_.read_worked, shared_.write_worked};
  }
  const Metrics& metrics() const { return shared_.metrics; }
  const Operate& operate() const { return shared_.operate; }
  const Site& site() const { return shared_.site; }
  ShownItems& shown_items() const { return shared_.shown_items; }
  const Asker& asker() const { return asker_; }
  SignIns& sign_ins() const { return shared_.sign_ins; }
  std::string new_secret() const { return shared_.secret(); }
  const std::optional<msg::Anonymous>& anonymous() const { return shared_.anonymous; }
  bool events_are_denied() const { return shared_.events_are_denied; }
  Desk* desk() const { return shared_.desk; }

  // Reads the request's body as a T. If that fails, it fills `refusal` and returns nothing.
  template <class T>
  std::optional<T> body(msg::Refusal& refusal) const {
    auto value = json::from_text<T>(request.body);
    if (value) return std::move(*value);
    refusal = {.code = msg::Code::kMalformed, .message = value.error().message};
    return std::nullopt;
  }

  // Asks the store. `then` gets the body of the reply; `refused` gets the refusal, if the store refuses.
  template <class Message, class Then, class Refused>
  Step call(const Message& message, Then then, Refused refused, const client::Options& options = {}) {
    constexpr bool is_write = requires { message.key; };
    const auto read = [then, refused](Exchange& self, const client::Answer& answer) -> Step {
      const auto reply = client::reply_of<typename Message::Reply>(answer);
      if (reply.refusal) return refused(self, *reply.refusal);
      if constexpr (is_write) self.happened_ = has_happened(*reply.body);
      return then(self, *reply.body);
    };
    return call_unread(message, read, options);
  }
  // The same, but `then` gets the answer before it is decoded, also if it is a refusal.
  template <class Message, class Then>
  Step call_unread(const Message& message, Then then, const client::Options& options = {}) {
    constexpr bool is_write = requires { message.key; };
    if constexpr (std::is_same_v<Message, msg::Outcome>) {
      if (auto refused = refuse_outcome()) return std::move(*refused);
    }
    constexpr bool is_health = !msg::has(msg::StatusRequests(), Message::kType);  // those are answered without a store
    return Call{ask(message, prepared(options)),
                [self = shared_from_this(), then](const client::Answer& answer) -> Step {
                  self->heard(answer, is_write, is_health);
                  return then(*self, answer);
                },
                traced_};
  }
  // The same, but a refusal is answered as a refusal.
  template <class Message, class Then>
  Step call(const Message& message, Then then) {
    return call(message, then, [](Exchange& self, const msg::Refusal& refusal) { return self.refuse(refusal); });
  }
  template <class Message, class Then>
  Step call_with(const Message& message, Then then, const client::Options& options) {
    return call(
        message, then, [](Exchange& self, const msg::Refusal& refusal) { return self.refuse(refusal); }, options);
  }

  template <class Body>
  Step answer(unsigned status, const Body& body, Headers headers = {}) {
    return respond({status, "application/json", json::to_text(body), std::move(headers)});
  }
  Step respond(Response response);
  // Answers with the refusal. If the request has taken effect, the answer says `unknown` instead and names the path of
  // the outcome, because the client must not believe that nothing happened.
  Step refuse(msg::Refusal refusal);
  Step refuse(msg::Code code, std::string message) { return refuse({.code = code, .message = std::move(message)}); }
  Step refuse(unsigned status, OwnWord word, std::string detail);

 private:
  // Says, from the answer to a write, whether the key has taken effect.
  template <class Reply>
  static bool has_happened(const Reply&) {
    return true;
  }
  static bool has_happened(const msg::OutcomeReply& reply) { return reply.outcome != msg::OutcomeKind::kVoid; }

  std::optional<Step> refuse_outcome();
  client::Options prepared(client::Options options) const;
  void heard(const client::Answer& answer, bool is_write, bool is_health);
  std::optional<msg::Refusal> read_query(const Target& target);
  std::optional<msg::Refusal> read_headers();
  void read_traceparent();
  std::string server_timing() const;
  void forget_sign_in(Response& response) const;

  Api::Shared& shared_;
  std::string visitor_;
  std::vector<std::string> path_values_;
  std::vector<std::pair<std::string, std::string>> query_;
  std::string key_;
  std::string traceparent_;        // of the answer
  std::shared_ptr<Trace> traced_;  // for the collector; null: it is not traced
  std::optional<std::uint32_t> stale_ok_ms_;
  Asker asker_;
  bool trace_ = false;
  bool happened_ = false;  // the request has taken effect; from now on no answer may deny it
  base::Mono now_;
  msg::Seq seq_;
  std::optional<std::uint64_t> stale_ms_;
  std::vector<msg::Span> spans_;  // of the last answer, the outermost tier first
};

// Reads "60s", "500ms" or "2m", and returns milliseconds.
std::optional<std::uint32_t> duration_ms(std::string_view text);
// Escapes a text as one segment of a path.
std::string escaped(std::string_view text);
// The key as a client writes it, in the header or in a path, may have quotes around it (as in the IETF's draft of
// Idempotency-Key). They are not part of the key.
std::string key_of(const std::string& written);
// The path that tells the outcome of this key.
std::string outcome_path(const std::string& key);
// The body of a refusal in the form of the labs.
std::string lab_error(Manner manner, unsigned status, std::string_view message);
// Says whether the list of an If-Match (strong) or If-None-Match (weak) header holds this tag. In a strong comparison a
// tag with W/ is never the same (RFC 9110, 8.8.3.2).
enum class Comparison : std::uint8_t { kWeak, kStrong };
bool names_tag(std::string_view list, std::string_view tag, Comparison comparison);

}  // namespace bridge
