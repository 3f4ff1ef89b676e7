// The identity of a process, and the part of its heartbeat that follows from it (PROTOCOL 8).
#pragma once

#include <optional>
#include <string>

#include "base/counters.h"
#include "base/time.h"
#include "msg/internal.h"

namespace msg {

struct Identity {
  Role role = Role::kCatalog;
  std::string instance;
  base::Incarnation incarnation;
  std::string host;  // peers on the same host may use `ipc`
  std::string tcp;
  std::optional<std::string> ipc;
  std::uint64_t pid = 0;
  std::string release{};  // of the program; empty: not told
};

// Returns a line for an operator if the wall clock is not believed. `ahead`: as base::CredibleTime::ahead returns it.
std::optional<std::string> clock_trouble(const std::optional<std::chrono::milliseconds>& ahead);

// Makes a heartbeat without counters, and without digests and leadership, which only some processes add.
Heartbeat heartbeat_of(const Identity& identity, std::string store, State state, Seq applied);

// Adds the counters to a heartbeat that tells them (Beats). `loop` is the counters of the loop that runs the core
// (base::Outbox::loop_counters).
void tell_counters(Heartbeat& beat, const base::Counters& counters, const base::Counters& loop);

}  // namespace msg
