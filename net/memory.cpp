#include "net/memory.h"

#include <malloc.h>

namespace net {

void Memory::on_tick(std::size_t waiting, base::Mono now) {
  was_much_ = was_much_ || waiting >= kPeak;
  if (!was_much_ || waiting >= kPeak || now < next_) return;
  ::malloc_trim(0);
  was_much_ = false;
  next_ = now + kEvery;
}

}  // namespace net
