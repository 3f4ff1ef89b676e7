#include "bridge/exporter.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/log.h"
#include "bridge/post.h"

namespace bridge {
namespace {

Url collector_at(const std::string& text) {
  auto url = url_of(text);
  if (!url) {
    throw std::runtime_error(
        fmt::format("--otlp: the URL {}; write it like http://127.0.0.1:4318/v1/traces", url.error().message));
  }
  if (url->path == "/") url->path = "/v1/traces";
  return std::move(*url);
}

}  // namespace

class Exporter::Impl {
 public:
  explicit Impl(const ExportOptions& options)
      : url_(collector_at(options.url)),
        tls_(url_.tls ? context_for_receivers({}) : nullptr),
        envelope_(envelope_of(options.instance, options.version)),
        timer_(io_),
        end_timer_(io_) {
    base::log::info("traces go to {}; the part {} of the requests that no caller traces is traced", url_.origin(),
                    options.part);
  }
  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void add(SpanText spans) {
    {
      const std::lock_guard lock(mutex_);
      if (is_over_) return;
      queue_.add(std::move(spans), base::now().mono);
    }
    boost::asio::post(io_, [this] { go(); });
  }
  Exported figures() const {
    const std::lock_guard lock(mutex_);
    return queue_.figures();
  }
  void finish() {
    boost::asio::post(io_, [this] {
      ends_ = true;
      {
        const std::lock_guard lock(mutex_);
        queue_.hurry();
      }
      end_timer_.expires_after(kEnd);
      end_timer_.async_wait([this](boost::system::error_code) { io_.stop(); });
      go();
    });
    thread_.join();
    const std::lock_guard lock(mutex_);
    if (!queue_.is_empty()) base::log::warn("traces: the last spans were not sent to {}", url_.origin());
  }

 private:
  void run() {
    const auto work = boost::asio::make_work_guard(io_);
    try {
      io_.run();
    } catch (const std::exception& error) {  // the bridge goes on without them
      base::log::error("traces: no more are sent: {}", error.what());
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
  }

  void go() {
    const auto now = base::now().mono;
    std::optional<std::string> batch;
    std::optional<base::Mono> due;
    {
      const std::lock_guard lock(mutex_);
      batch = queue_.take(now);
      due = queue_.due();
      if (ends_ && queue_.is_empty()) return io_.stop();
    }
    if (batch) return send(envelope_.head + *batch + envelope_.tail);
    if (!due) return;
    timer_.expires_after(std::chrono::duration_cast<boost::asio::steady_timer::duration>(*due - now));
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) go();
    });
  }

  // The collector is the operator's own, so its address may be a private one.
  void send(std::string body) {
    const auto post = std::make_shared<Post>(io_, tls_.get(), url_, true, kTime);
    auto kept = std::exchange(kept_, nullptr);
    if (kept && base::now().mono >= kept->keep_until) kept.reset();
    post->send({}, std::move(body), std::move(kept), [this](Post::Outcome outcome) {
      kept_ = std::move(outcome.kept);
      bool taken = false;
      {
        const std::lock_guard lock(mutex_);
        taken = queue_.ended(outcome.status, outcome.retry_after, base::now().mono);
      }
      tell(taken, outcome);
      go();
    });
  }

  void tell(bool taken, const Post::Outcome& outcome) {
    if (std::exchange(takes_, taken) == taken) return;
    if (taken) return base::log::info("traces: the collector at {} takes spans again", url_.origin());
    base::log::warn("traces: the collector at {} takes no spans: {}", url_.origin(),
                    outcome.status ? fmt::format("it answers {}", *outcome.status) : outcome.fault);
  }

  const Url url_;
  const std::unique_ptr<boost::asio::ssl::context> tls_;
  const Envelope envelope_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer end_timer_;
  std::unique_ptr<Connection> kept_;
  bool takes_ = true;
  bool ends_ = false;
  mutable std::mutex mutex_;
  SpanQueue queue_;       // these two under mutex_
  bool is_over_ = false;  // the thread has failed
  std::thread thread_;
};

Exporter::Exporter(const ExportOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Exporter::~Exporter() = default;
void Exporter::start() { impl_->start(); }
void Exporter::add(SpanText spans) { impl_->add(std::move(spans)); }
Exported Exporter::figures() const { return impl_->figures(); }
void Exporter::finish() { impl_->finish(); }

void require_collector(const std::string& url) {
  if (!url.empty()) collector_at(url);
}

base::Duration wall_of_clock() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<base::Duration>(wall) - base::now().mono.time_since_epoch();
}

}  // namespace bridge
