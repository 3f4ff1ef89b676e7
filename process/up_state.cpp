#include "process/up_state.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

namespace process {
namespace {

using Json = nlohmann::json;

Json to_json(const UpState& state) {
  Json processes = Json::array();
  for (const auto& process : state.processes) {
    processes.push_back({{"role", process.role},
                         {"instance", process.instance},
                         {"endpoint", process.endpoint},
                         {"pid", process.pid},
                         {"start", process.start},
                         {"restarts", process.restarts}});
  }
  return {
      {"up", state.up}, {"start", state.start}, {"ready", state.ready}, {"keys", state.keys}, {"processes", processes}};
}

UpState from_json(const Json& text) {
  UpState state;
  text.at("up").get_to(state.up);
  state.start = text.value("start", state.start);  // older releases do not write it
  text.at("ready").get_to(state.ready);
  state.keys = text.value("keys", state.keys);  // likewise
  for (const auto& entry : text.at("processes")) {
    UpProcess process;
    entry.at("role").get_to(process.role);
    entry.at("instance").get_to(process.instance);
    entry.at("endpoint").get_to(process.endpoint);
    entry.at("pid").get_to(process.pid);
    process.start = entry.value("start", process.start);
    entry.at("restarts").get_to(process.restarts);
    state.processes.push_back(std::move(process));
  }
  return state;
}

}  // namespace

std::string up_state_path(const std::string& data) { return data + "/up.json"; }

base::Result<void> write_up_state(const std::string& data, const UpState& state) {
  const auto path = up_state_path(data);
  const auto next = path + ".new";
  errno = 0;
  std::ofstream file(next, std::ios::trunc);
  file << to_json(state).dump(2) << '\n';
  file.close();
  if (file && std::rename(next.c_str(), path.c_str()) == 0) return {};
  const auto why = errno == 0 ? std::string() : fmt::format(": {}", std::strerror(errno));
  ::unlink(next.c_str());
  return base::fail(fmt::format("{} cannot be written{}", path, why));
}

base::Result<UpState> read_up_state(const std::string& data) {
  const auto path = up_state_path(data);
  std::ifstream file(path);
  if (!file) return base::fail(fmt::format("no `pygmy up` runs on {}: start one with: pygmy up --data {}", data, data));
  try {
    return from_json(Json::parse(file));
  } catch (const Json::exception&) {
    return base::fail(fmt::format("{} is damaged: restart `pygmy up`", path));
  }
}

}  // namespace process
