#include "bridge/lane.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "bridge/receiver.h"
#include "msg/effects.h"

namespace bridge {
namespace {

constexpr base::Duration kKeysAgain = std::chrono::seconds(1);  // between two looks at the files of keys
constexpr base::Duration kAcknowledgeLast = std::chrono::milliseconds(msg::kAcknowledgeMsMin);
static_assert(Lane::kAcknowledgeEvery > kAcknowledgeLast);

std::string fault_of(Webhook::Answer answer, const Post::Outcome& outcome) {
  switch (answer) {
    case Webhook::Answer::kTaken:
      return {};
    case Webhook::Answer::kGone:
      return "the receiver is gone (410): nothing is sent until the webhook is enabled";
    case Webhook::Answer::kFailed:
      return outcome.status ? fmt::format("the receiver answers {}", *outcome.status)
                            : "the receiver: " + outcome.fault;
  }
  return {};
}

}  // namespace

Lane::Lane(WebhookOptions options, const std::string& directory, std::shared_ptr<boost::asio::ssl::context> tls,
           const Shared& shared)
    : options_(std::move(options)),
      shared_(shared),
      keys_(options_.key_files),
      files_(fmt::format("{}/{}.d", directory, options_.name)),
      tls_(std::move(tls)) {}

base::Mono Lane::go(base::Now now) {
  if (connection_ && now.mono >= connection_->keep_until) connection_.reset();
  if (begins_again_ && !is_sending_ && !is_asking_) close();
  if (!is_open_) {
    if (!end_at_ && !is_asking_ && now.mono >= not_before_) open();
    return now.mono + kAgain;
  }
  write_late(now.mono);
  note_disabled();
  acknowledge(now.mono);
  deliver(now);
  const auto next = end_at_ ? std::max(not_before_, acknowledged_at_ + kAcknowledgeLast)
                            : edit([](Hook& hook) { return hook.webhook->not_before(); });
  return next > now.mono ? next : now.mono + kAgain;
}

bool Lane::is_ending(base::Mono now) {
  return end_at_ && (is_sending_ || is_asking_ || (is_open_ && is_behind() && now < *end_at_));
}

void Lane::close() {
  begins_again_ = is_open_ = false;
  edit([](Hook& hook) { hook.webhook.reset(); });
}

void Lane::fault_is(const std::string& fault) {
  const bool is_new = edit([&](Hook& hook) { return std::exchange(hook.fault, fault) != fault; });
  if (is_new && !fault.empty()) base::log::warn("webhook {}: {}", options_.name, fault);
}

// --- files ---

template <class Use>
bool Lane::succeeds(Use use) {
  try {
    use();
    return true;
  } catch (const std::exception& error) {
    fault_is(error.what());
    write_not_before_ = base::now().mono + kAgain;
    return false;
  }
}

// If the disk fails, tries again a moment later. Until then nothing more is sent or acknowledged.
void Lane::write_late(base::Mono now) {
  if (unwritten_.empty() || now < write_not_before_) return;
  const auto is_written = [&](const Letter& letter) { return succeeds([&] { files_.put(letter); }); };
  auto& all = unwritten_;
  all.erase(all.begin(), std::find_if_not(all.begin(), all.end(), is_written));
}

void Lane::remove(const Letter& letter) {
  succeeds([&] { files_.remove(letter); });
}

// If the disk fails, go() tries again.
void Lane::note_disabled() {
  const bool disabled = edit([](Hook& hook) { return hook.webhook->state() == Webhook::State::kDisabled; });
  if (disabled == was_disabled_ || base::now().mono < write_not_before_) return;
  if (!succeeds([&] { files_.put_state({acknowledged_, disabled}, true); })) return;
  was_disabled_ = disabled;
  base::log::info("webhook {}: {}", options_.name,
                  disabled ? "sends nothing any more until it is enabled" : "is enabled");
}

void Lane::write_state() {
  succeeds([&] { files_.put_state({acknowledged_, was_disabled_}, false); });
}

// --- the subscription ---

// It asks nothing else until the answer.
template <class Request>
void Lane::ask_for(const Request& request, std::function<void(const client::Answer&)> then) {
  is_asking_ = true;
  shared_.submit(ask(request), [this, then = std::move(then)](const client::Answer& answer) {
    is_asking_ = false;
    then(answer);
    shared_.go();
  });
}

void Lane::open() {
  ask_for(msg::ListSubscriptions{options_.name}, [this](const client::Answer& answer) {
    const auto reply = client::reply_of<msg::SubscriptionsReply>(answer);
    if (reply.ok() && !reply->subscriptions.empty()) return opened(reply->subscriptions.front());
    if (reply.refusal && reply.refusal->code == msg::Code::kUnknownSubscription) return subscribe();
    refused("the store does not tell its subscription", answer);
  });
}

void Lane::subscribe() {
  msg::Subscribe request{
      .key = base::new_key(), .name = options_.name, .from = options_.from, .types = {}, .ttl = options_.ttl};
  if (!options_.types.empty()) request.types = options_.types;
  if (const auto state = files_.state(); state && state->cursor) {
    request.from = state->cursor.next();
    base::log::warn("webhook {}: its subscription was dropped or ended; it is made again, from seq {} on",
                    options_.name, *request.from);
  }
  ask_for(request, [this](const client::Answer& answer) {
    const auto reply = client::reply_of<msg::SubscriptionReply>(answer);
    if (reply.ok() && reply->subscription) return opened(*reply->subscription);
    refused("the store makes no subscription", answer);
  });
}

void Lane::refused(std::string_view what, const client::Answer& answer) {
  not_before_ = base::now().mono + kAgain;
  fault_is(fmt::format("{}: {}", what, answer.refusal ? answer.refusal->message : "no answer"));
}

void Lane::opened(const msg::Subscription& subscription) {
  if (!options_.types.empty() && subscription.types != options_.types) {
    base::log::info("webhook {}: its subscription was made for other types; those of the file count", options_.name);
  }
  const auto& pauses = options_.pauses;
  auto webhook = pauses ? Webhook(subscription.cursor, *pauses) : Webhook(subscription.cursor);
  const bool is_read = succeeds([&] {
    for (auto& letter : files_.read()) webhook.restore_dead(std::move(letter));
  });
  if (!is_read) {
    not_before_ = write_not_before_;
    return;
  }
  const auto state = files_.state();
  was_disabled_ = state && state->disabled;
  edit([&](Hook& hook) {
    if (was_disabled_ && !hook.enable_when_known) webhook.disable();
    hook.enable_when_known = false;
    hook.webhook.emplace(std::move(webhook));
    hook.fault.clear();
  });
  unwritten_.clear();
  is_open_ = true;
  keep_alive_ = std::chrono::milliseconds(subscription.ttl) / 3;
  acknowledged_ = seen_ = subscription.cursor;
  acknowledged_at_ = base::now().mono;
  write_state();
}

msg::Seq Lane::cursor() {
  return edit([](Hook& hook) { return hook.webhook->cursor(); });
}
// An acknowledgement is an event, too; it leaves the subscription behind, but needs no other one.
bool Lane::is_behind() { return cursor() > acknowledged_ && acknowledged_ < seen_; }

void Lane::acknowledge(base::Mono now) {
  if (is_asking_ || !unwritten_.empty() || now < not_before_) return;
  const auto pause = !is_behind() ? keep_alive_ : end_at_ ? kAcknowledgeLast : kAcknowledgeEvery;
  if (now < acknowledged_at_ + pause) return;
  const auto up_to = cursor();
  ask_for(msg::Acknowledge{base::new_key(), options_.name, up_to},
          [this, up_to](const client::Answer& answer) { acknowledged(up_to, answer); });
}

void Lane::acknowledged(msg::Seq up_to, const client::Answer& answer) {
  const auto reply = client::reply_of<msg::SubscriptionReply>(answer);
  if (reply.refusal && reply.refusal->code == msg::Code::kUnknownSubscription) {
    begins_again_ = true;
    return;
  }
  if (!reply.ok()) return refused("the store takes no acknowledgement", answer);
  acknowledged_ = up_to;
  acknowledged_at_ = base::now().mono;
  edit([](Hook& hook) {
    if (hook.webhook->state() == Webhook::State::kDelivering) hook.fault.clear();
  });
  write_state();
}

// --- events and deliveries ---

bool Lane::wants(const json::SeqEvent& event) const {
  if (event.hidden || msg::is_of_subscription(event.event)) return false;
  const auto& types = options_.types;
  return types.empty() || std::find(types.begin(), types.end(), msg::type_of(event.event)) != types.end();
}

msg::Seq Lane::needs() {
  if (!goes_on()) return {};
  return edit([](Hook& hook) { return hook.webhook->has_room() ? hook.webhook->next() : msg::Seq(); });
}

// Nothing is rendered or logged under the desk's mutex.
void Lane::take(msg::Seq from, const json::EventPage& page, Letters& letters) {
  if (!goes_on()) return;
  auto next = edit([](Hook& hook) { return hook.webhook->next(); });
  if (next < from) return;
  if (page.begins && next < *page.begins) {
    base::log::warn("webhook {}: the events before seq {} were trimmed before they were sent", options_.name,
                    *page.begins);
    next = *page.begins;
    edit([&](Hook& hook) { hook.webhook->pass(next); });
  }
  for (const auto& event : page.events) {
    if (event.id.seq != next) continue;
    if (!edit([](Hook& hook) { return hook.webhook->has_room(); })) return;
    if (!msg::is_of_subscription(event.event)) seen_ = next;
    next = next.next();
    if (wants(event)) {
      const auto [letter, is_new] = letters.try_emplace(event.id.seq);
      if (is_new) letter->second = letter_of(event);
      edit([copy = letter->second](Hook& hook) mutable { hook.webhook->take(std::move(copy)); });
    } else {
      edit([&](Hook& hook) { hook.webhook->pass(next); });
    }
  }
}

void Lane::deliver(base::Now now) {
  if (is_sending_ || !goes_on() || !unwritten_.empty()) return;
  auto due = edit([&](Hook& hook) { return hook.webhook->due(now); });
  if (!due) return;
  if (now.mono >= look_at_keys_) {
    look_at_keys_ = now.mono + kKeysAgain;
    keys_.look();
  }
  is_sending_ = true;
  auto letter = due->letter;  // `due` is moved into the handler
  const Headers headers{{"webhook-id", letter.id},
                        {"webhook-timestamp", fmt::format("{}", due->timestamp)},
                        {"webhook-signature", keys_.signer().signatures(letter.id, due->timestamp, letter.body)}};
  const auto post = std::make_shared<Post>(shared_.io, tls_.get(), options_.url, options_.allow_private);
  post->send(headers, std::move(letter.body), std::move(connection_),
             [this, delivery = std::move(*due)](Post::Outcome outcome) {
               connection_ = std::move(outcome.kept);
               sent(delivery, outcome);
             });
}

void Lane::sent(const Delivery& delivery, const Post::Outcome& outcome) {
  is_sending_ = false;
  const auto now = base::now();
  const auto answer = Webhook::answer_of(outcome.status);
  const auto fault = fault_of(answer, outcome);
  const auto seq = delivery.letter.seq;
  const bool is_dead = edit([&](Hook& hook) {
    hook.webhook->answered(answer, outcome.retry_after, now.mono);
    ++(answer == Webhook::Answer::kTaken ? hook.delivered : hook.failed);
    hook.last_status = outcome.status;
    hook.last_at = now.wall;
    return hook.webhook->dead().contains(seq);
  });
  fault_is(fault);
  if (is_dead) {
    base::log::warn("webhook {}: event {} was not taken after {} tries and is a dead letter", options_.name,
                    delivery.letter.id, delivery.attempt);
    unwritten_.push_back(delivery.letter);
  }
  write_late(now.mono);
  if (delivery.was_dead && answer == Webhook::Answer::kTaken) remove(delivery.letter);
  note_disabled();
  shared_.go();
}

void Lane::changed(const std::optional<Letter>& removed) {
  if (removed) {
    std::erase_if(unwritten_, [&](const Letter& letter) { return letter.seq == removed->seq; });
    remove(*removed);
  }
  if (is_open_) note_disabled();
}

}  // namespace bridge
