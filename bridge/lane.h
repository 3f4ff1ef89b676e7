// Lane: a webhook as the courier's thread has it. Private to bridge/courier.cpp.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bridge/dead_letters.h"
#include "bridge/post.h"
#include "bridge/webhook_file.h"
#include "json/events.h"
#include "msg/effects.h"

namespace bridge {

struct Lane {
  // Throws std::runtime_error with a line that says what to do.
  Lane(WebhookOptions options_of, const std::string& directory, std::shared_ptr<boost::asio::ssl::context> tls_of)
      : options(std::move(options_of)),
        keys(options.key_files),
        files(fmt::format("{}/{}.d", directory, options.name)),
        tls(std::move(tls_of)) {}

  bool wants(const json::SeqEvent& event) const {
    if (event.hidden || msg::is_of_subscription(event.event)) return false;
    const auto& types = options.types;
    return types.empty() || std::find(types.begin(), types.end(), msg::type_of(event.event)) != types.end();
  }

  bool goes_on() const { return is_open && !begins_again && !ends; }

  const WebhookOptions options;
  KeyFiles keys;
  const DeadLetters files;
  const std::shared_ptr<boost::asio::ssl::context> tls;
  std::unique_ptr<Connection> connection;  // that is kept for the next letter
  base::Mono keys_at{};                    // when the keys were looked at
  bool is_open = false;                    // its subscription is known
  bool is_asking = false;                  // for the subscription, or for an acknowledgement
  bool is_sending = false;
  bool ends = false;            // begins no letter any more
  bool begins_again = false;    // once nothing is under way
  base::Mono not_before{};      // of the next request to the store
  base::Duration keep_alive{};  // of the subscription
  msg::Seq acknowledged;
  base::Mono acknowledged_at{};
  msg::Seq seen;                  // the last event that is not about subscriptions
  bool was_disabled = false;      // as its file says
  std::vector<Letter> unwritten;  // dead letters whose files could not be written
};

}  // namespace bridge
