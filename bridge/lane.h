// Lane: one webhook of the courier (bridge/courier.h): its subscription, the letter that is under way, and its files.
//
// An acknowledgement goes out every kAcknowledgeEvery while events come, and otherwise often enough that the store does
// not drop the subscription. Nothing beyond a dead letter is acknowledged before the letter is on the disk.
//
// Private to bridge/. Threads: the courier's. Tests: tests/bridge/courier_test.cpp
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/ask.h"
#include "bridge/dead_letters.h"
#include "bridge/desk.h"
#include "bridge/post.h"
#include "bridge/webhook_file.h"
#include "client/client.h"
#include "json/events.h"

namespace bridge {

class Lane {
 public:
  // The store takes one acknowledgement in msg::kAcknowledgeMsMin. Each is an event, so they are rarer.
  static constexpr base::Duration kAcknowledgeEvery = std::chrono::seconds(2);
  static constexpr base::Duration kAgain = std::chrono::seconds(1);  // after the store, or the disk, has failed

  // All lanes of a courier share these.
  struct Shared {
    boost::asio::io_context& io;
    Desk& desk;
    Submit submit;             // `done` is called in the courier's thread
    std::function<void()> go;  // a request or a letter has ended, so more may be possible
  };
  // Of one page of events, each rendered once for all lanes.
  using Letters = std::map<msg::Seq, Letter>;

  // `directory`: for its files. `tls`: as of context_for_receivers(). Throws std::runtime_error with a line that says
  // what to do.
  Lane(WebhookOptions options, const std::string& directory, std::shared_ptr<boost::asio::ssl::context> tls,
       const Shared& shared);

  const WebhookOptions& options() const { return options_; }

  // Does all that can be done now. Returns when the next try is due at the latest.
  base::Mono go(base::Now now);
  // The next event that it needs; 0: it has no room, or its subscription is not known.
  msg::Seq needs();
  // Takes the events that it needs next, if the page has them. `from`: the seq from which the page was asked for.
  void take(msg::Seq from, const json::EventPage& page, Letters& letters);

  // Begins anew at its subscription, once nothing is under way.
  void begin_again() { begins_again_ = true; }
  // Begins no letter any more. Until `until` it waits for its acknowledgement.
  void end(base::Mono until) { end_at_ = until; }
  // Says whether it has been told to end, and still waits for that.
  bool is_ending(base::Mono now);
  // It has ended.
  void close();

  // The desk has changed the webhook. `removed`: a dead letter that is gone.
  void changed(const std::optional<Letter>& removed);

 private:
  bool goes_on() const { return is_open_ && !begins_again_ && !end_at_; }
  bool wants(const json::SeqEvent& event) const;

  template <class Request>
  void ask_for(const Request& request, std::function<void(const client::Answer&)> then);
  void open();
  void subscribe();
  void refused(std::string_view what, const client::Answer& answer);
  void opened(const msg::Subscription& subscription);
  bool is_behind();
  void acknowledge(base::Mono now);
  void acknowledged(msg::Seq cursor, const client::Answer& answer);

  void deliver(base::Now now);
  void sent(const Delivery& delivery, const Post::Outcome& outcome);

  void write_late(base::Mono now);
  void remove(const Letter& letter);
  void note_disabled();
  void write_state();
  template <class Use>
  bool succeeds(Use use);

  template <class Edit>
  auto edit(Edit change) {
    return shared_.desk.edit(options_.name, std::move(change));
  }
  msg::Seq cursor();
  void fault_is(const std::string& fault);

  const WebhookOptions options_;
  const Shared& shared_;
  KeyFiles keys_;
  const DeadLetters files_;
  const std::shared_ptr<boost::asio::ssl::context> tls_;
  std::unique_ptr<Connection> connection_;  // that is kept for the next letter
  base::Mono look_at_keys_{};               // the next time
  bool is_open_ = false;                    // its subscription is known
  bool is_asking_ = false;                  // for the subscription, or for an acknowledgement
  bool is_sending_ = false;
  bool begins_again_ = false;
  std::optional<base::Mono> end_at_;  // it ends
  base::Mono not_before_{};           // of the next request to the store
  base::Duration keep_alive_{};       // of the subscription
  msg::Seq acknowledged_;
  base::Mono acknowledged_at_{};
  msg::Seq seen_;              // the last event that is not about subscriptions
  bool was_disabled_ = false;  // as its file says
  base::Mono write_not_before_{};
  std::vector<Letter> unwritten_;  // dead letters whose files could not be written
};

}  // namespace bridge
