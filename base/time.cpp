#include "base/time.h"

namespace base {

Now now() {
  using std::chrono::duration_cast;
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return Now{std::chrono::steady_clock::now(), duration_cast<std::chrono::milliseconds>(wall).count()};
}

}  // namespace base
