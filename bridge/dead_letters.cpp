#include "bridge/dead_letters.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "base/log.h"
#include "disk/durable.h"
#include "json/events.h"
#include "json/json.h"

namespace bridge {
namespace {

constexpr std::string_view kEnd = ".json";
constexpr const char* kState = "/state.json";
constexpr std::size_t kLetterBytesMax = 16 * 1024 * 1024;

struct StateBody {
  msg::Seq cursor;
  bool disabled = false;
  static constexpr auto fields() {
    return std::tuple(msg::field("cursor", &StateBody::cursor), msg::field("disabled", &StateBody::disabled));
  }
};

[[noreturn]] void fail_at(const std::string& path, std::string_view what) {
  throw std::runtime_error(fmt::format("{} cannot be {}: {}", path, what, std::strerror(errno)));
}

std::optional<std::string> text_of(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size > kLetterBytesMax) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  return in ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace

DeadLetters::DeadLetters(std::string directory) : directory_(std::move(directory)) {
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) fail_at(directory_, "made");
}

std::vector<Letter> DeadLetters::read() const {
  std::vector<Letter> letters;
  for (const auto& file : std::filesystem::directory_iterator(directory_)) {
    const std::string name = file.path().filename();
    if (!name.ends_with(kEnd) || directory_ + "/" + name == directory_ + kState) continue;
    const auto id = json::event_id_of(name.substr(0, name.size() - kEnd.size()));
    auto body = id ? text_of(file.path()) : std::nullopt;
    if (body) {
      letters.push_back({id->seq, id->text(), std::move(*body)});
    } else {
      base::log::warn("{} is no dead letter, or cannot be read", file.path().string());
    }
  }
  std::sort(letters.begin(), letters.end(), [](const Letter& a, const Letter& b) { return a.seq < b.seq; });
  return letters;
}

void DeadLetters::put(const Letter& letter) const { disk::write_whole(path_of(letter), letter.body, true); }

void DeadLetters::remove(const Letter& letter) const {
  const auto path = path_of(letter);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail_at(path, "removed");
}

std::optional<DeadLetters::State> DeadLetters::state() const {
  const auto path = directory_ + kState;
  const auto text = text_of(path);
  if (!text) return std::nullopt;
  const auto body = json::from_text<StateBody>(*text);
  if (!body) {
    base::log::warn("{}: {}", path, body.error().message);
    return std::nullopt;
  }
  return State{body->cursor, body->disabled};
}

void DeadLetters::put_state(const State& state, bool synced) const {
  disk::write_whole(directory_ + kState, json::to_text(StateBody{state.cursor, state.disabled}), synced);
}

}  // namespace bridge
