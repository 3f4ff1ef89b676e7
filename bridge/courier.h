// Courier: sends the webhooks of a bridge, on a thread of its own (docs/adr/0058-webhooks.md).
//
//   the store's events -> pages, each read once for all webhooks that need it -> Webhook -> Post -> receiver
//                                                  Webhook::cursor() -> acknowledgement of the subscription
//
// Each webhook has a subscription of its name, from whose cursor it begins. If there is none, the courier makes one:
// from the event after the cursor in its own file, if the store has dropped it, else from where the options say.
// Webhook decides all about order, tries and dead letters; bridge/lane.h does it. A page is not read for a webhook
// without room.
//
// The file of webhooks is read again when it has changed. A webhook that stays the same goes on. One that has changed
// or is gone begins no letter any more, is acknowledged, and ends; then the new ones begin. If the file has a fault,
// the webhooks stay as they are, and the fault is logged once.
//
// If the stream has another history, each webhook begins again at its subscription.
//
// At its end the courier waits for the letters that are under way, and acknowledges them, so that the next process does
// not send them again.
//
// Errors: the constructor throws std::runtime_error with a line that says what to do.
// Lifetime: within that of the desk, and of what submit() uses. Threads: start(), told() and end() may be called by
// any. Tests: tests/bridge/courier_test.cpp, tests/process/test_webhooks.py
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "bridge/ask.h"
#include "bridge/desk.h"

namespace bridge {

class Courier {
 public:
  static constexpr base::Duration kEnd = std::chrono::seconds(2);  // `up` kills a process after 5 s

  // `file`: as of bridge/webhook_file.h. `directory`: for the files of its webhooks; it must exist. `submit` may be
  // called from the courier's thread, and may call `done` in any. `failed` gets the reason why the courier's thread has
  // ended.
  Courier(const std::string& file, const std::string& directory, Desk& desk, Submit submit,
          std::function<void(const std::string& why)> failed);
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  void start();
  // Begins no letter any more. Calls `ended` once, in the courier's thread, when all is acknowledged that was taken, or
  // after kEnd.
  void end(std::function<void()> ended);
  // The stream ends at `end`. `history` changes when the stream has another history (bridge/feed.h).
  void told(msg::Seq end, std::uint64_t history);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bridge
