// Desk: the webhooks of a bridge, between the thread that sends them (bridge/courier.h) and the server's thread, which
// shows them, sends dead letters again and enables webhooks. It has no I/O.
//
// Lifetime: longer than both. Threads: any; a mutex guards all, and nobody waits for I/O while holding it.
// Tests: tests/bridge/desk_test.cpp.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "bridge/bodies.h"
#include "bridge/webhook.h"

namespace bridge {

// One webhook. The courier alone changes all but `webhook`.
struct Hook {
  std::string name;
  std::string receiver;              // Url::origin()
  std::vector<std::string> types;    // empty: all
  std::optional<Webhook> webhook{};  // missing: its subscription is not known yet
  bool enable_when_known = false;    // somebody has enabled it meanwhile
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;  // tries
  std::optional<unsigned> last_status{};
  std::optional<base::WallMs> last_at{};  // the end of the last try
  std::string fault{};                    // why the last try failed, or why nothing can be sent; empty: none
};

class Desk {
 public:
  // The sum of the bodies in one page of dead letters is at most this, or there is one letter.
  static constexpr std::size_t kPageBytesMax = 256 * 1024;

  explicit Desk(std::vector<Hook> hooks = {}) : hooks_(std::move(hooks)) {}

  // The courier's part.
  // From now on there are these webhooks, in this order. One that was there before is only told its receiver and types.
  void arrange(std::vector<Hook> hooks);
  template <class Edit>
  auto edit(const std::string& name, Edit change) {
    const std::lock_guard lock(mutex_);
    auto* hook = find(name);
    CHECK(hook, "there is no webhook {}", name);
    return change(*hook);
  }
  void stream_ends_at(msg::Seq end);
  // Is called, in the thread of the caller, after one of the next functions has changed a webhook; `removed`: a dead
  // letter that is gone.
  using Changed = std::function<void(const std::string& name, std::optional<Letter> removed)>;
  void on_change(Changed changed);

  // For the server. A missing answer: there is no such webhook, or letter.
  WebhooksAnswer list(base::Now now) const;
  std::optional<WebhookAnswer> enable(std::string_view name, base::Now now);
  std::optional<DeadLettersAnswer> dead(std::string_view name, msg::Seq after, std::size_t limit);
  // Returns whether the subscription of this webhook is not known yet, nor its dead letters.
  bool is_starting(std::string_view name);
  // Sends one dead letter again, or all of them. Returns how many.
  std::optional<std::uint64_t> redeliver(std::string_view name, std::optional<msg::Seq> seq);
  bool remove(std::string_view name, msg::Seq seq);

 private:
  Hook* find(std::string_view name);  // null: there is none
  WebhookAnswer shown(const Hook& hook, base::Now now) const;
  // Calls act(hook, removed) for the webhook of this name, and tells the change if `act` has an answer. `act` puts a
  // dead letter that is gone into `removed`.
  template <class Act>
  auto change(std::string_view name, Act act);

  mutable std::mutex mutex_;
  std::vector<Hook> hooks_;
  msg::Seq end_;  // of the stream
  Changed changed_;
};

}  // namespace bridge
