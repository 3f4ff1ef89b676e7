#include "bridge/courier.h"

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
#include "bridge/file_state.h"
#include "bridge/lane.h"
#include "bridge/puller.h"
#include "client/client.h"

namespace bridge {
namespace {

constexpr base::Duration kFileAgain = std::chrono::seconds(1);  // between two looks at the file of webhooks
static_assert(Courier::kEnd > std::chrono::milliseconds(msg::kAcknowledgeMsMin));

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
      if (std::exchange(history_, history) != history && has_begun_) {
        for (const auto& lane : lanes_) lane->begin_again();
      }
      has_begun_ = true;
      go();
    });
  }

 private:
  using Handle = std::function<void(const client::Answer&)>;
  using Lanes = std::vector<std::shared_ptr<Lane>>;

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

  // Does all that can be done now, and comes again when more may be possible.
  void go() {
    const auto now = base::now();
    look_at_file(now.mono);
    auto again = now.mono + Lane::kAgain;
    for (const auto& lane : lanes_) {
      if (has_begun_) again = std::min(again, lane->go(now));
    }
    read_next(now.mono);
    const bool have_ended =
        std::none_of(lanes_.begin(), lanes_.end(), [&](const auto& lane) { return lane->is_ending(now.mono); });
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

  // --- which webhooks there are ---

  // A file with a fault leaves the webhooks as they are. It is read again until the fault is gone, because that may be
  // in a file that it names.
  void look_at_file(base::Mono now) {
    if (now < look_at_ || coming_) return;
    look_at_ = now + kFileAgain;
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
          std::find_if(lanes_.begin(), lanes_.end(), [&](const auto& lane) { return lane->options() == each; });
      if (same != lanes_.end()) {
        lanes.push_back(*same);
        continue;
      }
      auto& context = contexts[each.ca];
      if (!context) context = context_for_receivers(each.ca);
      lanes.push_back(std::make_shared<Lane>(each, directory_, context, shared_));
    }
    return lanes;
  }

  static bool is_among(const Lanes& lanes, const std::shared_ptr<Lane>& lane) {
    return std::find(lanes.begin(), lanes.end(), lane) != lanes.end();
  }

  void end_but(const Lanes& lanes) {
    end_at_ = base::now().mono + kEnd;
    for (const auto& lane : lanes_) {
      if (!is_among(lanes, lane)) lane->end(end_at_);
    }
  }

  // The former lanes that are not among these have ended.
  void begin(Lanes lanes) {
    for (const auto& lane : lanes_) {
      if (is_among(lanes, lane)) continue;
      lane->close();
      base::log::info("webhook {}: sends no more to {}", lane->options().name, lane->options().url.origin());
    }
    std::vector<Hook> hooks;
    for (const auto& lane : lanes) {
      const auto& options = lane->options();
      hooks.push_back({options.name, options.url.origin(), options.types});
      hooks.back().fault = "the store has told this bridge no events yet";
      if (!is_among(lanes_, lane)) base::log::info("webhook {}: sends to {}", options.name, options.url.origin());
    }
    desk_.arrange(std::move(hooks));
    lanes_ = std::move(lanes);
  }

  // --- events ---

  // Asks for the events that one of the webhooks needs next; each of them has its turn.
  void read_next(base::Mono now) {
    if (is_reading_ || now < read_not_before_) return;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      const auto next = lanes_[(turn_ + i) % lanes_.size()]->needs();
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
    if (!has_more) read_not_before_ = base::now().mono + Lane::kAgain;
    if (!page && throttle_.pass(base::now().mono)) base::log::warn("webhooks: {}", page.error().message);
    if (!has_more) return;
    Lane::Letters letters;
    for (const auto& lane : lanes_) lane->take(from, *page, letters);
    go();
  }

  void on_change(const std::string& name, const std::optional<Letter>& removed) {
    for (const auto& lane : lanes_) {
      if (lane->options().name == name) lane->changed(removed);
    }
    go();
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
  const Lane::Shared shared_{io_, desk_, [this](Ask ask, Handle then) { submit(std::move(ask), std::move(then)); },
                             [this] { go(); }};
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
