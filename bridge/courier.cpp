#include "bridge/courier.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <thread>
#include <utility>

#include "base/file_lock.h"
#include "base/log.h"
#include "base/random.h"
#include "bridge/file_state.h"
#include "bridge/lane.h"
#include "bridge/puller.h"
#include "bridge/receiver.h"
#include "client/client.h"
#include "msg/effects.h"

namespace bridge {
namespace {

constexpr base::Duration kFilesAgain = std::chrono::seconds(1);  // between two looks at a file, or at keys
constexpr base::Duration kAcknowledgeLast = std::chrono::milliseconds(msg::kAcknowledgeMsMin);
static_assert(Courier::kAcknowledgeEvery > kAcknowledgeLast && Courier::kEnd > kAcknowledgeLast);

}  // namespace

class Courier::Impl {
 public:
  Impl(const std::string& file, const std::string& directory, Desk& desk, Submit submit,
       std::function<void(const std::string& why)> failed)
      : file_(file),
        file_state_(file_state(file)),
        directory_(directory),
        lock_(directory + "/webhooks.lock"),
        desk_(desk),
        submit_(std::move(submit)),
        failed_(std::move(failed)),
        timer_(io_) {
    begin(lanes_of(read_webhooks(file_)));
    desk_.on_change([this](const std::string& name, std::optional<Letter> removed) {
      boost::asio::post(io_, [this, name, letter = std::move(removed)] { on_change(name, letter); });
    });
  }
  ~Impl() {
    desk_.on_change({});
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void end(std::function<void()> ended) {
    boost::asio::post(io_, [this, ended = std::move(ended)] {
      ended_ = ended;
      coming_.reset();
      look_at_ = base::Mono::max();
      end_but({});
      go();
    });
  }
  void told(msg::Seq end, std::uint64_t history) {
    boost::asio::post(io_, [this, end, history] {
      end_ = end;
      desk_.stream_ends_at(end);
      const bool is_other = std::exchange(history_, history) != history && has_begun_;
      for (const auto& lane : lanes_) lane->begins_again |= is_other;
      has_begun_ = true;
      go();
    });
  }

 private:
  using Handle = std::function<void(const client::Answer&)>;
  using Lanes = std::vector<std::shared_ptr<Lane>>;
  using Letters = std::map<msg::Seq, Letter>;

  void run() {
    const auto work = boost::asio::make_work_guard(io_);
    try {
      io_.run();
    } catch (const std::exception& error) {
      failed_(error.what());
    }
  }

  // The answer comes in this thread.
  void submit(Ask ask, Handle then) {
    submit_(std::move(ask), [this, then = std::move(then)](const client::Answer& answer) {
      boost::asio::post(io_, [then, answer] { then(answer); });
    });
  }

  // For a webhook, which asks nothing else until the answer.
  template <class Request>
  void ask_for(Lane& lane, const Request& request, Handle then) {
    lane.is_asking = true;
    submit(ask(request), [this, &lane, then = std::move(then)](const client::Answer& answer) {
      lane.is_asking = false;
      then(answer);
      go();
    });
  }

  template <class Edit>
  auto edit(const Lane& lane, Edit change) {
    return desk_.edit(lane.options.name, std::move(change));
  }
  void fault_is(const Lane& lane, const std::string& fault) {
    const bool is_new = edit(lane, [&](Hook& hook) { return std::exchange(hook.fault, fault) != fault; });
    if (is_new && !fault.empty()) base::log::warn("webhook {}: {}", lane.options.name, fault);
  }

  // Does all that can be done now, and comes again when more may be possible.
  void go() {
    const auto now = base::now();
    look_at_file(now.mono);
    auto again = now.mono + kAgain;
    for (const auto& lane : lanes_) again = std::min(again, go(*lane, now));
    read_next(now.mono);
    const bool have_ended = std::all_of(lanes_.begin(), lanes_.end(),
                                        [&](const auto& lane) { return !lane->ends || has_ended(*lane, now.mono); });
    if (ended_ && (have_ended || now.mono >= end_at_)) std::exchange(ended_, nullptr)();
    if (coming_ && have_ended) {
      begin(*std::exchange(coming_, {}));
      again = now.mono;
    }
    if ((ended_ || coming_) && end_at_ > now.mono) again = std::min(again, end_at_);
    timer_.expires_after(std::chrono::duration_cast<boost::asio::steady_timer::duration>(
        std::max<base::Duration>(again - now.mono, std::chrono::milliseconds(1))));
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) go();
    });
  }

  // Returns when the next try is due at the latest.
  base::Mono go(Lane& lane, base::Now now) {
    if (lane.connection && now.mono >= lane.connection->keep_until) lane.connection.reset();
    if (lane.begins_again && !lane.is_sending && !lane.is_asking) {
      lane.begins_again = lane.is_open = false;
      edit(lane, [](Hook& hook) { hook.webhook.reset(); });
    }
    if (!lane.is_open) {
      if (has_begun_ && !lane.ends && !lane.is_asking && now.mono >= lane.not_before) open(lane);
      return now.mono + kAgain;
    }
    write_late(lane, now.mono);
    acknowledge(lane, now.mono);
    deliver(lane, now);
    const auto next = lane.ends ? std::max(lane.not_before, lane.acknowledged_at + kAcknowledgeLast)
                                : edit(lane, [](Hook& hook) { return hook.webhook->not_before(); });
    return next > now.mono ? next : now.mono + kAgain;
  }

  // --- which webhooks there are ---

  // A file with a fault leaves the webhooks as they are. It is read again until the fault is gone, because that may be
  // in a file that it names.
  void look_at_file(base::Mono now) {
    if (now < look_at_ || coming_) return;
    look_at_ = now + kFilesAgain;
    const auto state = file_state(file_);
    if (state == file_state_ && file_fault_.empty()) return;
    file_state_ = state;
    std::string fault;
    try {
      coming_ = lanes_of(read_webhooks(file_));
      end_but(*coming_);
      base::log::info("{} was read again", file_);
    } catch (const std::exception& error) {
      fault = error.what();
    }
    if (!fault.empty() && fault != file_fault_) {
      base::log::warn("the webhooks were not read again, the former ones stay: {}", fault);
    }
    file_fault_ = std::move(fault);
  }

  // A webhook that stays the same has the lane that it has.
  Lanes lanes_of(const std::vector<WebhookOptions>& webhooks) const {
    std::map<std::string, std::shared_ptr<boost::asio::ssl::context>> contexts;  // by file of authorities
    Lanes lanes;
    for (const auto& each : webhooks) {
      const auto same =
          std::find_if(lanes_.begin(), lanes_.end(), [&](const auto& lane) { return lane->options == each; });
      if (same != lanes_.end()) {
        lanes.push_back(*same);
        continue;
      }
      auto& context = contexts[each.ca];
      if (!context) context = context_for_receivers(each.ca);
      lanes.push_back(std::make_shared<Lane>(each, directory_, context));
    }
    return lanes;
  }

  static bool is_among(const Lanes& lanes, const std::shared_ptr<Lane>& lane) {
    return std::find(lanes.begin(), lanes.end(), lane) != lanes.end();
  }

  void end_but(const Lanes& lanes) {
    end_at_ = base::now().mono + kEnd;
    for (const auto& lane : lanes_) lane->ends = !is_among(lanes, lane);
  }

  // Nothing of it is under way, and it is acknowledged, or there is no time left for that.
  bool has_ended(const Lane& lane, base::Mono now) {
    return !lane.is_sending && !lane.is_asking && !(lane.is_open && is_behind(lane) && now < end_at_);
  }

  // The former lanes that are not among these have ended.
  void begin(Lanes lanes) {
    for (const auto& lane : lanes_) {
      if (is_among(lanes, lane)) continue;
      edit(*lane, [](Hook& hook) { hook.webhook.reset(); });
      base::log::info("webhook {}: sends no more to {}", lane->options.name, lane->options.url.origin());
    }
    std::vector<Hook> hooks;
    for (const auto& lane : lanes) {
      const auto& options = lane->options;
      hooks.push_back({options.name, options.url.origin(), options.types});
      hooks.back().fault = "the store has told this bridge no events yet";
      if (!is_among(lanes_, lane)) base::log::info("webhook {}: sends to {}", options.name, options.url.origin());
    }
    desk_.arrange(std::move(hooks));
    lanes_ = std::move(lanes);
  }

  // --- the subscription ---

  void open(Lane& lane) {
    ask_for(lane, msg::ListSubscriptions{lane.options.name}, [this, &lane](const client::Answer& answer) {
      const auto reply = client::reply_of<msg::SubscriptionsReply>(answer);
      if (reply.ok() && !reply->subscriptions.empty()) return opened(lane, reply->subscriptions.front());
      if (reply.refusal && reply.refusal->code == msg::Code::kUnknownSubscription) return subscribe(lane);
      refused(lane, "the store does not tell its subscription", answer);
    });
  }

  void subscribe(Lane& lane) {
    const auto& options = lane.options;
    msg::Subscribe request{.key = base::new_key(), .name = options.name, .from = options.from, .types = {}, .ttl = {}};
    if (!options.types.empty()) request.types = options.types;
    request.ttl = options.ttl;
    if (const auto state = lane.files.state(); state && state->cursor) {
      request.from = state->cursor.next();
      base::log::warn("webhook {}: its subscription was dropped or ended; it is made again, from seq {} on",
                      options.name, *request.from);
    }
    ask_for(lane, request, [this, &lane](const client::Answer& answer) {
      const auto reply = client::reply_of<msg::SubscriptionReply>(answer);
      if (reply.ok() && reply->subscription) return opened(lane, *reply->subscription);
      refused(lane, "the store makes no subscription", answer);
    });
  }

  void refused(Lane& lane, std::string_view what, const client::Answer& answer) {
    lane.not_before = base::now().mono + kAgain;
    fault_is(lane, fmt::format("{}: {}", what, answer.refusal ? answer.refusal->message : "no answer"));
  }

  void opened(Lane& lane, const msg::Subscription& subscription) {
    if (!lane.options.types.empty() && subscription.types != lane.options.types) {
      base::log::info("webhook {}: its subscription was made for other types; those of the file count",
                      lane.options.name);
    }
    const auto& pauses = lane.options.pauses;
    auto webhook = pauses ? Webhook(subscription.cursor, *pauses) : Webhook(subscription.cursor);
    const bool is_read = succeeds(lane, [&] {
      for (auto& letter : lane.files.read()) webhook.restore_dead(std::move(letter));
    });
    if (!is_read) {
      lane.not_before = write_not_before_;
      return;
    }
    const auto state = lane.files.state();
    lane.was_disabled = state && state->disabled;
    if (lane.was_disabled) webhook.disable();
    edit(lane, [&](Hook& hook) {
      hook.webhook.emplace(std::move(webhook));
      hook.fault.clear();
    });
    lane.unwritten.clear();
    lane.is_open = true;
    lane.keep_alive = std::chrono::milliseconds(subscription.ttl) / 3;
    lane.acknowledged = lane.seen = subscription.cursor;
    lane.acknowledged_at = base::now().mono;
    write_state(lane, false);
  }

  msg::Seq cursor_of(const Lane& lane) {
    return edit(lane, [](Hook& hook) { return hook.webhook->cursor(); });
  }
  // The subscription, but not only because of its own acknowledgement.
  bool is_behind(const Lane& lane) { return cursor_of(lane) > lane.acknowledged && lane.acknowledged < lane.seen; }

  void acknowledge(Lane& lane, base::Mono now) {
    if (lane.is_asking || !lane.unwritten.empty() || now < lane.not_before) return;
    const auto pause = !is_behind(lane) ? lane.keep_alive : lane.ends ? kAcknowledgeLast : kAcknowledgeEvery;
    if (now < lane.acknowledged_at + pause) return;
    const auto cursor = cursor_of(lane);
    ask_for(lane, msg::Acknowledge{base::new_key(), lane.options.name, cursor},
            [this, &lane, cursor](const client::Answer& answer) { acknowledged(lane, cursor, answer); });
  }

  void acknowledged(Lane& lane, msg::Seq cursor, const client::Answer& answer) {
    const auto reply = client::reply_of<msg::SubscriptionReply>(answer);
    if (reply.refusal && reply.refusal->code == msg::Code::kUnknownSubscription) {
      lane.begins_again = true;
      return;
    }
    if (!reply.ok()) return refused(lane, "the store takes no acknowledgement", answer);
    lane.acknowledged = cursor;
    lane.acknowledged_at = base::now().mono;
    edit(lane, [](Hook& hook) {
      if (hook.webhook->state() == Webhook::State::kDelivering) hook.fault.clear();
    });
    write_state(lane, false);
  }

  // --- events ---

  // Asks for the events that one of the webhooks needs next; each of them has its turn.
  void read_next(base::Mono now) {
    if (is_reading_ || now < read_not_before_) return;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      const auto& lane = *lanes_[(turn_ + i) % lanes_.size()];
      if (!lane.goes_on()) continue;
      const auto next =
          edit(lane, [](Hook& hook) { return hook.webhook->has_room() ? hook.webhook->next() : msg::Seq(); });
      if (!next || next > end_) continue;
      turn_ = (turn_ + i + 1) % lanes_.size();
      is_reading_ = true;
      submit(ask(msg::Events{next, Puller::kBytes, {}, true}),
             [this, next](const client::Answer& answer) { on_page(next, answer); });
      return;
    }
  }

  void on_page(msg::Seq from, const client::Answer& answer) {
    is_reading_ = false;
    const auto reply = client::reply_of<msg::EventsReply>(answer);
    const auto page = reply.ok() ? json::page_of(*reply, from) : base::fail("the store tells no events");
    const bool has_more = page && (!page->events.empty() || page->begins);
    if (!has_more) read_not_before_ = base::now().mono + kAgain;
    if (!page && throttle_.pass(base::now().mono)) base::log::warn("webhooks: {}", page.error().message);
    if (!has_more) return;
    Letters letters;
    for (const auto& lane : lanes_) {
      if (lane->goes_on()) take(*lane, from, *page, letters);
    }
    go();
  }

  // Gives a webhook those events of the page that it needs next, if the page has them. `letters`: of this page, each
  // rendered once for all webhooks. Nothing is rendered or logged under the desk's mutex.
  void take(Lane& lane, msg::Seq from, const json::EventPage& page, Letters& letters) {
    auto next = edit(lane, [](Hook& hook) { return hook.webhook->next(); });
    if (next < from) return;
    if (page.begins && next < *page.begins) {
      base::log::warn("webhook {}: the events before seq {} were trimmed before they were sent", lane.options.name,
                      *page.begins);
      next = *page.begins;
      edit(lane, [&](Hook& hook) { hook.webhook->pass(next); });
    }
    for (const auto& event : page.events) {
      if (event.id.seq != next) continue;
      if (!edit(lane, [](Hook& hook) { return hook.webhook->has_room(); })) return;
      if (!msg::is_of_subscription(event.event)) lane.seen = next;
      next = next.next();
      if (lane.wants(event)) {
        const auto [letter, is_new] = letters.try_emplace(event.id.seq);
        if (is_new) letter->second = letter_of(event);
        edit(lane, [copy = letter->second](Hook& hook) mutable { hook.webhook->take(std::move(copy)); });
      } else {
        edit(lane, [&](Hook& hook) { hook.webhook->pass(next); });
      }
    }
  }

  // --- deliveries ---

  void deliver(Lane& lane, base::Now now) {
    if (lane.is_sending || !lane.goes_on() || !lane.unwritten.empty()) return;
    auto due = edit(lane, [&](Hook& hook) { return hook.webhook->due(now); });
    if (!due) return;
    if (now.mono >= lane.keys_at + kFilesAgain) {
      lane.keys_at = now.mono;
      lane.keys.look();
    }
    lane.is_sending = true;
    auto letter = due->letter;  // `due` is moved into the handler
    const Headers headers{{"webhook-id", letter.id},
                          {"webhook-timestamp", fmt::format("{}", due->timestamp)},
                          {"webhook-signature", lane.keys.signer().signatures(letter.id, due->timestamp, letter.body)}};
    const auto post = std::make_shared<Post>(io_, lane.tls.get(), lane.options.url, lane.options.allow_private);
    post->send(headers, std::move(letter.body), std::move(lane.connection),
               [this, &lane, delivery = std::move(*due)](Post::Outcome outcome) {
                 lane.connection = std::move(outcome.kept);
                 sent(lane, delivery, outcome);
               });
  }

  void sent(Lane& lane, const Delivery& delivery, const Post::Outcome& outcome) {
    lane.is_sending = false;
    const auto now = base::now();
    const auto answer = Webhook::answer_of(outcome.status);
    const auto fault = fault_of(answer, outcome);
    const auto seq = delivery.letter.seq;
    const bool is_dead = edit(lane, [&](Hook& hook) {
      hook.webhook->answered(answer, outcome.retry_after, now.mono);
      ++(answer == Webhook::Answer::kTaken ? hook.delivered : hook.failed);
      hook.last_status = outcome.status;
      hook.last_at = now.wall;
      return hook.webhook->dead().contains(seq);
    });
    fault_is(lane, fault);
    if (is_dead) {
      base::log::warn("webhook {}: event {} was not taken after {} tries and is a dead letter", lane.options.name,
                      delivery.letter.id, delivery.attempt);
      lane.unwritten.push_back(delivery.letter);
    }
    write_late(lane, now.mono);
    if (delivery.was_dead && answer == Webhook::Answer::kTaken) remove(lane, delivery.letter);
    note_disabled(lane);
    go();
  }

  static std::string fault_of(Webhook::Answer answer, const Post::Outcome& outcome) {
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

  void on_change(const std::string& name, const std::optional<Letter>& removed) {
    const auto found =
        std::find_if(lanes_.begin(), lanes_.end(), [&](const auto& lane) { return lane->options.name == name; });
    if (found == lanes_.end()) return;
    auto& lane = **found;
    if (removed) {
      std::erase_if(lane.unwritten, [&](const Letter& letter) { return letter.seq == removed->seq; });
      remove(lane, *removed);
    }
    if (lane.is_open) note_disabled(lane);
    go();
  }

  // --- files ---

  // If the disk fails, tries again a moment later. Until then nothing more is sent or acknowledged.
  void write_late(Lane& lane, base::Mono now) {
    if (lane.unwritten.empty() || now < write_not_before_) return;
    const auto is_written = [&](const Letter& letter) { return succeeds(lane, [&] { lane.files.put(letter); }); };
    auto& all = lane.unwritten;
    all.erase(all.begin(), std::find_if_not(all.begin(), all.end(), is_written));
  }

  void remove(Lane& lane, const Letter& letter) {
    succeeds(lane, [&] { lane.files.remove(letter); });
  }

  void note_disabled(Lane& lane) {
    const bool disabled = edit(lane, [](Hook& hook) { return hook.webhook->state() == Webhook::State::kDisabled; });
    if (disabled == lane.was_disabled) return;
    lane.was_disabled = disabled;
    write_state(lane, true);
    base::log::info("webhook {}: {}", lane.options.name,
                    disabled ? "sends nothing any more until it is enabled" : "is enabled");
  }

  void write_state(Lane& lane, bool synced) {
    succeeds(lane, [&] { lane.files.put_state({lane.acknowledged, lane.was_disabled}, synced); });
  }

  template <class Use>
  bool succeeds(Lane& lane, Use use) {
    try {
      use();
      return true;
    } catch (const std::exception& error) {
      fault_is(lane, error.what());
      write_not_before_ = base::now().mono + kAgain;
      return false;
    }
  }

  const std::string file_;
  FileState file_state_;
  std::string file_fault_;  // empty: none
  base::Mono look_at_{};    // the next look at the file
  const std::string directory_;
  const base::FileLock lock_;
  Desk& desk_;
  const Submit submit_;
  const std::function<void(const std::string& why)> failed_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer timer_;
  Lanes lanes_;
  std::optional<Lanes> coming_;  // once those of `lanes_` that are not among them have ended
  msg::Seq end_;                 // of the stream
  std::uint64_t history_ = 0;
  bool has_begun_ = false;       // the end of the stream is known
  std::function<void()> ended_;  // empty: it does not end
  base::Mono end_at_{};          // until then lanes that end wait for the store
  bool is_reading_ = false;
  std::size_t turn_ = 0;
  base::Mono read_not_before_{};
  base::Mono write_not_before_{};
  base::log::Throttle throttle_;
  std::thread thread_;
};

Courier::Courier(const std::string& file, const std::string& directory, Desk& desk, Submit submit,
                 std::function<void(const std::string& why)> failed)
    : impl_(std::make_unique<Impl>(file, directory, desk, std::move(submit), std::move(failed))) {}
Courier::~Courier() = default;
void Courier::start() { impl_->start(); }
void Courier::end(std::function<void()> ended) { impl_->end(std::move(ended)); }
void Courier::told(msg::Seq end, std::uint64_t history) { impl_->told(end, history); }

}  // namespace bridge
