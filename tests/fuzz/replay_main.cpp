// Runs a target without libFuzzer: every file of its kept corpus, then a bounded number of mutations of them, the same
// ones every time.
//
//   TARGET CORPUS [MUTATIONS]
//
// What ends the process prints which input did, and leaves it in the file `failed-input`, for the target to be run on:
// TARGET failed-input 0.
#include <sanitizer/common_interface_defs.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/random.h"
#include "tests/fuzz/fuzz.h"

namespace {

constexpr std::size_t kInputBytesMax = 4096;
constexpr auto kTimeMax = std::chrono::seconds(5);  // a slow machine mutates less

std::string g_input;  // under way, for the one who looks after a crash

void keep_input() {
  std::ofstream("failed-input", std::ios::binary) << g_input;
  std::fprintf(stderr, "the input that did it, %zu bytes, is in ./failed-input\n", g_input.size());
}

void on_abort(int) {
  keep_input();
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

void run(std::string input) {
  g_input = std::move(input);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(g_input.data()), g_input.size());
}

std::vector<std::string> read_corpus(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_regular_file(path)) files.push_back(path);
  if (std::filesystem::is_directory(path)) {
    for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> inputs;
  for (const auto& file : files) {
    inputs.push_back((std::ostringstream() << std::ifstream(file, std::ios::binary).rdbuf()).str());
  }
  return inputs;
}

std::string mutated(const std::vector<std::string>& corpus, base::Random& random) {
  const auto pick = [&](std::size_t size) { return static_cast<std::size_t>(random.below(size)); };
  auto input = corpus[pick(corpus.size())];
  for (auto changes = 1 + pick(4); changes > 0; --changes) {
    const auto at = pick(input.size() + 1);
    const auto& other = corpus[pick(corpus.size())];
    const auto from = pick(other.size() + 1);
    switch (pick(5)) {
      case 0:
        input.resize(at);
        break;
      case 1:
        input.insert(at, other.substr(from, 1 + pick(64)));
        break;
      case 2:
        input.replace(at, 1 + pick(8), other.substr(from, 1 + pick(8)));
        break;
      case 3:
        input.insert(at, 1, static_cast<char>(pick(256)));
        break;
      default:
        if (at < input.size()) input[at] = static_cast<char>(pick(2) == 0 ? pick(256) : input[at] ^ (1 << pick(8)));
    }
  }
  input.resize(std::min(input.size(), kInputBytesMax));
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  const auto corpus = argc > 1 ? read_corpus(argv[1]) : std::vector<std::string>();
  if (corpus.empty()) {
    std::fprintf(stderr, "usage: %s CORPUS [MUTATIONS]: a folder with inputs, or one of them\n", argv[0]);
    return 2;
  }
  std::signal(SIGABRT, on_abort);
  __sanitizer_set_death_callback(keep_input);
  for (const auto& input : corpus) run(input);
  const auto until = std::chrono::steady_clock::now() + kTimeMax;
  const auto most = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 2000;
  base::Random random(1);
  std::size_t made = 0;
  while (made < most && std::chrono::steady_clock::now() < until) {
    run(mutated(corpus, random));
    ++made;
  }
  std::printf("%zu inputs and %zu mutations of them\n", corpus.size(), made);
  return 0;
}
